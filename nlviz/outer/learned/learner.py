"""A memory of pairs and all the slow weights around it, each group with a switch of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Generator, Tensor, nn

from nlviz.door import tensors, words
from nlviz.inner import Unrolled
from nlviz.inner.probes import Probe
from nlviz.memory import DeepMemory, Gates, Learned, Momentum, Pairs, Plastic, State, dot_product, squared_error
from nlviz.outer.learned.gradients import OUTER_GRADIENTS, unroll_by

__all__ = ["RULES", "SLOW", "Learner"]

SLOW: tuple[str, ...] = ("start", "rates", "gates", "coefficients", "net", "generated", "readout")
"""The groups of slow weights, by name."""
RULES: tuple[str, ...] = ("gradient", "plastic", "plastic delta", "net")
"""The rules a `Learner` can write by."""
LARGEST = 2.0
"""θ = 2 σ(z): a delta rule on keys of length one is stable below two."""


class Learner(nn.Module):
    """A memory that is one matrix, and everything an outer loop may learn about it:

        start         W_0                                    the same for every stream
        rates         b: θ = 2σ(b_θ), η = σ(b_η), α = σ(b_α)   the same for every token
        gates         C: σ(b + C cue_t) in their place       seen from a cue that comes with each token
        coefficients  A of `Plastic`                         rule "plastic" (Miconi's) or "plastic delta"
        net           the parts of `Learned`                 rule "net"
        generated     W_0 + h(context), h a small net        a start for each stream of its own
        readout       R: answers are R M q                   the identity before it is learned

    Untrained, all of them together are one delta rule with these `rates` (θ, η, α), or Hebb's where the rule is
    "plastic"; the two plastic rules have no η. So what a freed group adds is what it has learned. `free` says which may
    move; as made, all may.
    sign: what θ is multiplied with, 1 or −1.
    Raises ValueError for numbers that do not fit.

        >>> made = outer.Learner(4, 3, cues=1, contexts=2, generator=torch.Generator().manual_seed(0))
        >>> made.free("rates", "start")
        >>> [name for name, one in made.named_parameters() if one.requires_grad]
        ['start', 'rates']
    """

    def __init__(
        self,
        d_key: int,
        d_value: int,
        *,
        cues: int = 1,
        contexts: int = 1,
        rule: str = "gradient",
        rates: Sequence[float] = (0.5, 0.001, 0.001),
        hidden: int = 8,
        generator: Generator,
    ) -> None:
        super().__init__()
        self.d_key: int = words.count("d_key", d_key)
        self.d_value: int = words.count("d_value", d_value)
        self.rule: str = words.choice("rule", rule, RULES)
        self.sign: int = 1
        hidden, cues, contexts = (
            words.count(name, one) for name, one in (("hidden", hidden), ("cues", cues), ("contexts", contexts))
        )
        generator = tensors.generator("generator", generator)
        form = (self.d_value, self.d_key)
        self.start: nn.Parameter = nn.Parameter(torch.zeros(form))
        self.rates: nn.Parameter = nn.Parameter(_logits(rates))
        self.gates: nn.Parameter = nn.Parameter(torch.zeros(3, cues))
        self.coefficients: nn.Parameter = nn.Parameter(torch.ones(form))
        self.net: nn.ParameterList = nn.ParameterList(Learned.draw(hidden, generator).slow)
        first = torch.randn(hidden, contexts, generator=generator)
        self.generated: nn.ParameterList = nn.ParameterList([first, torch.zeros(*form, hidden)])
        self.readout: nn.Parameter = nn.Parameter(torch.eye(self.d_value))

    def free(self, *names: str) -> None:
        """Let these groups of SLOW move, and freeze all others. Raises ValueError for a name that is none."""
        freed = [words.choice("names", name, SLOW) for name in names]
        for name in SLOW:
            for weight in self.slow(name):
                weight.requires_grad_(name in freed)

    def slow(self, name: str) -> tuple[Tensor, ...]:
        """The slow weights of one group of SLOW."""
        held = getattr(self, words.choice("name", name, SLOW))
        return tuple(held) if isinstance(held, nn.ParameterList) else (held,)

    @property
    def memory(self) -> DeepMemory:
        """The memory, of the slow weights as they are now."""
        rules = {
            "gradient": Momentum(),
            "plastic": Plastic(self.coefficients),
            "plastic delta": Plastic(self.coefficients),
            "net": Learned(*self.net),
        }
        objective = dot_product if self.rule == "plastic" else squared_error
        return DeepMemory(self.d_key, self.d_value, objective, self.start, rule=rules[self.rule])

    def gated(self, cues: Tensor) -> Gates:
        """θ, η and α of every token, from its cues [batch, time, cues]. Raises ValueError for cues of another width."""
        cues = _seen("cues", cues, "batch time cues", self.gates)
        inner_lr, momentum, forget = torch.sigmoid(self.rates + cues @ self.gates.mT).unbind(-1)
        return Gates(self.sign * LARGEST * inner_lr, momentum, forget)

    def begin(self, context: Tensor) -> State[Any]:
        """The state before any token, for contexts [batch, contexts]. Raises ValueError for those of another width."""
        first, last = self.generated
        context = _seen("context", context, "batch contexts", first)
        state = self.memory.init(len(context), like=self.start)
        own = torch.einsum("bh,vkh->bvk", torch.tanh(context @ first.mT), last)
        return state._replace(memory=state.memory + own)

    def forward(
        self,
        pairs: Pairs,
        cues: Tensor,
        context: Tensor,
        *,
        algorithm: str = OUTER_GRADIENTS[0],
        cut: int = 8,
        probes: Sequence[Probe] = (),
    ) -> Unrolled:
        """Read a stream; the outer gradient is that of `unroll_by`. Outputs and state are those of the memory."""
        state = self.begin(context)
        return unroll_by(algorithm, self.memory, pairs, self.gated(cues), cut=cut, state=state, probes=probes)

    def recalled(self, state: State[Any], queries: Tensor) -> Tensor:
        """R M q for queries [batch, chunk, d_key]."""
        return self.memory.read(state, queries) @ self.readout.mT


def _seen(name: str, given: Any, axes: str, weights: Tensor) -> Tensor:
    """What the slow weights [out, width] look at: of their width and precision."""
    held = tensors.floating(name, tensors.tensor(name, given, axes, like=weights))
    width = weights.shape[1]
    axis = axes.split()[-1]
    tensors.fits(name, held, axis, width, f"make the learner with {axis}={held.shape[-1]}, or give {width}")
    return tensors.same_kind(name, held, weights, "the slow weights")


def _logits(rates: Sequence[float]) -> Tensor:
    theta, *shares = words.several("rates", rates, what="θ, η and α")
    if len(shares) != 2:
        words.refuse("rates", rates, "three: θ, η and α")
    inside = [words.number("θ of the rates", theta, above=0, below=LARGEST) / LARGEST]
    inside += [
        words.number(f"{name} of the rates", one, above=0, below=1) for name, one in zip("ηα", shares, strict=True)
    ]
    return torch.logit(torch.tensor(cast("list[float]", inside)))
