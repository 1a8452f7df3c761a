"""The picture world: scenes, their pictures, their captions, and how good a caption is.

    scene = sample_scene(numpy.random.default_rng(0))
    picture = render(scene)                       # 112 x 112 px
    words = caption(scene, rng)                   # one true caption
    score_caption(words, scene), judge(words, scene), nearest_caption(scene, encode(words))

Needs numpy and Pillow only, and knows nothing of models.
"""

from rediff_viz.world.claims import Claim
from rediff_viz.world.grammar import caption, captions
from rediff_viz.world.judgement import Fault, Judgement, judge
from rediff_viz.world.nearest import nearest_caption, nearest_in_edits
from rediff_viz.world.parser import CaptionGraph, NounPhrase, parse
from rediff_viz.world.render import render
from rediff_viz.world.sampling import sample_scene, scene_from_seed
from rediff_viz.world.scenes import OPPOSITE, RELATIONS, Group, Scene, from_dict, relation, to_dict
from rediff_viz.world.scorer import CaptionScore, mean_scores, score_caption
from rediff_viz.world.sprites import allowed_tints, sprite
from rediff_viz.world.things import (
    CANVAS,
    FAVOURED,
    HELD_OUT_STYLE,
    NOUNS,
    PARTNERS,
    PHRASES,
    PLURALS,
    SETTINGS,
    SIDES,
    SIZES,
    STYLES,
    TINTS,
    TRAINING_STYLES,
)
from rediff_viz.world.vocabulary import (
    EOT,
    EOT_ID,
    LENGTH,
    MASK,
    MASK_ID,
    UNK,
    UNK_ID,
    VOCABULARY,
    WORD_IDS,
    decode,
    encode,
    words_of,
)

__all__ = [
    "CANVAS",
    "EOT",
    "EOT_ID",
    "FAVOURED",
    "HELD_OUT_STYLE",
    "LENGTH",
    "MASK",
    "MASK_ID",
    "NOUNS",
    "OPPOSITE",
    "PARTNERS",
    "PHRASES",
    "PLURALS",
    "RELATIONS",
    "SETTINGS",
    "SIDES",
    "SIZES",
    "STYLES",
    "TINTS",
    "TRAINING_STYLES",
    "UNK",
    "UNK_ID",
    "VOCABULARY",
    "WORD_IDS",
    "CaptionGraph",
    "CaptionScore",
    "Claim",
    "Fault",
    "Group",
    "Judgement",
    "NounPhrase",
    "Scene",
    "allowed_tints",
    "caption",
    "captions",
    "decode",
    "encode",
    "from_dict",
    "judge",
    "mean_scores",
    "nearest_caption",
    "nearest_in_edits",
    "parse",
    "relation",
    "render",
    "sample_scene",
    "scene_from_seed",
    "score_caption",
    "sprite",
    "to_dict",
    "words_of",
]  # fmt: skip
