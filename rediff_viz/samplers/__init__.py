"""Decoding algorithms, one file each. The names here are the names in the app, the command line, the files and the README."""

from . import (
    autoregressive,
    denoise,
    dimple,
    dream,
    dsl_correct,
    entropy_bound,
    fast_dllm,
    free_correction,
    klass,
    mdlm,
    prophet,
    proseco,
    proseco_owt,
    rediff,
    remdm,
    remdm_llada,
    saber,
    token_editing,
    tolerator,
    wino,
)
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
    "proseco_owt": proseco_owt.METHOD,
    "t2t": token_editing.T2T,
    "dsl_correct": dsl_correct.METHOD,
    "remdm_cap": remdm.CAP,
    "remdm_rescale": remdm.RESCALE,
    "remdm_conf": remdm.CONF,
    "remdm_loop": remdm.LOOP,
    "remdm_llada": remdm_llada.METHOD,
    "saber": saber.METHOD,
    "t2m": token_editing.T2M,
    "wino": wino.METHOD,
    "free_correction": free_correction.METHOD,
    "tolerator": tolerator.METHOD,
}

__all__ = ["SAMPLERS", "Block", "Method", "Plan", "Setting", "SettingHelp"]
