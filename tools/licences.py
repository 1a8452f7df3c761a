"""The licences of everything the app installs, as a table.

    python -m tools.licences            writes docs/licences.md
    python -m tools.licences --check    fails where the page says something else

Packages are those reached from pyproject.toml's dependencies with the extras [models] and [page], as installed here; each says its
licence itself. Packages of CUDA, which torch brings on machines with a GPU, and setuptools, which every environment has, are left out.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "licences.md"
LEFT_OUT = ("nvidia", "cuda", "triton", "setuptools")
HEAD = """# Licences

rediff_viz is under the Apache License 2.0; the sprites' licences stand in `assets/sprites`, the checkpoints' on their cards.
What `pip install -r requirements.txt -c constraints.txt` brings, and what each package says of itself
(`python -m tools.licences` writes this page; a test holds it to `constraints.txt`). None of it is copied into this repository.

| package | version | licence |
|---|---|---|
"""


def asked_for() -> list[Requirement]:
    """What pyproject.toml names, with the extras [models] and [page]."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    return [Requirement(line) for line in (*project["dependencies"], *extras["models"], *extras["page"])]


def reached(first: Iterable[Requirement]) -> dict[str, Distribution]:
    """Installed packages by canonical name: those asked for, and what they ask for in turn."""
    found: dict[str, Distribution] = {}
    waiting, seen = list(first), set[str]()
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if (mark := f"{name}{sorted(wanted.extras)}") in seen or name.startswith(LEFT_OUT):
            continue
        seen.add(mark)
        try:
            found[name] = package = distribution(name)
        except PackageNotFoundError:
            continue
        for line in package.requires or []:
            inner = Requirement(line)
            if inner.marker is None or any(inner.marker.evaluate({"extra": extra}) for extra in ("", *wanted.extras)):
                waiting.append(inner)
    return found


def licence(package: Distribution) -> str:
    """What a package says of its licence: the SPDX expression, else its classifiers, else one line of its own words."""
    expression, own = (package.metadata.get_all(name) or [""] for name in ("License-Expression", "License"))
    named = [line.rpartition(" :: ")[2] for line in package.metadata.get_all("Classifier") or [] if line.startswith("License ::")]
    return expression[0] or ", ".join(named) or (own[0].strip().splitlines() or ["it does not say"])[0][:80]


def page() -> str:
    """docs/licences.md as it should be."""
    packages = sorted(reached(asked_for()).items())
    return HEAD + "".join(f"| {name} | {p.version.partition('+')[0]} | {licence(p)} |\n" for name, p in packages)


def main() -> None:
    wanted = page()
    if "--check" in sys.argv[1:]:
        if not PAGE.is_file() or PAGE.read_text("utf-8") != wanted:
            sys.exit(f"{PAGE.relative_to(ROOT)} is not what is installed; python -m tools.licences writes it")
        return
    PAGE.write_text(wanted, "utf-8")


if __name__ == "__main__":
    main()
