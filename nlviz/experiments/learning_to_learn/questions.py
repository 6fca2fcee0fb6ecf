"""Questions asked in public, a function each: who trains the views, where W_0 comes from, and θ's sign turned."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.door import words
from nlviz.experiments.learning_to_learn.family import Drawn, Family
from nlviz.experiments.learning_to_learn.three_views import PARTS, ThreeViews, bind, inner_loss, outer_loss
from nlviz.memory import Pairs

__all__ = ["PLAIN", "STARTS", "WRITTEN", "LearnedViews", "Signed", "learned_views", "signs", "starts"]

PLAIN = Family(strangers=0.0, nuisance=0.5)
"""The family without strangers, and with less noise on its keys: constant rates will do."""
STARTS: dict[str, tuple[bool, float, Literal["initial", "zero"]]] = {
    "zero": (False, 0.03, "zero"),
    "learned, kept": (True, 1e-6, "initial"),
    "learned, forgotten to zero": (True, 0.03, "zero"),
    "learned, forgotten to itself": (True, 0.03, "initial"),
}
"""Whether W_0 is learned, α, and where forgetting leads."""
WRITTEN = (0, 8, 24, 96)
"""Writes after which the starts are asked; they are trained with 24."""
LR, TESTED = 0.06, 256


class LearnedViews(NamedTuple):
    """What training made of the views.

    written, unwritten: error of the answers on new streams with the inner loop on, and off; 1 is an empty memory.
    inner: ‖M k − v‖² before each write. told: the share of v (of its square) that is a matrix times k. likeness: cosine
    of θ_K and θ_V. length: of v, in the mean. retaught: error once θ_Q and R were trained anew by the outer loss, in
    half as many steps, all else as it is; None where the outer loss trained them in the first place.
    """

    written: float
    unwritten: float
    inner: float
    told: float
    likeness: float
    length: float
    retaught: float | None


def learned_views(
    family: Family = PLAIN,
    *,
    loss: str = "outer",
    writes: bool = True,
    unit_values: bool = False,
    steps: int = 100,
    seed: int = 0,
) -> LearnedViews:
    """Train all PARTS of a `ThreeViews`, drawn from this seed, by the "outer" or the "inner" loss.

    writes: whether the inner loop runs in training. unit_values: v has length 1, so that v = 0 is no way out.

        >>> found = experiments.learning_to_learn.learned_views(steps=2)
        >>> found.told < 1, found.inner > 0
        (True, True)
    """
    words.instance("family", family, Family)
    model = ThreeViews(family.width, unit_values=unit_values, generator=_chance(seed))
    model.free(*PARTS)
    _train(model, family, loss=loss, writes=writes, steps=steps, seed=seed)
    given = _new(family, seed)
    pairs = model.seen(Pairs(given.keys, given.values))
    likeness = F.cosine_similarity(model.views[0].flatten(), model.views[1].flatten(), 0)
    found = [outer_loss(model, given), outer_loss(model, given, writes=False), inner_loss(model, given)]
    found += [_told(pairs), likeness, pairs.values.norm(dim=-1).mean()]
    numbers = [one.item() for one in found]
    if loss == "outer":
        return LearnedViews(*numbers, retaught=None)
    model.free("test_view", "readout")
    _train(model, family, steps=max(steps // 2, 1), seed=seed)
    return LearnedViews(*numbers, retaught=outer_loss(model, given).item())


def starts(family: Family = PLAIN, *, steps: int = 100, seed: int = 0) -> dict[str, list[float]]:
    """Errors after WRITTEN writes, for each of STARTS: where the first memory comes from, and where forgetting leads.

    W_0 (where it is learned) and θ are trained, α stays; the views are the key and the value. After no write at all it
    is asked for items never shown: all that can be known of them is what the family shares.

        >>> found = experiments.learning_to_learn.starts(steps=1)
        >>> [len(errors) for errors in found.values()], found["zero"][0]
        ([4, 4, 4, 4], 1.0)
    """
    found = {}
    for name, (learned, forget, decay) in STARTS.items():
        model = _given(family, decay=decay, rates=(0.3, forget))
        model.free("strength", *(("start",) if learned else ()))
        _train(model, family, steps=steps, seed=seed)
        found[name] = [_after(model, family, count, seed) for count in WRITTEN]
    return found


class Signed(NamedTuple):
    """Errors of one training: as trained, on streams four times as long, and with the sign of θ turned afterwards."""

    trained: float
    longer: float
    turned: float


def signs(
    family: Family = PLAIN, *, together: bool = False, all_free: bool = False, steps: int = 100, seed: int = 0
) -> dict[str, Signed]:
    """Trained with θ > 0, and with θ < 0, where every write is a step up its own error.

    together: all tokens of a stream are one update, taken at W_0; else each sees what those before it wrote. θ, α and
    the readout R are trained, from W_0 = 0; all_free: the views and W_0 as well.
    Taken together from W_0 = 0, −θ makes −M of M, to the bit, and −R answers the same: the sign says nothing.
    Source: the claim is Liu et al. 2026 (arXiv 2602.21204); the setting is ours.

        >>> sorted(experiments.learning_to_learn.signs(steps=1))
        ['θ < 0', 'θ > 0']
    """
    words.flag("together", together)
    free = PARTS if words.flag("all_free", all_free) else ("strength", "forget", "readout")
    found = {}
    for name, sign in (("θ > 0", 1), ("θ < 0", -1)):
        model = _given(family, rates=(0.1 if together else 0.3, 0.01))
        model.free(*free)
        model.sign, model.together = sign, together
        _train(model, family, steps=steps, seed=seed)
        errors = [outer_loss(model, _new(one, seed)).item() for one in (family, family.but(writes=4 * family.writes))]
        model.sign = -sign
        found[name] = Signed(*errors, turned=outer_loss(model, _new(family, seed)).item())
    return found


def _given(family: Any, **how: Any) -> ThreeViews:
    return ThreeViews(words.instance("family", family, Family).width, given=True, generator=_chance(0), **how)


def _train(model: ThreeViews, family: Family, **how: Any) -> None:
    for _ in bind(model, family, lr=LR, **how):
        pass


def _after(model: ThreeViews, family: Family, count: int, seed: int) -> float:
    given = _new(family.but(writes=max(count, 1)), seed)
    if not count:
        given = given._replace(known=torch.ones_like(given.known))
    return outer_loss(model, given, writes=count > 0).item()


def _told(pairs: Pairs) -> Tensor:
    """The share of the values' square that the best matrix makes of the keys."""
    keys, values = (one.detach().flatten(0, 1).double() for one in pairs)
    missed = values - keys @ torch.linalg.lstsq(keys, values).solution
    return 1 - missed.square().sum() / values.square().sum()


def _new(family: Family, seed: int) -> Drawn:
    """Streams that nothing was trained on."""
    return family.draw(TESTED, _chance(1000 + seed))


def _chance(seed: int) -> Generator:
    return Generator().manual_seed(words.seed("seed", seed))
