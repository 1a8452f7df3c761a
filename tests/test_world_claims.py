"""A true caption is never marked, a false one where it is false, and a broken one where it is broken."""

from itertools import islice

import numpy as np
import pytest

from bench.planted import PLANTS, Plant, planted, true_captions
from rediff_viz.world import MASK, VOCABULARY, Group, Scene, judge, nearest_in_edits, scene_from_seed, score_caption
from rediff_viz.world.claims import KINDS, Claim
from rediff_viz.world.judgement import LONGEST, claims_right, sentences_fluent
from rediff_viz.world.vocabulary import BRIEFLY, IN_DETAIL

CAT = Group("cat", 1, "large", "green", ((60, 40, 90, 70),))
DOGS = Group("dog", 2, "small", None, ((10, 50, 26, 66), (10, 70, 26, 86)))
OWL = Group("owl", 1, "small", None, ((20, 2, 36, 18),))  # diagonal to the cat, above the dogs
SCENE = Scene("beach", (CAT, DOGS, OWL), "google", 1)

# The captions that denoise@world-plain of the first edition wrote of scenes 0 to 23 at one token a pass, and the positions to be
# marked, written by hand before any program judged them: in scenes 10 and 17 a tint is left out at an introduction, in 22 a word is
# said twice; the relations of scenes 0, 6 and 10 are of things that stand diagonally.
DECODED: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("an apple sits left of two stars . they are in a room . an orange hat is there too .", ()),
    ("there are two blue camels under the sea . a cactus sits below the camels .", ()),
    ("two green chairs and a green guitar are in a room . the chairs sit above the guitar .", ()),
    ("in a room , two blue chairs are to the right of a yellow cup .", ()),
    ("in a desert , two large blue pumpkins are left of three large orange spiders .", ()),
    ("in a desert , two large purple camels are left of one large red cactus .", ()),
    ("under the sea , three purple frogs are right of two octopuses . there are also three cars .", ()),
    ("on a street , an orange umbrella sits to the left of three bicycles .", ()),
    ("there is a star in a desert . a red penguin is above the star .", ()),
    ("under the sea , three blue tents are above one blue penguin . there are also three purple bears .", ()),
    ("a small yellow bear sits below three small orange balls . they are in a room . three small cats are there too .", (19,)),
    ("there are two rabbits in the snow . three purple bears are below the rabbits .", ()),
    ("three robots are to the right of a guitar . they are in outer space .", ()),
    ("on a street , three cars are below two cats . five objects in all .", ()),
    ("two pumpkins sit to the left of two green monkeys . they are in the snow .", ()),
    ("two large blue trees are under two large owls . they are on a street .", ()),
    ("a star is to the left of one blue penguin . they are in outer space .", ()),
    ("three blue camels are left of a cactus . they are in a desert . two elephants are there too .", (16,)),
    ("there are two pumpkins on a street . three green lions are over the pumpkins .", ()),
    ("in outer space , two blue guitars are to the right of one blue alien .", ()),
    ("on a street , three green houses sit to the left of a dog .", ()),
    ("on the grass , three yellow trees are above three mushrooms . six objects in all .", ()),
    ("in a room , three strawberries are over three butterflies . there is also one flower flower .", (16,)),
    ("on a beach , one ball sits below three bananas . four objects in all .", ()),
)
DIAGONAL = (0, 6, 10)


def marked(text: str, scene: Scene = SCENE) -> list[str]:
    """The words marked in a text, each with its position."""
    words = text.split()
    return [f"{words[k]}@{k}" for k in judge(words, scene).marked]


def claims(text: str, kind: str, scene: Scene = SCENE) -> list[tuple[str, str]]:
    """What a text says of one kind, with the verdicts."""
    return [(claim.text, claim.verdict) for claim in judge(text.split(), scene).claims if claim.kind == kind]


def test_an_exact_caption_has_no_mark_and_says_nothing_but_the_truth() -> None:
    for scene, words in islice(true_captions(700_000), 300):
        judgement = judge(words, scene)
        assert (judgement.marked, judgement.grammar) == ((), ()), " ".join(words)
        assert {claim.verdict for claim in judgement.claims} == {"right"}, " ".join(words)
        assert sentences_fluent(words, scene) == claims_right(words, scene) == 1


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_a_planted_fault_is_marked_and_little_else(plant: Plant) -> None:
    found = others = 0
    for scene, text in planted(plant, 17, 710_000):
        hit = set(judge(text.words, scene).marked)
        found += bool(text.fault & hit) if text.any_of else text.fault <= hit
        others += len(hit - text.fault)
    assert found / 17 >= 0.95
    assert others / 17 <= 0.5


@pytest.mark.parametrize("number", range(len(DECODED)))
def test_decoded_captions_are_marked_as_by_hand(number: int) -> None:
    text, positions = DECODED[number]
    judgement = judge(text.split(), scene_from_seed(number))
    assert judgement.marked == positions
    assert [claim.kind for claim in judgement.claims if claim.verdict == "unjudged"] == ["relation"] * (number in DIAGONAL)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("two blue frog are there too .", ["frog@2"]),
        ("an frog is there too .", ["frog@1"]),
        ("there is a frog on a beach .", ["frog@3"]),
        ("a large red frog is right of two dogs .", ["frog@3"]),  # what is said of a thing that is not there is not marked again
        ("the frog is small and red . two dogs are on a beach .", ["frog@1"]),
        ("a green cat is right of two dogs . the frogs are right of the cat . the frogs are small .", ["frogs@10", "frogs@18"]),
        ("three dogs are on a beach .", ["three@0"]),
        ("there is also a dog .", ["a@3"]),
        ("two owl is on a beach .", ["two@0"]),  # the number is wrong, not the noun
        ("two dog are on a beach .", ["dog@1"]),
        ("one green cats are on a beach .", ["cats@2", "are@3"]),
        ("a blue cat is on a beach .", ["blue@1"]),
        ("a cat is on a beach .", ["cat@1"]),  # its natural colour is not green
        ("two dogs are on a beach . both kinds are small .", ["small@10"]),
        ("a green cat is on a beach . it is small and green .", ["small@10"]),
        ("two dogs are on a beach . a green cat is right of the dogs . they are large .", ["large@18"]),
        ("a green cat is left of two dogs .", ["left@4"]),
        ("to the left of the dogs is a green cat .", ["left@2"]),
        ("the cat is above the cat .", ["cat@5"]),
        ("five objects in all .", ["five@0"]),
        ("there are three objects in all . they are all in the snow .", ["three@2", "in@10", "the@11", "snow@12"]),
        ("they are on a room .", ["room@4"]),  # "on a beach" would be right
        ("they are in a beach .", ["in@2"]),
        ("two dogs are on a beach . there are also two dogs .", ["dogs@11"]),
        ("an green cat is on a beach .", ["an@0"]),
        ("a owl is there too .", ["a@0"]),
        ("two dogs is on a beach .", ["is@2"]),
        ("two dogs sits left of a green cat .", ["sits@2"]),
        ("two dogs are on a a beach .", ["a@5"]),
        ("two dogs two dogs are on a beach .", ["two@2", "dogs@3"]),
        ("two dogs on a beach .", ["on@2"]),
        ("owl is there too .", ["owl@0"]),
        ("two dogs are on a beach", ["beach@5"]),
        ("two dogs are on a dragon beach .", ["dragon@5"]),
        (". two dogs are on a beach .", [".@0"]),
    ],
)
def test_the_words_that_would_have_to_change_are_marked(text: str, words: list[str]) -> None:
    assert marked(text) == words


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("a green cat is right of an owl .", "unjudged"),
        ("below the owl is a green cat .", "unjudged"),
        ("an owl sits above two dogs .", "right"),
        ("over the dogs is an owl .", "right"),
        ("it is right of the dogs .", "unjudged"),  # nothing that was introduced
        ("a green cat is in a room . it is right of the dogs .", "right"),
        ("the cat is left of .", "unjudged"),
        ("an owl is below two dogs .", "wrong"),
    ],
)
def test_a_relation_is_judged_where_the_scene_and_the_text_allow_it(text: str, verdict: str) -> None:
    assert [one for _, one in claims(text, "relation")] == [verdict]


def test_under_the_sea_is_a_setting_and_a_frog_relates_to_nothing() -> None:
    assert claims("two dogs are under the sea .", "relation") == []
    assert claims("a green cat is left of a frog .", "relation") == []


def test_each_kind_of_claim_says_what_it_says_and_of_which_groups() -> None:
    text = "on a beach , a large green cat is right of two dogs . there is also an owl . four objects in all ."
    found = judge(text.split(), SCENE).claims
    assert {claim.kind for claim in found} == set(KINDS)
    assert Claim("relation", "cat right of dogs", "right", (9,), (0, 1)) in found
    assert Claim("thing", "cat", "right", (7,), (0,)) in found
    assert Claim("count", "two dogs", "right", (11,), (1,)) in found
    assert Claim("setting", "on a beach", "right", (0, 1, 2), ()) in found
    assert Claim("total", "four objects", "right", (20,), (0, 1, 2)) in found


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("a owl is there too .", ["article"]),
        ("two dog are there too .", ["agreement"]),
        ("two dogs sits left of a green cat .", ["agreement"]),
        ("two dogs are left a green cat .", ["phrase"]),
        ("owl is there too .", ["article"]),
        ("two dogs are a beach .", ["phrase"]),
    ],
)
def test_faults_have_their_kind(text: str, kinds: list[str]) -> None:
    assert [fault.kind for fault in judge(text.split(), SCENE).grammar] == kinds


@pytest.mark.parametrize(
    "text",
    [
        "<mask> <mask> is on a <mask> .",
        "a <mask> cat is right of <mask> dogs . <mask> <mask> <mask>",
        "<mask> cat <mask> <mask> the dogs <mask>",
        "there <mask> also <mask> <mask> <mask>",
        "two dogs <mask> <mask> a beach . <mask>",
        "a green <mask> is right <mask> the dogs .",
        "<mask> <mask> <mask>",
        "",
        "<eot> two frogs",
    ],
)
def test_masks_and_what_they_may_still_become_are_not_marked(text: str) -> None:
    assert marked(text) == []


def test_what_stands_between_masks_is_judged() -> None:
    assert marked("<mask> <mask> frog is on a beach . <mask> <mask>") == ["frog@2"]
    assert marked("<mask> a green cat is left of two dogs <mask> <mask>") == ["left@5"]


def test_a_text_is_read_up_to_its_end_of_text() -> None:
    assert marked("two dogs are on a beach . <eot> three frogs are in a room .") == []


def test_hundreds_of_random_words_are_judged_the_same_way_twice() -> None:
    rng = np.random.default_rng(4)
    for _ in range(60):
        words = rng.choice([*VOCABULARY[2:], MASK, "dragon"], int(rng.integers(0, 70))).tolist()
        once, again = judge(words, SCENE), judge(words, SCENE)
        assert once == again
        places = {k for claim in once.claims for k in claim.positions} | {k for fault in once.grammar for k in fault.positions}
        assert places <= set(range(len(words)))
        assert not any(words[k] == MASK for k in once.marked)


def test_a_text_too_long_to_be_one_is_refused() -> None:
    with pytest.raises(ValueError, match=f"{LONGEST + 1} words, expected at most {LONGEST}"):
        judge(["a"] * (LONGEST + 1), SCENE)


@pytest.mark.parametrize(
    ("text", "right", "fluent"),
    [
        ("", 0, 0),
        ("two dogs are on a beach .", 3 / 5, 1),  # setting, thing, count; the cat and the owl are left unsaid
        ("two dogs are in a room .", 2 / 5, 1),
        ("two dogs are there too . dogs dogs", 2 / 5, 1 / 2),
        ("a cat is right of an owl . two dogs are there too", 6 / 8, 1 / 2),  # tint wrong, no setting, the relation is not judged
        ("the dogs are small . two dogs is on a beach .", 4 / 6, 1 / 2),
        ("two dogs are on a beach . left of the", 3 / 6, 1 / 2),  # what is left of the dogs, or they of it, cannot be read
        ("two dogs are on a beach . are small", 3 / 6, 1 / 2),
    ],
)
def test_shares_count_what_is_left_unsaid_and_sentences_by_themselves(text: str, right: float, fluent: float) -> None:
    score = score_caption(text.split(), SCENE)
    assert score.claims_right == pytest.approx(right)
    assert score.sentences_fluent == pytest.approx(fluent)


def test_long_captions_are_scored_by_their_own_language() -> None:
    scene, words = next(islice(true_captions(700_001), 0, 1))
    assert score_caption(words, scene, IN_DETAIL).exact
    assert score_caption(words, scene, IN_DETAIL).fluent
    assert not score_caption(words, scene, BRIEFLY).exact
    assert not score_caption(words[:-1], scene, IN_DETAIL).exact
    with pytest.raises(ValueError, match="prompt 'at length'"):
        score_caption(words, scene, "at length")


def test_the_nearest_caption_in_edits_forgives_a_shift() -> None:
    for scene, words in islice(true_captions(720_000), 12):
        if len(words) >= 15:
            assert nearest_in_edits(words, scene) == words
            assert nearest_in_edits(("too", *words), scene) == words
