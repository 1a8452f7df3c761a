"""Fetch the emoji pictures from npm and pack them as one atlas per style.

    python tools/fetch_sprites.py            writes assets/sprites/{google,fluent,twitter}.png, index.json

Needs `npm` on the path. Every sprite is cropped to its content, fitted into 64 x 64 px with its
aspect kept, and stored as RGBA. Licences: assets/sprites/LICENSES.md.
"""

from __future__ import annotations

import json
import subprocess
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image

TILE = 64
COLUMNS = 10
OUT = Path(__file__).resolve().parents[1] / "assets" / "sprites"

# ruff: noqa: E501
# style -> (package, pattern of a picture inside it, licence of the pictures, credit)
SOURCES = {
    "google": ("emoji-datasource-google@16.0.0", "package/img/google/64/{}.png", "Apache-2.0", "Noto Emoji, Google"),
    "fluent": ("@lobehub/fluent-emoji-3d@1.1.0", "package/assets/{}.webp", "MIT", "Fluent Emoji, Microsoft, packaged by LobeHub"),
    "twitter": ("emoji-datasource-twitter@16.0.0", "package/img/twitter/64/{}.png", "CC-BY-4.0", "Twemoji, Twitter, Inc. and other contributors"),
}  # fmt: skip

CODES = {
    "airplane": "2708-fe0f", "alien": "1f47d", "apple": "1f34e", "ball": "26bd", "balloon": "1f388",
    "banana": "1f34c", "bear": "1f43b", "bee": "1f41d", "bicycle": "1f6b2", "boat": "26f5",
    "book": "1f4d5", "bus": "1f68c", "butterfly": "1f98b", "cactus": "1f335", "camel": "1f42a",
    "car": "1f697", "cat": "1f408", "chair": "1fa91", "clock": "23f0", "crab": "1f980",
    "cup": "2615", "dog": "1f415", "duck": "1f986", "elephant": "1f418", "flower": "1f33b",
    "frog": "1f438", "guitar": "1f3b8", "hat": "1f3a9", "house": "1f3e0", "lion": "1f981",
    "monkey": "1f412", "mushroom": "1f344", "octopus": "1f419", "owl": "1f989", "penguin": "1f427",
    "pig": "1f416", "pumpkin": "1f383", "rabbit": "1f407", "robot": "1f916", "rocket": "1f680",
    "snail": "1f40c", "spider": "1f577-fe0f", "star": "2b50", "strawberry": "1f353", "tent": "26fa",
    "tree": "1f333", "turtle": "1f422", "umbrella": "2602-fe0f", "whale": "1f433", "zebra": "1f993",
}  # fmt: skip


def fetch(package: str, folder: Path) -> Path:
    """`npm pack` the package into `folder`; the path of the archive."""
    done = subprocess.run(["npm", "pack", package, "--loglevel=error"], cwd=folder, check=True, capture_output=True, text=True)
    return folder / done.stdout.strip().splitlines()[-1]


def tile(data: bytes) -> Image.Image:
    """One picture, cropped to what is visible and fitted into a TILE x TILE RGBA square."""
    picture = Image.open(BytesIO(data)).convert("RGBA")
    visible = picture.getchannel("A").point(lambda a: 255 if a > 16 else 0).getbbox()
    if visible is None:
        raise ValueError("a sprite is fully transparent, expected a picture")
    picture = picture.crop(visible)
    scale = TILE / max(picture.size)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    # Premultiplied alpha while resizing: transparent pixels do not colour the edge.
    picture = picture.convert("RGBa").resize((width, height), Image.Resampling.LANCZOS).convert("RGBA")
    square = Image.new("RGBA", (TILE, TILE), (0, 0, 0, 0))
    square.paste(picture, ((TILE - width) // 2, (TILE - height) // 2))
    return square


def atlas(archive: Path, pattern: str) -> Image.Image:
    """All nouns of one style, COLUMNS to a row, in the order of CODES."""
    rows = -(-len(CODES) // COLUMNS)
    sheet = Image.new("RGBA", (COLUMNS * TILE, rows * TILE), (0, 0, 0, 0))
    with tarfile.open(archive) as package:
        for k, (noun, code) in enumerate(CODES.items()):
            member = package.extractfile(pattern.format(code))
            if member is None:
                raise ValueError(f"no picture for {noun!r} at {pattern.format(code)}")
            sheet.paste(tile(member.read()), (k % COLUMNS * TILE, k // COLUMNS * TILE))
    return sheet


def main() -> None:
    """Write the atlases and the index."""
    OUT.mkdir(parents=True, exist_ok=True)
    styles = {}
    with tempfile.TemporaryDirectory() as folder:
        for style, (package, pattern, licence, credit) in SOURCES.items():
            atlas(fetch(package, Path(folder)), pattern).save(OUT / f"{style}.png", optimize=True)
            styles[style] = {"file": f"{style}.png", "package": package, "licence": licence, "credit": credit}
    index = {"tile": TILE, "columns": COLUMNS, "nouns": list(CODES), "codes": CODES, "styles": styles}
    (OUT / "index.json").write_text(json.dumps(index, indent=1) + "\n")


if __name__ == "__main__":
    main()
