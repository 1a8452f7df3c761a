"""A question as token ids: LLaDA's chat template, and LLaVA's way to leave room for a picture.

Knows strings and a tokenizer's `encode`: no model, no torch.
Source: jiyt17/ReDiff 52604ca, llava/conversation.py (llava_llada) and llava/mm_utils.py (tokenizer_image_token).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

START, END = "<|startoftext|>", "<|endoftext|>"
HEADER, HEADER_END, TURN_END = "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"
MASK = "<|mdm_mask|>"
SPECIALS = (START, END, HEADER, HEADER_END, TURN_END, MASK)
PICTURE_WORD = "<image>"
SYSTEM = (
    "You are a helpful language and vision assistant. "
    "You are able to understand the visual content that the user provides, "
    "and assist the user with a variety of tasks using natural language."
)

Encode = Callable[[str], Sequence[int]]


def chat(turns: Sequence[str], system: str | None = None) -> str:
    """Turns of user and assistant, the user's first, as one prompt that ends where the next answer begins."""
    messages = [] if system is None else [("system", system)]
    messages += [("user" if index % 2 == 0 else "assistant", turn) for index, turn in enumerate(turns)]
    body = "".join(f"{HEADER}{role}{HEADER_END}\n\n{text.strip()}{TURN_END}" for role, text in messages)
    return f"{START}{body}{HEADER}assistant{HEADER_END}\n\n"


def question_prompt(question: str, pictures: int = 0) -> str:
    """The prompt LLaDA-V and ReDiff were trained on, for one question about so many pictures.

    Raises ValueError when the question itself says <image>.
    """
    if PICTURE_WORD in question:
        raise ValueError(f"the question contains {PICTURE_WORD!r}, which marks the place of a picture; leave it out")
    marks = f"{PICTURE_WORD}\n" * pictures
    return chat([marks + question], SYSTEM)


def picture_ids(prompt: str, encode: Encode, start_id: int, picture_id: int = -200) -> list[int]:
    """Token ids with `picture_id` where the prompt says <image>.

    The pieces between pictures are tokenised on their own. When the first begins with the start token, every later piece
    loses its first token: LLaVA expects a tokenizer that puts the start token before each piece, LLaDA's does not, and the
    models were trained through this. So the line break after <image> is not there.
    """
    pieces = [list(encode(piece)) for piece in prompt.split(PICTURE_WORD)]
    skip = 1 if pieces[0] and pieces[0][0] == start_id else 0
    ids = list(pieces[0])
    for piece in pieces[1:]:
        ids += [picture_id, *piece[skip:]]
    return ids
