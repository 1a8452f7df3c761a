"""Joins ES modules into one classic script: the page and the stand-alone file load that, from any address and without npm.

Each module becomes a function with its own scope; what it exports is handed to the modules that import it. Understood are
`import { a, b as c } from "./file.js";` and `export` before a function, a class or a const, each at the start of a line.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from pathlib import Path

_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"]*)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) (\w+))", re.MULTILINE)
_STRAY = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


@dataclass(frozen=True)
class Module:
    """A module as the script holds it."""

    imports: tuple[tuple[str, tuple[str, ...]], ...]  # (module, the names taken from it)
    exports: tuple[str, ...]
    body: str  # the source, in which imports are constants and exports plain declarations


def bundle(entry: Path, name: str) -> str:
    """The modules that the file `entry` needs, as one classic script that defines `window.NAME`: what `entry` exports.

    Raises ValueError, in one sentence, for a missing module, a missing export, a circle of imports, or syntax beyond the above.
    """
    modules: dict[str, Module] = {}
    _add(entry.parent, entry.name, modules, ())
    scopes = [
        f'$modules["{path}"] = (() => {{\n{module.body}\nreturn {{ {", ".join(module.exports)} }};\n}})();\n'
        for path, module in modules.items()
    ]
    joined = "\n".join(scopes)
    return f'(() => {{\n"use strict";\nconst $modules = {{}};\n\n{joined}\nwindow.{name} = $modules["{entry.name}"];\n}})();\n'


def _add(root: Path, path: str, modules: dict[str, Module], importers: tuple[str, ...]) -> None:
    """Add the module at root/path after all that it imports; `modules` are by path from root, in an order in which they can run."""
    if path in importers:
        raise ValueError(f"modules import each other in a circle: {' -> '.join((*importers[importers.index(path) :], path))}")
    if path in modules:
        return
    if not (root / path).is_file():
        raise ValueError(f"{importers[-1]} imports {path}, which is not there" if importers else f"{root / path} is not there")
    module = _read(root, path)
    for other, names in module.imports:
        _add(root, other, modules, (*importers, path))
        if missing := sorted(set(names) - set(modules[other].exports)):
            raise ValueError(f"{path} imports {', '.join(missing)} from {other}, which exports {', '.join(modules[other].exports)}")
    modules[path] = module


def _read(root: Path, path: str) -> Module:
    imports: list[tuple[str, tuple[str, ...]]] = []

    def constant(found: re.Match[str]) -> str:
        pairs = [pair.split(" as ") for pair in map(str.strip, found[1].split(",")) if pair]  # [name] or [name, name here]
        other = posixpath.normpath(posixpath.join(posixpath.dirname(path), found[2]))
        imports.append((other, tuple(pair[0] for pair in pairs)))
        return f'const {{ {", ".join(": ".join(pair) for pair in pairs)} }} = $modules["{other}"];'

    source = (root / path).read_text("utf-8")
    body = _EXPORT.sub("", _IMPORT.sub(constant, source))
    if stray := _STRAY.search(body):
        raise ValueError(f'{path} has {stray[0]!r}, expected import {{ names }} from "./file.js"; or export function, class or const')
    return Module(tuple(imports), tuple(_EXPORT.findall(source)), body)
