"""Rendering is deterministic at every scale, and every sprite atlas has its licence."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rediff_viz.world import (
    NOUNS,
    SETTINGS,
    STYLES,
    TINTS,
    allowed_tints,
    from_dict,
    render,
    sample_scene,
    scene_from_seed,
    sprite,
    to_dict,
)
from rediff_viz.world.backgrounds import paint
from rediff_viz.world.sprites import FOLDER, hue_distance, index


def test_the_same_scene_gives_the_same_pixels() -> None:
    rng = np.random.default_rng(0)
    for style in STYLES:
        scene = sample_scene(rng, style)
        first, again = render(scene), render(scene)
        assert (first.mode, first.size) == ("RGB", (112, 112))
        assert first.tobytes() == again.tobytes()
        assert render(replace(scene, seed=scene.seed + 1)).tobytes() != first.tobytes()


def test_a_finer_picture_shows_the_same_scene() -> None:
    scene = sample_scene(np.random.default_rng(1))
    fine = render(scene, 4)
    assert fine.size == (448, 448)
    small = np.asarray(fine.resize((112, 112)), float)
    assert np.abs(small - np.asarray(render(scene), float)).mean() < 12
    with pytest.raises(ValueError, match="scale 0"):
        render(scene, 0)


def test_grain_adds_noise_of_the_given_strength_to_the_same_scene() -> None:
    clear, grainy = (render(scene_from_seed(4, grain=grain)) for grain in (0.0, 0.1))
    noise = np.asarray(grainy, float) - np.asarray(clear, float)
    unclipped = (np.asarray(clear) > 100) & (np.asarray(clear) < 155)
    assert noise[unclipped].std() == pytest.approx(25.5, rel=0.05)
    assert grainy.tobytes() == render(from_dict(to_dict(scene_from_seed(4, grain=0.1)))).tobytes()
    for bad in (-0.1, 1.5, float("nan"), True, "much"):
        with pytest.raises(ValueError, match="expected a number from 0 to 1"):
            scene_from_seed(4, grain=bad)  # type: ignore[arg-type]


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_varies_with_the_seed_but_stays_recognisable(setting: str) -> None:
    means = {s: np.mean([paint(s, k) for k in range(6)], axis=0) for s in SETTINGS}
    picture = paint(setting, 99).astype(float)
    assert (paint(setting, 98) != paint(setting, 99)).any()
    assert min(means, key=lambda s: np.abs(means[s] - picture).mean()) == setting


@pytest.mark.parametrize("style", STYLES)
def test_a_tinted_sprite_has_the_hue_of_its_tint(style: str) -> None:
    for noun in NOUNS:
        for tint in allowed_tints(noun):
            picture = sprite(noun, style, 32, tint)
            seen = np.asarray(picture.getchannel("A")) > 200
            hsv = np.asarray(picture.convert("RGB").convert("HSV"), float)[seen]
            strong = hsv[(hsv[:, 1] > 90) & (hsv[:, 2] > 90)]
            assert len(strong) > 0.2 * seen.sum(), (noun, tint)
            away = [hue_distance(hue * 360 / 256, TINTS[tint][0]) for hue in strong[:, 0]]
            assert np.median(away) < 10, (noun, tint)


def test_atlases_have_licences_and_stay_small() -> None:
    contents = index()
    assert sorted(contents["nouns"]) == sorted(NOUNS)
    assert {style: entry["licence"] for style, entry in contents["styles"].items()} == {
        "google": "Apache-2.0",
        "fluent": "MIT",
        "twitter": "CC-BY-4.0",
    }
    credits = (FOLDER / "LICENSES.md").read_text()
    assert all(name in credits for name in ("Noto", "Fluent", "Twemoji", "CC BY 4.0", "Apache-2.0", "MIT"))
    assert (FOLDER / "LICENSE-google-Apache-2.0.txt").stat().st_size > 5000
    assert (FOLDER / "LICENSE-fluent-MIT.txt").stat().st_size > 900
    assert sum(path.stat().st_size for path in Path(FOLDER).iterdir()) < 2_000_000


def test_an_unknown_sprite_is_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match="noun 'unicorn'"):
        sprite("unicorn", "google", 16, None)
    with pytest.raises(ValueError, match="style 'apple'"):
        sprite("cat", "apple", 16, None)
    with pytest.raises(ValueError, match="tint 'mauve'"):
        sprite("cat", "google", 16, "mauve")
