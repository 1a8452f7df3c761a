"""Decoding algorithms, one file each. The names here are the names in the app, the command line, the files and the README."""

from . import autoregressive, denoise, dimple, dream, entropy_bound, fast_dllm, klass, mdlm, prophet, proseco, rediff
from .method import Method, Setting, SettingHelp
from .plan import Block, Plan

SAMPLERS: dict[str, Method] = {
    "denoise": denoise.METHOD,
    "rediff": rediff.METHOD,
    "proseco": proseco.METHOD,
    "fast_dllm_threshold": fast_dllm.THRESHOLD,
    "fast_dllm_factor": fast_dllm.FACTOR,
    "dream_maskgit": dream.MASKGIT,
    "dream_margin": dream.MARGIN,
    "dream_entropy": dream.ENTROPY,
    "dimple": dimple.METHOD,
    "klass": klass.METHOD,
    "entropy_bound": entropy_bound.METHOD,
    "prophet": prophet.METHOD,
    "mdlm": mdlm.METHOD,
    "left_to_right": autoregressive.LEFT_TO_RIGHT,
    "chunks": autoregressive.CHUNKS,
}

__all__ = ["SAMPLERS", "Block", "Method", "Plan", "Setting", "SettingHelp"]
