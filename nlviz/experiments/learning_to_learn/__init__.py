"""Learning to learn: slow weights that learn how to write, on small tasks drawn afresh, beside rules set by hand.

family     the tasks: pairs to recall from noisy streams, and what all of them share
arms       what may be learned in each, the search by hand, and the outer loop
three_views  views of a token and a fast matrix between them: what is trained by which loop
questions  what is asked in public: who trains the views, where W_0 comes from, what if θ's sign is turned
rewritten  the self-referential matrix as an arm beside the others
four_arms  one stream of real code, met in four ways: tuned between sessions, while reading, in context, at test time
watching_learning  the outer loop while it runs: what each group of slow weights earns, the inner loop token by token
"""

from nlviz.experiments.learning_to_learn.arms import ARMS, Arm, HandSet, arm, hand_set, learn
from nlviz.experiments.learning_to_learn.family import Drawn, Family, error_of, recall_error
from nlviz.experiments.learning_to_learn.four_arms import FOUR, RATES, four_arms
from nlviz.experiments.learning_to_learn.questions import (
    PLAIN,
    STARTS,
    WRITTEN,
    LearnedViews,
    Signed,
    learned_views,
    signs,
    starts,
)
from nlviz.experiments.learning_to_learn.rewritten import inputs_of, learn_itself, rewritten_error, self_referential
from nlviz.experiments.learning_to_learn.three_views import (
    LOSSES,
    PARTS,
    Bound,
    ThreeViews,
    bind,
    inner_loss,
    outer_loss,
)
from nlviz.experiments.learning_to_learn.watching_learning import LOOKS, Look, errors_by_token, watch

__all__ = [
    "ARMS",
    "FOUR",
    "LOOKS",
    "LOSSES",
    "PARTS",
    "PLAIN",
    "RATES",
    "STARTS",
    "WRITTEN",
    "Arm",
    "Bound",
    "Drawn",
    "Family",
    "HandSet",
    "LearnedViews",
    "Look",
    "Signed",
    "ThreeViews",
    "arm",
    "bind",
    "error_of",
    "errors_by_token",
    "four_arms",
    "hand_set",
    "inner_loss",
    "inputs_of",
    "learn",
    "learn_itself",
    "learned_views",
    "outer_loss",
    "recall_error",
    "rewritten_error",
    "self_referential",
    "signs",
    "starts",
    "watch",
]
