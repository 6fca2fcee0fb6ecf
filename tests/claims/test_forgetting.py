"""The numbers of notebook 06, measured again: fading items, tasks of digits, what comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor

from nlviz import measure, streams
from nlviz.experiments import known, read
from nlviz.experiments.continual import (
    EWC,
    FORGETTING,
    LEARNED,
    STRONG,
    FineTuning,
    Replay,
    SetGates,
    arms,
    course,
    learn_gates,
    relearning,
)
from nlviz.inner import unroll_blocks
from nlviz.memory import Delta, GatedDelta, Gates, Hebbian
from nlviz.outer import ByteModel
from nlviz.streams import DigitTask
from nlviz.streams.digits import Examples, Scenario

from .heads import AtOnce, at_once
from .holding import Claims
from .nets import alike, side_by_side
from .seeds import SEEDS, chance

pytestmark = pytest.mark.claim

D, PAIRS, TEXTS = 32, 64, 100
CLASSES: Scenario = "class-incremental"
PIXELS: Scenario = "domain-incremental"


def share(answers: Tensor, values: Tensor) -> Tensor:
    return (answers * values).sum(-1)


def by_age(
    rule: Any,
    forget: float = 0.0,
    measured: Callable[[Tensor, Tensor], Tensor] = measure.cosine,
    inner_lr: float = 1.0,
    pairs: int = PAIRS,
) -> np.ndarray:
    """What is recalled by age, [seeds, pairs]."""
    rows = []
    for seed in SEEDS:
        stream = streams.recall_pairs(pairs, D, generator=chance(seed), batch=TEXTS)
        gates = Gates.constant(stream.pairs, inner_lr, forget=forget)
        state = unroll_blocks(rule(D, D), stream.pairs, gates).state
        rows.append(measured(measure.recalled(rule(D, D), state, stream), stream.values).mean(0).flip(0).numpy())
    return np.stack(rows)


def test_a_shut_gate_forgets_by_interference(claims: Claims) -> None:
    """α = 0: .92 at age 3, .51 at 22, .23 at 48; at θ = 1 the law (1 − θ/d)^L halves in 22 writes."""
    curve = by_age(Delta)
    for age, recall in ((3, ".92"), (22, ".51"), (48, ".23")):
        claims.says(recall, curve[:, age], f"cosine at age {age}")
    law = measure.delta_interference(np.arange(PAIRS), 1.0, D)
    np.testing.assert_allclose(curve.mean(0), law, atol=0.05)
    assert np.flatnonzero(law <= 0.5)[0] == 22
    # without a next write nothing fades: the newest is as good as on the day
    np.testing.assert_allclose(curve[:, 0], 1.0, atol=1e-5)


@pytest.mark.parametrize("inner_lr", [0.2, 0.5])
def test_at_other_rates_it_is_the_share_that_has_the_law(inner_lr: float) -> None:
    """The share is θ(1 − θ/d)^L; the cosine, in a long stream, √(θ(2 − θ)) times the law: at θ = .2 .6 of it."""
    ages = np.arange(300)
    law = measure.delta_interference(ages, inner_lr, D)
    shares, cosines = (by_age(Delta, 0.0, how, inner_lr, 300).mean(0) for how in (share, measure.cosine))
    np.testing.assert_allclose(shares, inner_lr * law, atol=0.02)
    np.testing.assert_allclose(cosines[:100], (inner_lr * (2 - inner_lr)) ** 0.5 * law[:100], atol=0.04)
    assert abs(cosines[0] - law[0]) > 0.1


def test_a_gate_for_twenty_writes(claims: Claims) -> None:
    """α = .0341: share and cosine halve in 20 and 34 writes (Hebbian), in 10 and 18 (gated delta)."""
    alpha = measure.forget_for(20)
    assert alpha == pytest.approx(0.0341, abs=5e-5)
    for rule, expected in ((Hebbian, ("20", "34")), (GatedDelta, ("10", "18"))):
        for said, how in zip(expected, (share, measure.cosine), strict=True):
            curves = (measure.Forgetting(np.arange(PAIRS), curve) for curve in by_age(rule, alpha, how))
            claims.says(said, [measure.half_life(curve) for curve in curves], f"{rule.__name__}, half-life")


class End(NamedTuple):
    """A course that is over: who learned, what, and where it stands."""

    learner: Any
    tasks: tuple[DigitTask, ...]
    state: Any
    matrix: np.ndarray


def ends(name: str, scenario: Scenario, scale: float = 2.0) -> list[End]:
    """One arm, one end per seed; run once, however it is asked for."""
    return _ends(name, scenario, scale)


@cache
def _ends(name: str, scenario: Scenario, scale: float) -> list[End]:
    found = []
    net = arms(scale, scenario)[name]
    if isinstance(net, FineTuning) and (nets := _ends_of_nets(net, scenario)):
        return nets
    for seed in SEEDS:
        source, learner = chance(seed), arms(scale, scenario)[name]
        tasks = streams.digits(scenario, generator=source)
        if name == LEARNED:
            *_, last = learn_gates(learner, tasks, scenario, generator=source)  # pyright: ignore[reportArgumentType]
            learner = replace(learner, gates=last.gates)  # pyright: ignore[reportArgumentType]
        *_, moment = course(at_once(learner), tasks, generator=source)
        found.append(End(learner, tasks, moment.state, moment.matrix))
    return found


def _ends_of_nets(learner: FineTuning, scenario: Scenario) -> list[End]:
    """Of all seeds side by side; none where their tasks are not of one size."""
    sources = [chance(seed) for seed in SEEDS]
    courses = [(streams.digits(scenario, generator=source), source) for source in sources]
    if not alike(courses):
        return []
    moments = zip(courses, side_by_side(learner, courses), strict=True)
    return [End(learner, tasks, moment.state, moment.matrix) for (tasks, _), moment in moments]


def over(how: Callable[[np.ndarray], float], *asked: Any) -> list[float]:
    return [how(end.matrix) for end in ends(*asked)]


def acc(*asked: Any) -> np.ndarray:
    return np.array(over(measure.average_accuracy, *asked))


BY_CLASS = {
    ("fine-tuning", 2.0): (".19", "−1.00"),
    ("EWC", 2.0): (".19", "−.99"),
    ("replay", 2.0): (".90", "−.11"),
    ("Hebbian", 2.0): (".86", "−.05"),
    ("delta", 2.0): (".82", "−.16"),
    (STRONG, 2.0): (".31", "−.85"),
    ("gated delta", 2.0): (".81", "−.17"),
    (FORGETTING, 2.0): (".20", "−.98"),
    ("Titans, constant", 2.0): (".82", "−.17"),
    ("Titans, pulsed", 2.0): (".71", "−.31"),
    (LEARNED, 2.0): (".48", "−.62"),
    ("Hebbian", 1.0): (".91", "−.03"),
    ("delta", 1.0): (".91", "−.04"),
    (STRONG, 1.0): (".90", "−.10"),
}
"""ACC and BWT by arm and the features' scale."""


@pytest.mark.parametrize(("name", "scale"), BY_CLASS)
def test_class_by_class(claims: Claims, name: str, scale: float) -> None:
    accuracy, transfer = BY_CLASS[name, scale]
    claims.says(accuracy, acc(name, CLASSES, scale), "ACC")
    claims.says(transfer, over(measure.backward_transfer, name, CLASSES, scale), "BWT")


BY_PIXEL = {
    "fine-tuning": ".56",
    "EWC": ".69",
    "replay": ".83",
    "Hebbian": ".67",
    "delta": ".86",
    STRONG: ".87",
    "gated delta": ".86",
    FORGETTING: ".37",
    "Titans, constant": ".86",
    "Titans, pulsed": ".85",
    LEARNED: ".77",
}
"""ACC on shuffled pixels, by arm."""


@pytest.mark.parametrize("name", BY_PIXEL)
def test_on_shuffled_pixels(claims: Claims, name: str) -> None:
    claims.says(BY_PIXEL[name], acc(name, PIXELS), "ACC")


def test_what_the_prose_compares(claims: Claims) -> None:
    """Strong correction forgets classes, weak correction and adding do not; on shuffled pixels correcting is better."""
    claims.more(acc("Hebbian", CLASSES), 2 * acc(STRONG, CLASSES), "Hebbian against twice a strong delta", share=1)
    claims.more(acc("delta", CLASSES), 2 * acc(STRONG, CLASSES), "a weak delta against twice a strong one", share=1)
    claims.more(acc(STRONG, CLASSES, 1.0), 2 * acc(STRONG, CLASSES), "strong delta, sharper features", share=1)
    claims.more(acc("delta", PIXELS), acc("Hebbian", PIXELS), "delta on shuffled pixels", by=0.1, share=1)
    claims.more(acc("EWC", PIXELS), acc("fine-tuning", PIXELS), "EWC on shuffled pixels", share=1)
    claims.more(acc("delta", PIXELS), acc(FORGETTING, PIXELS), "no forgetting on shuffled pixels", by=0.1, share=1)


@pytest.mark.parametrize("name", ["delta", "Titans, pulsed"])
def test_taught_at_once_a_head_is_where_its_own_steps_lead(name: str) -> None:
    ends = []
    for how in (AtOnce, lambda head: head):
        head: Any = arms()[name]
        tasks, source = streams.digits(generator=chance(0)), chance(1)
        *_, moment = course(how(head), tasks, generator=source)
        ends.append(moment)
    one, other = ends
    torch.testing.assert_close(one.state, other.state, rtol=0, atol=1e-5)
    # one test image in two hundred and fifty may lie between two digits
    np.testing.assert_allclose(one.matrix, other.matrix, atol=0.02)


@pytest.mark.parametrize("net", [FineTuning(), EWC(), Replay(room=20)])
def test_side_by_side_nets_take_the_steps_that_they_take_alone(net: FineTuning) -> None:
    def courses() -> list[Any]:
        """Two seeds, three small tasks of one size."""
        made = []
        for source in (chance(0), chance(1)):
            tasks = streams.digits(PIXELS, generator=source)[:3]
            made.append(([task._replace(train=Examples(*(x[:47] for x in task.train))) for task in tasks], source))
        return made

    assert alike(courses())
    together = side_by_side(net, courses())
    for (tasks, source), moment in zip(courses(), together, strict=True):
        *_, alone = course(net, tasks, generator=source)
        torch.testing.assert_close(moment.state, alone.state, rtol=1e-3, atol=1e-5)
        # one test image in three hundred and sixty may lie between two digits
        np.testing.assert_allclose(moment.matrix, alone.matrix, atol=0.01)


def test_the_last_task_says_nothing(claims: Claims) -> None:
    """Fine-tuning: .96 on the last task, 0 on the first."""
    claims.says(".96", [end.matrix[-1, -1] for end in ends("fine-tuning", CLASSES)], "the last task")
    assert max(end.matrix[-1, 0] for end in ends("fine-tuning", CLASSES)) < 0.05


@pytest.mark.parametrize("scenario", [CLASSES, PIXELS])
def test_learned_gates_learn_not_to_forget(scenario: Scenario) -> None:
    """Both kinds of forgetting start at σ(−5) = .0067 and end below .0001."""
    for end in ends(LEARNED, scenario):
        gates: SetGates = end.learner.gates
        assert max(gates.forget, gates.pulse) < 1e-4


@pytest.mark.parametrize(
    ("name", "expected"), [("fine-tuning", (".29", ".65", ".33")), (FORGETTING, (".09", ".71", ".74"))]
)
def test_what_ten_steps_bring_back_of_the_first_task(claims: Claims, name: str, expected: tuple[str, ...]) -> None:
    """Shuffled pixels; after the last task, after ten steps on the first again, and a newcomer after ten. lr .1."""
    rows = []
    ended = _ends_of_nets(FineTuning(lr=0.1), PIXELS) if name == "fine-tuning" else ends(name, PIXELS)
    for seed, (learner, tasks, state, _) in zip(SEEDS, ended, strict=True):
        again = relearning(learner, state, tasks[0], generator=chance(seed))
        first = relearning(learner, learner.init(chance(seed)), tasks[0], generator=chance(seed))
        rows.append((again[0], again[-1], first[-1]))
    found = np.array(rows).T
    for said, values, what in zip(expected, found, ("at the end", "ten steps", "newcomer"), strict=True):
        claims.says(said, values, what)
    if name == "fine-tuning":
        claims.more(found[1], found[2], "ten steps against the newcomer's", by=0.1, share=1)


def test_a_buffer_of_the_newest_is_no_memory(claims: Claims) -> None:
    """The stub of exercise 06.4: ACC .43, where a fair share of each task gives .90."""
    found = []
    for seed in SEEDS:
        source = chance(seed)
        tasks = streams.digits(generator=source)
        newest = Replay(keep=lambda origin, room: torch.arange(len(origin))[-room:])
        *_, last = course(newest, tasks, generator=source)
        found.append(measure.average_accuracy(last.matrix))
    claims.says(".43", found, "only the newest")
    claims.more(acc("replay", CLASSES), found, "a fair share against the newest", by=0.3, share=1)


@pytest.mark.parametrize(
    ("how", "bits"), [({}, 2.64), ({"inner_lr": 0.3}, 2.26), ({"forget": 1e-3}, 2.27)], ids=["θ 1", "θ .3", "α .001"]
)
def test_adapting_costs_what_was_read_first(how: dict[str, float], bits: float) -> None:
    """60,000 bytes read: the first 4,000 cost 2.64 bits each, frozen 2.09; at θ = .3 2.26, with α = .001 2.27."""
    text, model = streams.code("email", limit=60_000), ByteModel.load()
    trace = read(model, text, probes=[known(model, text.bytes[:4_000], every=250)], **how).trace  # pyright: ignore
    assert trace["known"].values[-1, 0] == pytest.approx(bits, abs=0.02)
    assert trace["frozen_bits"].values[:4_000].mean() == pytest.approx(2.09, abs=0.01)
    assert trace["bits"].values.mean() < trace["frozen_bits"].values.mean()
