"""Measures: how well, how long and how much a memory remembers; and the lines theory draws beside them.

curves      recall and how it falls with age: cosine, accuracy, forgetting curve, half-life
limits      how much goes in, how far a step may go: capacity, regression error, sharpness
theory      the dashed lines: closed forms for unit random keys
retrieval   the nearest of many, found by a few numbers first: plain, shortlist and rerank, funnel
budget      a state of fixed size beside a cache that grows: bytes of both, effective context
continual   several tasks in turn: ACC, BWT, FWT, forgetting, the stability-plasticity point, savings
audit       whether a reader scores every byte before it knows it: five leaks
"""

from nlviz.measure.audit import Audit, Check, audit
from nlviz.measure.budget import cache_bytes, cache_outgrows, effective_context, state_bytes
from nlviz.measure.continual import (
    Balance,
    average_accuracy,
    backward_transfer,
    balance,
    forgetting,
    forward_transfer,
    regained,
    savings,
    steps_to,
)
from nlviz.measure.curves import (
    Forgetting,
    accuracy,
    cosine,
    forgetting_curve,
    half_life,
    recalled,
    relative_error,
    since_written,
)
from nlviz.measure.limits import capacity_curve, chunk_sharpness, regression_error
from nlviz.measure.retrieval import Found, Stage, funnel, retrieve
from nlviz.measure.theory import (
    best_linear_error,
    decay,
    delta_interference,
    delta_recall,
    ebbinghaus,
    forget_for,
    hebbian_crosstalk,
    hebbian_recall,
    momentum_total_write,
    stable_inner_lr,
    titans_steady_recall,
)

__all__ = [
    "Audit",
    "Balance",
    "Check",
    "Forgetting",
    "Found",
    "Stage",
    "accuracy",
    "audit",
    "average_accuracy",
    "backward_transfer",
    "balance",
    "best_linear_error",
    "cache_bytes",
    "cache_outgrows",
    "capacity_curve",
    "chunk_sharpness",
    "cosine",
    "decay",
    "delta_interference",
    "delta_recall",
    "ebbinghaus",
    "effective_context",
    "forget_for",
    "forgetting",
    "forgetting_curve",
    "forward_transfer",
    "funnel",
    "half_life",
    "hebbian_crosstalk",
    "hebbian_recall",
    "momentum_total_write",
    "recalled",
    "regained",
    "regression_error",
    "relative_error",
    "retrieve",
    "savings",
    "since_written",
    "stable_inner_lr",
    "state_bytes",
    "steps_to",
    "titans_steady_recall",
]
