"""What is said of a claim that is wrong or not judged, and of a fault of grammar: one sentence that the scene bears out."""

import numpy as np
import pytest

from rediff_viz.world import caption, judge, sample_scene, scene_from_seed
from rediff_viz.world.reasons import why_fault, why_not_right

# scene 0: a large apple and two small stars, diagonally, a large orange hat right of the apple, in a room
# scene 1: two small blue camels above a large cactus, under the sea
# the scene, a text, the position of a word in it -> the sentence on its claim
SENTENCES = {
    "setting": (1, "they are on a beach .", 4, "The things are under the sea, the text says “on a beach”."),
    "setting, what is left of it": (1, "they are beach .", 2, "The things are under the sea, the text says “beach”."),
    "thing": (1, "there are three frogs .", 3, "There is no frog in this picture."),
    "thing again": (1, "two blue camels . two blue camels .", 6, "The text introduces “camels” a second time."),
    "count": (1, "three blue camels", 0, "The picture has two camels, the text says three."),
    "count, an article": (1, "a blue camel", 0, "The picture has two camels, the text says one."),
    "count, of one": (1, "two cactuses", 0, "The picture has one cactus, the text says two."),
    "tint": (1, "two red camels", 1, "The camels are blue, the text says red."),
    "tint, of a natural one": (1, "a red cactus", 1, "The cactus has its natural colour, the text says red."),
    "tint, of natural ones": (0, "two red stars", 1, "The stars have their natural colour, the text says red."),
    "tint, left out": (1, "two camels", 1, "The camels are blue, the text names no colour."),
    "size": (1, "two large blue camels", 1, "The camels are small, the text says large."),
    "size, after a verb": (1, "a cactus is here . the cactus is small .", 8, "The cactus is large, the text says small."),
    "size, of all kinds": (1, "both kinds are small .", 3, "The cactus is large, the text says small."),
    "relation": (1, "two blue camels are below a cactus .", 4, "The camels are above the cactus, the text says below."),
    "relation, sideways": (0, "an apple sits over an orange hat .", 3, "The apple is right of the hat, the text says over."),
    "relation, to itself": (
        1, "the camels are left of the camels .", 6, "Nothing stands beside itself, the text says “camels left of camels”.",
    ),
    "relation, diagonal": (
        0, "an apple sits left of two stars .", 3, "The apple and the stars stand diagonally, so “apple left of stars” is not judged.",
    ),
    "relation, unreadable": (1, "left of a cactus . it", 0, "It cannot be read what “left” is said of, so it is not judged."),
    "total": (1, "there are four objects .", 2, "The picture has three objects in all, the text says four."),
}  # fmt: skip
FAULTS = {
    "an article that does not fit": (1, "an cactus is below two blue camels .", 0, "article", "“an” does not fit the next word, “cactus”"),
    "a verb": (1, "a cactus are below two blue camels .", 2, "agreement", "“are” does not agree in number with what it speaks of"),
    "a noun": (1, "two blue camel are above a cactus .", 2, "agreement", "“camel” does not agree in number with the words around it"),
    "a word too many": (1, "two blue camels are above of a cactus .", 5, "phrase", "“of” does not fit here, or a word is missing"),
}


@pytest.mark.parametrize("case", SENTENCES)
def test_a_claim_that_is_not_right_is_explained(case: str) -> None:
    seed, text, position, expected = SENTENCES[case]
    scene, words = scene_from_seed(seed), tuple(text.split())
    said = [why_not_right(claim, words, scene) for claim in judge(words, scene).claims if position in claim.positions]
    assert expected in said


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_of_grammar_names_its_kind(case: str) -> None:
    seed, text, position, kind, amiss = FAULTS[case]
    words = tuple(text.split())
    said = [why_fault(fault, words) for fault in judge(words, scene_from_seed(seed)).grammar if position in fault.positions]
    assert said == [f"A fault of grammar ({kind}): {amiss}."]


def test_every_judgement_of_broken_texts_can_be_explained() -> None:
    """Words exchanged, doubled and dropped at random, in scenes of every number of groups."""
    rng = np.random.default_rng(4)
    for _ in range(150):
        scene, other = sample_scene(rng), sample_scene(rng)
        words = np.array([*caption(scene, rng), *caption(other, rng)], object)
        text = tuple(words[np.sort(rng.integers(0, len(words), len(words)))])
        judgement = judge(text, scene)
        sentences = [why_not_right(claim, text, scene) for claim in judgement.claims if claim.verdict != "right"]
        sentences += [why_fault(fault, text) for fault in judgement.grammar]
        assert all(sentence[0].isupper() and sentence.endswith(".") and "  " not in sentence for sentence in sentences), sentences
        assert all(not why_not_right(claim, text, scene) for claim in judgement.claims if claim.verdict == "right")
