"""Texts in the cells of CSV tables: none begins as a formula of a spreadsheet does. Knows nothing of the project."""

from __future__ import annotations

from typing import Any

_FORMULA = ("'", "=", "+", "-", "@", "\t", "\r")


def no_formula(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe before whatever could begin one."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def plain_text(cell: str) -> str:
    """A cell's text, without the apostrophe of `no_formula`."""
    return cell.removeprefix("'")


def write_csv(table: Any, target: Any, float_format: str | None = None) -> None:
    """Write a pandas table to a path or an open text file, every text in it as `no_formula` has it.

    Lines end in CR LF where a text has a CR, which is quoted only then.
    """
    safe = table.map(lambda value: no_formula(value) if isinstance(value, str) else value)
    returns = safe.map(lambda value: isinstance(value, str) and "\r" in value).any(axis=None)
    safe.to_csv(target, index=False, float_format=float_format, lineterminator="\r\n" if returns else "\n")
