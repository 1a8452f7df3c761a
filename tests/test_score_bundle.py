"""The joiner of the browser's modules: what it makes runs as the modules would, and what it cannot join it refuses in one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from node import ROOT, node

from rediff_viz.score.bundle import bundle
from rediff_viz.score.html import script

RUN = "globalThis.window = {}; const before = Object.keys(globalThis); (0, eval)(require('fs').readFileSync(0, 'utf8'));"


def joined(folder: Path, **sources: str) -> str:
    """The script made of the modules in `sources`: a/b.js is written a__b, the entry is main."""
    for name, source in sources.items():
        path = folder / f"{name.replace('__', '/')}.js"
        path.parent.mkdir(exist_ok=True)
        path.write_text(source, encoding="utf-8")
    return bundle(folder / "main.js", "Joined")


def value(source: str, expression: str) -> object:
    """An expression of `window.Joined` after the script has run."""
    return json.loads(node("-e", f"{RUN} console.log(JSON.stringify({expression}));", text=source))


MAIN = """
import { value as other, double } from "./deep/a.js";
const value = 1;
export function both() { return [value, double(other)]; }
"""
DEEP = """
import {
  three,
} from "../b.js";
const hidden = three;
export const value = hidden + 1;
export function double(x) { return 2 * x; }
"""


def test_modules_keep_their_scopes_and_hand_over_what_they_export(tmp_path: Path) -> None:
    source = joined(tmp_path, main=MAIN, deep__a=DEEP, b="const hidden = 3;\nexport const three = hidden;\n")
    assert value(source, "window.Joined.both()") == [1, 8]
    assert value(source, "Object.keys(window.Joined)") == ["both"]
    assert value(source, "Object.keys(globalThis).filter((key) => !before.includes(key))") == []


def test_a_module_runs_once_and_after_what_it_imports(tmp_path: Path) -> None:
    source = joined(
        tmp_path,
        main='import { b } from "./b.js";\nimport { a } from "./a.js";\nexport const seen = a(b());\n',
        a='import { log } from "./log.js";\nlog.push("a");\nexport function a(list) { return list; }\n',
        b='import { log } from "./log.js";\nimport { a } from "./a.js";\nlog.push("b");\nexport const b = () => a(log);\n',
        log="export const log = [];\n",
    )
    assert value(source, "window.Joined.seen") == ["a", "b"]


@pytest.mark.parametrize(
    ("sources", "sentence"),
    [
        ({"main": 'import { a } from "./a.js";\n'}, "main.js imports a.js, which is not there"),
        ({"main": 'import { a, b } from "./a.js";\n', "a": "export const a = 1;\n"}, "main.js imports b from a.js, which exports a"),
        (
            {"main": 'import { a } from "./a.js";\n', "a": 'import { b } from "./b.js";\nexport const a = 1;\n',
             "b": 'import { a } from "./a.js";\nexport const b = 1;\n'},
            "modules import each other in a circle: a.js -> b.js -> a.js",
        ),
        ({"main": 'import { main } from "./main.js";\nexport const main = 1;\n'}, "in a circle: main.js -> main.js"),
        ({"main": 'import * as all from "./a.js";\n'}, r"main.js has 'import \* as all from \"./a.js\";', expected import"),
        ({"main": 'import { el } from "elsewhere";\n'}, "expected import"),
        ({"main": "export default 1;\n"}, "expected import"),
        ({"main": "const a = 1;\nexport { a };\n"}, "expected import"),
        ({"main": "export let a = 1;\n"}, "expected import"),
        ({}, "main.js is not there"),
    ],
)  # fmt: skip
def test_what_cannot_be_joined_is_refused_in_one_sentence(tmp_path: Path, sources: dict[str, str], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        joined(tmp_path, **sources)


def test_the_score_is_one_script_that_defines_mount_and_needs_no_module() -> None:
    assert value(script(), "Object.entries(window.RediffScore).map(([name, value]) => [name, typeof value])") == [["mount", "function"]]
    assert value(script(), "Object.keys(globalThis).filter((key) => !before.includes(key))") == []


def test_every_module_of_the_score_is_in_its_script() -> None:
    folder = ROOT / "assets/score"
    modules = {path.relative_to(folder).as_posix() for path in folder.rglob("*.js")}
    assert {name for name in modules if f'$modules["{name}"] = ' in script()} == modules
