"""What the world consists of: nouns, settings, tints, and the priors between them (what is often seen together).

Plain tables and no code that draws, samples or captions. The priors are there on purpose: a model
that learns them has a language prior it can hallucinate from, and scenes *against priors*
(see :mod:`rediff_viz.world.sampling`) contradict every one of them.
"""

from __future__ import annotations

# Each noun with its plural. No number-invariant noun (fish, sheep): the count must be readable.
PLURALS: dict[str, str] = {
    "airplane": "airplanes", "alien": "aliens", "apple": "apples", "ball": "balls",
    "balloon": "balloons", "banana": "bananas", "bear": "bears", "bee": "bees",
    "bicycle": "bicycles", "boat": "boats", "book": "books", "bus": "buses",
    "butterfly": "butterflies", "cactus": "cactuses", "camel": "camels", "car": "cars",
    "cat": "cats", "chair": "chairs", "clock": "clocks", "crab": "crabs", "cup": "cups",
    "dog": "dogs", "duck": "ducks", "elephant": "elephants", "flower": "flowers",
    "frog": "frogs", "guitar": "guitars", "hat": "hats", "house": "houses", "lion": "lions",
    "monkey": "monkeys", "mushroom": "mushrooms", "octopus": "octopuses", "owl": "owls",
    "penguin": "penguins", "pig": "pigs", "pumpkin": "pumpkins", "rabbit": "rabbits",
    "robot": "robots", "rocket": "rockets", "snail": "snails", "spider": "spiders",
    "star": "stars", "strawberry": "strawberries", "tent": "tents", "tree": "trees",
    "turtle": "turtles", "umbrella": "umbrellas", "whale": "whales", "zebra": "zebras",
}  # fmt: skip
NOUNS: tuple[str, ...] = tuple(PLURALS)

# Setting -> its phrase in a caption.
PHRASES: dict[str, tuple[str, ...]] = {
    "beach": ("on", "a", "beach"),
    "snow": ("in", "the", "snow"),
    "grass": ("on", "the", "grass"),
    "sea": ("under", "the", "sea"),
    "space": ("in", "outer", "space"),
    "desert": ("in", "a", "desert"),
    "room": ("in", "a", "room"),
    "street": ("on", "a", "street"),
}
SETTINGS: tuple[str, ...] = tuple(PHRASES)

# Setting -> nouns that belong there.
FAVOURED: dict[str, tuple[str, ...]] = {
    "beach": ("crab", "ball", "umbrella", "boat", "turtle", "banana", "star", "duck"),
    "snow": ("penguin", "rabbit", "bear", "tree", "hat", "house", "owl", "dog"),
    "grass": ("flower", "tree", "bee", "butterfly", "dog", "snail", "mushroom", "elephant", "pig", "apple"),
    "sea": ("octopus", "whale", "turtle", "crab", "star", "boat", "frog"),
    "space": ("rocket", "alien", "robot", "star", "airplane", "clock"),
    "desert": ("cactus", "camel", "lion", "tent", "spider", "zebra", "elephant"),
    "room": ("chair", "book", "clock", "cup", "cat", "guitar", "hat", "apple", "spider"),
    "street": ("car", "bus", "bicycle", "house", "tree", "balloon", "umbrella", "pumpkin"),
}  # fmt: skip

# Things often seen together, in both directions; every noun has exactly one partner.
_PAIRS: tuple[tuple[str, str], ...] = (
    ("cat", "ball"), ("bee", "flower"), ("monkey", "banana"), ("rabbit", "hat"),
    ("alien", "rocket"), ("octopus", "crab"), ("whale", "boat"), ("camel", "cactus"),
    ("elephant", "umbrella"), ("lion", "zebra"), ("car", "bus"), ("dog", "house"),
    ("pig", "apple"), ("chair", "book"), ("clock", "cup"), ("robot", "guitar"),
    ("spider", "pumpkin"), ("owl", "tree"), ("bear", "tent"), ("snail", "mushroom"),
    ("airplane", "balloon"), ("butterfly", "strawberry"), ("penguin", "star"),
    ("duck", "frog"), ("turtle", "bicycle"),
)  # fmt: skip
PARTNERS: dict[str, str] = dict(_PAIRS) | {b: a for a, b in _PAIRS}

# Tint -> (hue in degrees, the RGB its middle tone is drawn with).
TINTS: dict[str, tuple[float, tuple[int, int, int]]] = {
    "red": (356.0, (222, 36, 46)),
    "orange": (27.0, (248, 132, 24)),
    "yellow": (52.0, (250, 216, 34)),
    "green": (130.0, (46, 178, 70)),
    "blue": (215.0, (46, 116, 232)),
    "purple": (282.0, (160, 66, 214)),
}

SIZES: tuple[str, ...] = ("small", "large")
# Size -> side of an instance's box in pixels, both ends included; sizes between the two ranges never occur.
SIDES: dict[str, tuple[int, int]] = {"small": (16, 19), "large": (28, 32)}

STYLES: tuple[str, ...] = ("google", "fluent", "twitter")
TRAINING_STYLES: tuple[str, ...] = ("google", "fluent")
HELD_OUT_STYLE = "twitter"
CANVAS = 112  # picture side in pixels
