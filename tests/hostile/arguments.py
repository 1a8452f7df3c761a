"""Values that a stranger may send where a name, a number or a text belongs: what it is -> the value."""

from __future__ import annotations

from typing import Any


def nested(depth: int) -> list[Any]:
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    return found


ODD: dict[str, Any] = {
    "true": True,
    "false": False,
    "minus one": -1,
    "minus zero": -0.0,
    "the smallest number": 5e-324,
    "a tiny number": 1e-308,
    "half": 0.5,
    "the largest number": 1.7e308,
    "no number": float("nan"),
    "endless": float("inf"),
    "endlessly little": float("-inf"),
    "a whole number beyond 64 bits": 2**64,
    "a number of 5,000 digits": 10**5000,
    "digits": "8",
    "a text": "a cat",
    "an empty text": "",
    "a zero byte": "\0",
    "half a character": "\ud800",
    "a text that turns round": "\u202eabc",
    "a text of many lines": "a\nb\n" * 50,
    "a long text": "x" * 100_000,
    "a path": "/etc/passwd",
    "a path upward": "../../etc/passwd",
    "markup": "<script>alert(1)</script>",
    "an empty list": [],
    "a list of nothing": [None],
    "a list of numbers": [8],
    "a list of lists": [[8]],
    "a long list": [0] * 100_000,
    "a list 900 deep": nested(900),
    "a list 5,000 deep": nested(5000),
    "an empty table": {},
    "a table": {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
    "a table of numbers for names": {1: 2},
    "a lane of settings without end": ["denoise@world-plain:" + "a=1," * 10_000],
    "a lane of a strange setting": ["rediff@world-rediff:settle=1e308"],
    "a lane of a long setting": ["rediff@world-rediff:settle=" + "9" * 5000],
    "five lanes": ["denoise@world-plain"] * 5,
    "a lane of bytes": [b"denoise@world-plain"],
}
