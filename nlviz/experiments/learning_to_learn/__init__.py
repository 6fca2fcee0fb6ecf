"""Learning to learn: slow weights that learn how to write, on small tasks drawn afresh, beside rules set by hand.

family     the tasks: pairs to recall from noisy streams, and what all of them share
arms       what may be learned in each, the search by hand, and the outer loop
four_arms  one stream of real code, met in four ways: tuned between sessions, while reading, in context, at test time
"""

from nlviz.experiments.learning_to_learn.arms import ARMS, Arm, HandSet, arm, hand_set, learn
from nlviz.experiments.learning_to_learn.family import Drawn, Family, error_of, recall_error
from nlviz.experiments.learning_to_learn.four_arms import FOUR, RATES, four_arms

__all__ = [
    "ARMS",
    "FOUR",
    "RATES",
    "Arm",
    "Drawn",
    "Family",
    "HandSet",
    "arm",
    "error_of",
    "four_arms",
    "hand_set",
    "learn",
    "recall_error",
]
