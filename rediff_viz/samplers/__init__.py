"""Decoding algorithms, one file each. The names here are the names in the app, the command line, the files and the README."""

from . import denoise, proseco, rediff
from .method import Method, Setting, SettingHelp
from .plan import Block, Plan

SAMPLERS: dict[str, Method] = {"denoise": denoise.METHOD, "rediff": rediff.METHOD, "proseco": proseco.METHOD}

__all__ = ["SAMPLERS", "Block", "Method", "Plan", "Setting", "SettingHelp"]
