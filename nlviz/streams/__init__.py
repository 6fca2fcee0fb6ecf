"""What is to be remembered: pairs with a known truth, and real source code."""

from nlviz.streams.code import Source, code
from nlviz.streams.noise import NOISE_KIND, is_noise, noisy
from nlviz.streams.pairs import NOISE, Stream, drift, needle, overwrites, recall_pairs
from nlviz.streams.regression import Regression, regression

__all__ = [
    "NOISE",
    "NOISE_KIND",
    "Regression",
    "Source",
    "Stream",
    "code",
    "drift",
    "is_noise",
    "needle",
    "noisy",
    "overwrites",
    "recall_pairs",
    "regression",
]
