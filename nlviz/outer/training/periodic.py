"""PeriodicUpdates: slow weights that take a step by the task's loss, every block once in its own period (NL eq. 71)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from nlviz.door.words import call, count, flag, instance, number, refuse, several
from nlviz.outer.models.states import detach
from nlviz.outer.training.update import refuse_divergence

__all__ = ["PeriodicUpdates", "Segment"]

Loss = Callable[[Tensor, Any], tuple[Tensor, Any]]


class Segment(NamedTuple):
    """A stretch of text read: the loss of every token [batch, time], as it was before that token changed anything, and
    the state to go on from, cut from its past."""

    losses: Tensor
    state: Any


class PeriodicUpdates:
    """The blocks of a model as levels of a continuum: block l takes a step once in C_l tokens, by the **task loss**.

        between its ticks:  W_l stays as it is, to the bit; ∂(loss of token t)/∂W_l gathers, at the weights of now
        at its tick:        W_l ← W_l − lr_l · (mean of what gathered over C_l tokens)

    So all gradients of a chunk are at the block's old weights, while faster blocks before or behind it have moved on.
    The loss of a token is the mean over the texts, for slow weights are shared. Blocks can be any parts of any model:
    the MLPs of a trained transformer become a continuum by this alone, and with lr 0 it is the model it was (§7.3).
    blocks: modules, or lists of Parameters, none twice. periods: tokens, one for each. lr: a number, or one for each.
    mean: False takes the plain sum, as printed, which at a fixed lr diverges where C_l is large.
    Raises ValueError for blocks without weights, or that share some, and for numbers that do not fit;
    FloatingPointError for a loss that is not finite, before any weight has changed by it.
    Source: Behrouz et al. 2025 (arXiv 2512.24695) eq. 71 (printed with one term too many in the sum), plain descent.

        >>> generator = torch.Generator().manual_seed(0)
        >>> mixer = outer.Attention(8, 2, generator=generator)
        >>> model = outer.TokenModel([mixer], 8, vocabulary=5, generator=generator)
        >>> levels = outer.PeriodicUpdates([block.mlp for block in model.blocks], (4,), lr=0.1)
        >>> read = levels.read(model.loss, torch.tensor([[0, 1, 2, 3, 4, 0]]))
        >>> read.losses.shape, levels.updates, levels.waiting
        (torch.Size([1, 6]), (1,), (2,))
    """

    def __init__(
        self,
        blocks: Sequence[nn.Module | Sequence[nn.Parameter]],
        periods: Sequence[int],
        *,
        lr: float | Sequence[float] = 0.01,
        mean: bool = True,
    ) -> None:
        given = several("blocks", blocks, least=1, what="modules, or lists of Parameters")
        self.blocks: tuple[tuple[nn.Parameter, ...], ...] = tuple(
            _weights(f"blocks[{place}]", one) for place, one in enumerate(given)
        )
        self.periods: tuple[int, ...] = tuple(
            count("periods", one, of="tokens") for one in _one_each("periods", periods, len(given))
        )
        rates = _one_each("lr", lr if isinstance(lr, Sequence) else [lr] * len(given), len(given))
        self.lr: tuple[float, ...] = tuple(number("lr", one, least=0.0) for one in rates)
        self.mean: bool = flag("mean", mean)
        every = [id(one) for block in self.blocks for one in block]
        if len(set(every)) < len(every):
            refuse("weights in several blocks", len(every) - len(set(every)), "none", "give every block its own")
        self.gathered: tuple[tuple[Tensor, ...], ...] = tuple(_nothing(block) for block in self.blocks)
        self.clock: int = 0

    @property
    def updates(self) -> tuple[int, ...]:
        """How often every block has taken a step so far."""
        return tuple(self.clock // period for period in self.periods)

    @property
    def waiting(self) -> tuple[int, ...]:
        """For every block how many tokens wait for its next tick; what they would do is in `gathered`."""
        return tuple(self.clock % period for period in self.periods)

    def read(self, loss: Loss, text: Tensor, state: Any = None) -> Segment:
        """Read a text [batch, time, …], stepping at every tick; the next call goes on from the clock of this one.

        loss: (a piece of the text, state) -> (the loss of its every token [batch, time], the state to go on from), as
        `TokenModel.loss`. Pieces end at ticks, and the state is cut from its past there. No other weight changes.
        """
        call("loss", loss, "a function (text, state) -> (losses [batch, time], state), as model.loss")
        instance("text", text, Tensor, "use torch.as_tensor(text)")
        losses = [torch.zeros(text.shape[:2], dtype=self.blocks[0][0].dtype, device=text.device)[:, :0]]
        for first, last in self._pieces(text.shape[1]):
            found, state = loss(text[:, first:last], state)
            expected = list(text[:, first:last].shape[:2])
            if not isinstance(found, Tensor) or list(found.shape) != expected:
                refuse("the loss of a piece", found, f"one number for each token, {expected}", "leave out its mean")
            self._gather(found)
            losses.append(found.detach().to(losses[0]))
            state = detach(state)
        return Segment(torch.cat(losses, 1), state)

    def _pieces(self, time: int) -> Iterator[tuple[int, int]]:
        """Runs of tokens between two ticks of any block."""
        first = 0
        while first < time:
            last = min(time, first + min(period - self.clock % period for period in self.periods))
            yield first, last
            first = last

    def _gather(self, losses: Tensor) -> None:
        """Add up what these tokens would do, move the clock on, and step where it ticks."""
        refuse_divergence("loss", losses, self.clock)
        every = [one for block in self.blocks for one in block]
        slopes = iter(torch.autograd.grad(losses.mean(0).sum(), every, allow_unused=True))
        found = [[next(slopes) for _ in block] for block in self.blocks]
        self.gathered = tuple(
            tuple(old if new is None else old + new for old, new in zip(*both, strict=True))
            for both in zip(self.gathered, found, strict=True)
        )
        self.clock += losses.shape[1]
        self.gathered = tuple(map(self._ticked, range(len(self.blocks))))

    @torch.no_grad()
    def _ticked(self, which: int) -> tuple[Tensor, ...]:
        """What waits in a block now; where it ticks it has taken its step, and nothing waits."""
        period, block = self.periods[which], self.blocks[which]
        if self.clock % period:
            return self.gathered[which]
        for weight, slope in zip(block, self.gathered[which], strict=True):
            weight -= self.lr[which] / (period if self.mean else 1) * slope
        return _nothing(block)


def _nothing(block: Sequence[Tensor]) -> tuple[Tensor, ...]:
    return tuple(torch.zeros_like(one, requires_grad=False) for one in block)


def _weights(name: str, block: Any) -> tuple[nn.Parameter, ...]:
    """The slow weights of a block, one at least."""
    held = block.parameters() if isinstance(block, nn.Module) else several(name, block, what="Parameters")
    found = tuple(instance(f"a weight of {name}", one, nn.Parameter) for one in held)
    if not found:
        refuse(f"weights of {name}", 0, "one at least", "a block without weights learns nothing; leave it out")
    return found


def _one_each(name: str, given: Any, blocks: int) -> Sequence[Any]:
    found = several(name, given)
    if len(found) != blocks:
        refuse(f"length of {name}", len(found), f"{blocks}, one for each block")
    return found
