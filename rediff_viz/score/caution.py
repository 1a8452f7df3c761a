"""What a visitor must know for as long as a run is shown: that its model does not know this picture, had none, or is not the one here."""

from __future__ import annotations

from collections.abc import Sequence

from ..backends import find_card
from ..cards import list_cards
from ..trace import Trace
from ..truth import uses_world_vocabulary

OUTSIDE = (
    "The embedded model knows only its own small world: fifty things in eight places. In any other picture it names what is not there, "
    "and no word can be marked wrong, because the page does not know the truth. Describing photographs takes an 8B checkpoint and a GPU."
)
BLIND = "There is no picture: a lane without a picture writes what its language alone makes likely, and describes nothing."


def caution(scene: bool, picture: bool, takes_picture: bool, embedded: bool) -> str:
    """OUTSIDE, BLIND or "".

    scene: whether the truth of the picture is known; picture: whether there is one; takes_picture: whether a lane would read one;
    embedded: whether a lane is of an embedded model.
    """
    if scene or not takes_picture:
        return ""
    return BLIND if not picture else OUTSIDE if embedded else ""


def other_weights(traces: Sequence[Trace]) -> str:
    """One sentence where a recorded lane's checkpoint has other weights here than it had then, else ""."""
    here = {card.name: card.sha256 for card in list_cards() if card.sha256}
    then = {trace.head.checkpoint: trace.head.checkpoint_sha256 for trace in traces if trace.head.checkpoint_sha256}
    names = [name for name, weights in then.items() if name in here and here[name] != weights]
    return f"This run is of an older model: {' and '.join(names)} had other weights then than here." if names else ""


def caution_of(traces: Sequence[Trace]) -> str:
    """All of it of recorded lanes."""
    heads, embedded = [trace.head for trace in traces], any(map(uses_world_vocabulary, traces))
    unknown = caution(
        scene=any(head.scene is not None for head in heads),
        picture=any(head.picture is not None for head in heads),
        takes_picture=embedded or any(_takes_picture(head.checkpoint) for head in heads),
        embedded=embedded,
    )
    return " ".join(filter(None, (other_weights(traces), unknown)))


def _takes_picture(checkpoint: str) -> bool:
    """Whether a recorded lane's checkpoint would read a picture, as far as it is known here."""
    try:
        return find_card(checkpoint).takes_picture
    except ValueError:
        return False
