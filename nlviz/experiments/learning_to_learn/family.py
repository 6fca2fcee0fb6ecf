"""A family of small tasks: pairs to recall from noisy streams, drawn afresh each time. What all share can be learned.

Of every item a stream shows its key and the value it has now, neither of them cleanly; strangers come in between, and
are never asked for. At the end clean keys ask for the newest values.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from nlviz.door import tensors, words
from nlviz.memory import Pairs
from nlviz.outer import Learner

__all__ = ["Drawn", "Family", "error_of", "recall_error", "share_missed", "something_shown"]

CONTEXTS = 4
_AT_ONCE = 16
"""torch draws so many normal numbers at once, so draws of a multiple of it can be one draw, number for number."""


class Drawn(NamedTuple):
    """Streams, one a row: what is shown, and what is asked at the end.

    keys, values: [batch, time, width]. cues: [batch, time, 1], about 1 for an item and −1 for a stranger.
    context: [batch, 4], known before any token. asked, truth: [batch, items, width]. known: [batch, items], 1 for what
    was ever shown. truths, knowns: the last two as they were after every token, [batch, time, items, …].
    """

    keys: Tensor
    values: Tensor
    cues: Tensor
    context: Tensor
    asked: Tensor
    truth: Tensor
    known: Tensor
    truths: Tensor
    knowns: Tensor


@dataclass(frozen=True)
class Family:
    """Tasks alike in all but their items. A `Task` of `outer.train`, whose model is a `Learner`.

    items, writes, width: of each stream. changes: how often an item shown has a new value. strangers: the share of
    tokens that are no item. jitter: deviation of what is added to a value shown, as a share of its length.
    nuisance: the same for the second half of a key's channels; the first half is shown cleanly.
    blurred: deviation of the cue. common: the share of a value (of its square) that is a map of its key: A_0 of the
    whole family and Σ c_i A_i of the stream's context c, in equal parts. seed: of these maps.
    Raises ValueError for numbers that do not fit.

        >>> family = experiments.learning_to_learn.Family(items=3)
        >>> given = family.draw(2, torch.Generator().manual_seed(0))
        >>> given.keys.shape, given.truth.shape, family.but(writes=96).writes
        (torch.Size([2, 24, 8]), torch.Size([2, 3, 8]), 96)
    """

    items: int = 8
    writes: int = 24
    width: int = 8
    changes: float = 0.15
    strangers: float = 0.3
    jitter: float = 0.3
    nuisance: float = 1.0
    blurred: float = 0.7
    common: float = 0.7
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("items", "writes", "width"):
            object.__setattr__(self, name, words.count(name, getattr(self, name)))
        for name in ("changes", "common"):
            object.__setattr__(self, name, words.share(name, getattr(self, name)))
        for name in ("jitter", "nuisance", "blurred"):
            object.__setattr__(self, name, words.number(name, getattr(self, name), least=0))
        object.__setattr__(self, "strangers", words.number("strangers", self.strangers, least=0, below=1))
        object.__setattr__(self, "seed", words.seed("seed", self.seed))

    @cached_property
    def maps(self) -> Tensor:
        """A_0, then A_i for each number of the context: [1 + 4, width, width]; each keeps a vector's mean length."""
        chance = Generator().manual_seed(self.seed)
        return torch.randn(1 + CONTEXTS, self.width, self.width, generator=chance) / self.width**0.5

    def but(self, **other: float) -> Family:
        """The same family off its distribution: the same maps, other numbers."""
        return replace(self, **other)  # pyright: ignore[reportArgumentType]

    def draw(self, batch: int, generator: Generator) -> Drawn:
        """So many streams, every one with an order of its own."""
        batch, chance = words.count("batch", batch), tensors.generator("generator", generator)

        def normal(*shape: int) -> Tensor:
            return torch.randn(batch, *shape, generator=chance)

        keys, context = F.normalize(normal(self.items, self.width), dim=-1), normal(CONTEXTS)
        of_context = torch.einsum("bc,cvk->bvk", context, self.maps[1:]) / CONTEXTS**0.5
        shared = keys @ ((self.maps[0] + of_context) / 2**0.5).mT
        item = torch.randint(self.items, (batch, self.writes), generator=chance)
        strange = torch.rand(batch, self.writes, generator=chance) < self.strangers
        truths, shown, knowns = self._values(shared, item, strange, normal, chance)
        rows = torch.arange(batch)[:, None]
        aside = torch.cat([torch.zeros(self.width // 2), torch.ones(self.width - self.width // 2)])
        seen = torch.where(strange[..., None], F.normalize(normal(self.writes, self.width), dim=-1), keys[rows, item])
        seen = seen + self.nuisance * aside * normal(self.writes, self.width) / self.width**0.5
        shown = shown + self.jitter * normal(self.writes, self.width) / self.width**0.5
        cues = torch.where(strange, -1.0, 1.0)[..., None] + self.blurred * normal(self.writes, 1)
        return Drawn(seen, shown, cues, context, keys, truths[:, -1], knowns[:, -1], truths, knowns)

    def loss(self, model: Learner, given: Drawn, state: Any) -> tuple[Tensor, None]:
        """The recall error at the end."""
        return error_of(model, given), None

    def _values(self, shared: Tensor, item: Tensor, strange: Tensor, normal: Any, chance: Generator) -> Any:
        """The newest value of each item after every token, what is shown, and which items were, after every token."""
        batch, own_share = len(item), (1 - self.common) ** 0.5 / self.width**0.5
        first = self.common**0.5 * shared + own_share * normal(self.items, self.width)
        changes = torch.rand(batch, self.writes, generator=chance) < self.changes
        own, other = self._token_by_token(normal, batch, chance)
        rows, times = torch.arange(batch)[:, None], torch.arange(self.writes)
        new = self.common**0.5 * shared[rows, item] + own_share * own
        told = F.one_hot(item, self.items).bool() & ~strange[..., None]
        # the token, counted from 1, at which each item last got another value; 0 where it has its first one
        last = torch.where(told & changes[..., None], 1 + times[:, None], 0).cummax(1).values
        changed = new[rows[..., None], (last - 1).clamp(min=0)]
        truths = torch.where(last[..., None] > 0, changed, first[:, None])
        shown = torch.where(strange[..., None], F.normalize(other, dim=-1), truths[rows, times, item])
        return truths, shown, told.float().cummax(1).values

    def _token_by_token(self, normal: Any, batch: int, chance: Generator) -> tuple[Tensor, Tensor]:
        """Two normal vectors for each token of each stream, as drawn token after token: [batch, writes, width] each."""
        if batch * self.width % _AT_ONCE:
            drawn = torch.stack([normal(self.width) for _ in range(2 * self.writes)])
        else:
            drawn = torch.randn(2 * self.writes, batch, self.width, generator=chance)
        own, other = drawn.transpose(0, 1).unflatten(1, (self.writes, 2)).unbind(2)
        return own, other


def error_of(model: Learner, given: Drawn, **how: Any) -> Tensor:
    """Squared error at the end, as a share of the values' own squares: 1 is what an empty memory has.

    Raises ValueError for what is no learner, and where no stream ever showed an item: nothing can be recalled.
    """
    words.instance("model", model, Learner)
    something_shown(given)
    run = model(Pairs(given.keys, given.values), given.cues, given.context, **how)
    return share_missed(model.recalled(run.state, given.asked), given)


def something_shown(given: Drawn) -> None:
    """Raises ValueError where no stream ever showed an item."""
    if not given.known.any():
        remedy = "draw more streams, longer ones, or fewer strangers"
        words.refuse("items ever shown", 0, f"some, in {len(given.known)} × {given.keys.shape[1]} tokens", remedy)


def share_missed(answers: Tensor, given: Drawn) -> Tensor:
    """Squared error of answers [batch, items, width] to all that was shown, as a share of the values' own squares."""
    miss = (answers - given.truth).square().sum(-1)
    return (miss * given.known).sum() / (given.truth.square().sum(-1) * given.known).sum()


def recall_error(model: Learner, family: Family, *, seed: int = 1, batch: int = 512) -> float:
    """`error_of` on streams it was not trained on, drawn from this seed. Raises ValueError for what is no learner."""
    words.instance("family", family, Family)
    with torch.no_grad():
        return float(error_of(model, family.draw(batch, Generator().manual_seed(words.seed("seed", seed)))))
