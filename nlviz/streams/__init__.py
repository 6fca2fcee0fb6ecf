"""What is to be remembered: pairs with a known truth, digits, and real source code."""

from nlviz.streams.code import Source, code
from nlviz.streams.digits import DigitTask, Examples, digits, rehearsal
from nlviz.streams.noise import NOISE_KIND, is_noise, noisy
from nlviz.streams.pairs import NOISE, Stream, drift, needle, overwrites, recall_pairs
from nlviz.streams.regression import Regression, regression

__all__ = [
    "NOISE",
    "NOISE_KIND",
    "DigitTask",
    "Examples",
    "Regression",
    "Source",
    "Stream",
    "code",
    "digits",
    "drift",
    "is_noise",
    "needle",
    "noisy",
    "overwrites",
    "recall_pairs",
    "regression",
    "rehearsal",
]
