"""Properties of every sampled scene, and the scene JSON that is refused."""

import hashlib
import json
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from rediff_viz.world import FAVOURED, PARTNERS, STYLES, TINTS, Scene, allowed_tints, from_dict, sample_scene, scene_from_seed, to_dict
from rediff_viz.world.scenes import overlap
from rediff_viz.world.sprites import HUE_DISTANCE, hue_distance, own_hue
from rediff_viz.world.things import CANVAS, NOUNS, SIDES

Change = Callable[[dict[str, Any]], object]  # of a scene's JSON


@pytest.fixture(scope="module")
def many() -> list[Scene]:
    rng = np.random.default_rng(0)
    return [sample_scene(rng) for _ in range(2000)]


@pytest.fixture(scope="module")
def against() -> list[Scene]:
    rng = np.random.default_rng(1)
    return [sample_scene(rng, "fluent", against_priors=True) for _ in range(1000)]


def test_boxes_stay_inside_do_not_overlap_and_have_their_size(many: list[Scene], against: list[Scene]) -> None:
    for scene in many + against:
        boxes = [box for group in scene.groups for box in group.boxes]
        assert not any(overlap(a, b) for a, b in combinations(boxes, 2))
        for group in scene.groups:
            assert len(group.boxes) == group.count
            low, high = SIDES[group.size]
            for x0, y0, x1, y1 in group.boxes:
                assert 0 <= x0 < x1 <= CANVAS
                assert 0 <= y0 < y1 <= CANVAS
                assert x1 - x0 == y1 - y0
                assert low <= x1 - x0 <= high


def test_the_first_two_groups_never_stand_diagonally(many: list[Scene], against: list[Scene]) -> None:
    for scene in many + against:
        (ax, ay), (bx, by) = scene.groups[0].centre, scene.groups[1].centre
        dx, dy = abs(ax - bx), abs(ay - by)
        assert dx > 1.3 * dy or dy > 1.3 * dx


def test_small_and_large_are_clearly_apart() -> None:
    assert SIDES["large"][0] >= 1.4 * SIDES["small"][1]


def test_no_tint_is_near_the_sprites_own_hue_in_any_style(many: list[Scene], against: list[Scene]) -> None:
    for scene in many + against:
        for group in scene.groups:
            for style in STYLES:
                own = own_hue(group.noun, style)
                if group.tint is not None and own is not None:
                    assert hue_distance(own, TINTS[group.tint][0]) >= HUE_DISTANCE
    assert all(len(allowed_tints(noun)) >= 2 for noun in NOUNS)


def test_scenes_follow_the_priors(many: list[Scene]) -> None:
    groups = [(scene, group) for scene in many for group in scene.groups]
    assert 0.52 < np.mean([g.noun in FAVOURED[s.setting] for s, g in groups]) < 0.59
    assert 0.46 < np.mean([PARTNERS[s.groups[0].noun] == s.groups[1].noun for s in many]) < 0.58
    assert 0.40 < np.mean([g.tint is None for _, g in groups]) < 0.50
    assert 0.30 < np.mean([len(s.groups) == 3 for s in many]) < 0.40


def test_against_priors_contradicts_every_prior(against: list[Scene]) -> None:
    for scene in against:
        nouns = [group.noun for group in scene.groups]
        assert not set(nouns) & set(FAVOURED[scene.setting])
        assert not any(PARTNERS[a] == b for a, b in combinations(nouns, 2))


def test_a_seed_gives_the_same_scene_again_and_the_same_places_in_every_style(many: list[Scene]) -> None:
    for scene in many[:50]:
        assert scene_from_seed(scene.seed) == scene
        other = scene_from_seed(scene.seed, "twitter")
        assert (other.groups, other.setting, other.style) == (scene.groups, scene.setting, "twitter")


def test_json_round_trip(many: list[Scene]) -> None:
    for scene in many[:200]:
        assert from_dict(json.loads(json.dumps(to_dict(scene)))) == scene


def _with(**changes: object) -> Change:
    return lambda data: data | changes


def _group_with(**changes: object) -> Change:
    return lambda data: data | {"groups": [data["groups"][0] | changes, *data["groups"][1:]]}


@pytest.mark.parametrize(
    "change",
    [
        lambda data: None,
        lambda data: [],
        lambda data: {},
        lambda data: data | {"extra": 1},
        _with(setting="moon"),
        _with(setting=["beach"]),
        _with(style="apple"),
        _with(seed=-1),
        _with(seed=True),
        _with(seed="1"),
        _with(seed=10**30),
        _with(groups=[]),
        _with(groups="cat"),
        lambda data: data | {"groups": [data["groups"][0]] * 2},
        lambda data: data | {"groups": data["groups"] * 2},
        _group_with(noun="unicorn"),
        _group_with(noun={}),
        _group_with(count=4),
        _group_with(count=1.0),
        _group_with(size="huge"),
        _group_with(tint="mauve"),
        _group_with(tint=3),
        _group_with(boxes=None),
        _group_with(boxes=[]),
        _group_with(boxes=[[0, 0, 500, 500]]),
        _group_with(boxes=[[0, 0, float("nan"), 10]]),
        _group_with(boxes=[[0, 0, 16]]),
        _group_with(boxes=["abcd"]),
    ],
)
def test_invalid_scene_json_is_refused_with_a_sentence(change: Change) -> None:
    data = to_dict(scene_from_seed(3))
    with pytest.raises(ValueError, match=r"expected|must be") as refusal:
        from_dict(change(data))
    assert len(str(refusal.value)) < 1000


def test_diagonal_and_overlapping_groups_are_refused() -> None:
    cat = {"noun": "cat", "count": 1, "size": "large", "tint": None, "boxes": [[0, 0, 30, 30]]}
    dog = cat | {"noun": "dog"}
    scene = {"setting": "snow", "style": "google", "seed": 0}
    with pytest.raises(ValueError, match="overlap"):
        from_dict(scene | {"groups": [cat, dog]})
    with pytest.raises(ValueError, match="diagonally"):
        from_dict(scene | {"groups": [cat, dog | {"boxes": [[50, 50, 80, 80]]}]})


def test_a_scene_number_means_the_same_scene_for_good() -> None:
    scenes = [to_dict(scene_from_seed(number)) for number in range(200)]
    digest = hashlib.sha256(json.dumps(scenes, sort_keys=True).encode()).hexdigest()
    assert digest == "27640fd96c589407b7ba7deabe0ebcd214607f235c534a92f885ab085cba38c0"


@pytest.mark.parametrize("groups", [2, 3, 4])
def test_scenes_of_so_many_groups_are_a_draw_of_their_own(groups: int) -> None:
    scenes = [scene_from_seed(number, groups=groups) for number in range(100)]
    assert all(len(scene.groups) == groups and from_dict(to_dict(scene)) == scene for scene in scenes)
    as_it_falls = [scene_from_seed(number) for number in range(100)]
    assert all(a == b for a, b in zip(as_it_falls, scenes, strict=True) if len(a.groups) == groups)
    with pytest.raises(ValueError, match="5 groups, expected 2, 3, 4"):
        scene_from_seed(0, groups=5)
