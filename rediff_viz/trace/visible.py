"""A token's text as it can be shown to a person."""

from __future__ import annotations

from unicodedata import category

_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # controls, bidi marks and the like, lone surrogates
_JOINERS = "\u200c\u200d"  # they shape letters and emoji


def visible_text(text: str) -> str:
    """White space gets a sign, what cannot be seen its number (⟨202E⟩), and nothing is empty. Not escaped for HTML."""
    text = text.replace("\r\n", "\n").replace("\n", "⏎").replace("\t", "⇥")
    if not text.strip():
        return "␣" * len(text) or "∅"
    shown = text.strip()
    joined = len(shown) > 1  # a joiner by itself joins nothing
    return "".join(f"⟨{ord(sign):04X}⟩" if category(sign) in _UNSEEN and not (joined and sign in _JOINERS) else sign for sign in shown)
