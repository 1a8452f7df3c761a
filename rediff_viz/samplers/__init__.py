"""Decoding algorithms, one file each. The names here are the names in the app, the command line, the files and the README."""

from . import denoise, proseco, rediff
from .plan import Block, Method, Plan, Setting, Words

SAMPLERS: dict[str, Method] = {"denoise": denoise.METHOD, "rediff": rediff.METHOD, "proseco": proseco.METHOD}

__all__ = ["SAMPLERS", "Block", "Method", "Plan", "Setting", "Words"]
