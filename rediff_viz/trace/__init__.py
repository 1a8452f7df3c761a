"""The ground floor: what a sampler asks for, what a model predicts, what is recorded of every forward pass, and its file."""

from .records import PHASES, PURPOSES, VERSION, Head, Key, PassRecord, Phase, Prediction, Query, Sampler, TraceError
from .trace import Trace

__all__ = ["PHASES", "PURPOSES", "VERSION", "Head", "Key", "PassRecord", "Phase", "Prediction", "Query", "Sampler", "Trace", "TraceError"]
