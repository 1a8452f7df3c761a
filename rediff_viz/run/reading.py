"""Settings that any lane may have, whatever its sampler: how the model is read. Runs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..backends.base import Contrast, Session
from ..samplers import Setting

READING: dict[str, Setting] = {
    "contrast": Setting(
        "contrast", float, 0.0, False, (), 0, 10,
        "how strongly what is predicted with the picture is set against what is predicted without it (VCD, arXiv:2311.16922); "
        "0: not at all, 1: as in the paper; costs one more row of the network a pass", False,
    ),
    "plausibility": Setting(
        "plausibility", float, Contrast.plausibility, False, (), 0, 1,
        "under a contrast, only words at least this share as probable with the picture as the likeliest one; 0: every word", False,
    ),
}  # fmt: skip


def contrast_of(settings: Mapping[str, Any]) -> Contrast | None:
    """The contrast that a lane's settings ask for; None where its strength is 0 or not named."""
    known = {name: settings.get(name, setting.default) for name, setting in READING.items()}
    return Contrast(known["contrast"], known["plausibility"]) if known["contrast"] else None


def of_sampler(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that the sampler itself takes."""
    return {name: value for name, value in settings.items() if name not in READING}


def settings_of(contrast: Contrast) -> dict[str, Any]:
    """The settings of a contrast, as a lane's settings have them."""
    return {"contrast": contrast.strength, "plausibility": contrast.plausibility}


def check_contrast(contrast: Contrast | None, session: Session) -> None:
    """Raises ValueError, in one sentence, where there is nothing to contrast with."""
    if contrast is None:
        return
    if not session.backend.contrasts:
        raise ValueError(f"contrast needs a prediction without the picture, which {session.backend.card.name} cannot give")
    if session.request.picture is None:
        raise ValueError("contrast sets a prediction with the picture against one without it, and there is no picture")


def contrast_note(contrast: Contrast) -> str:
    """What must be shown beside a contrasted lane."""
    return (
        f"contrast {contrast.strength:g}, plausibility {contrast.plausibility:g}: every probability is of the contrasted prediction; "
        "two rows of the network a pass; the paper blurs the picture with noise where this takes it away"
    )
