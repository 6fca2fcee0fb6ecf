"""Test-time training without a label: a small net learns, while it reads, to tell one view of a token from another."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Generator

from nlviz.door.tensors import generator as generator_at
from nlviz.door.words import count, flag, number
from nlviz.inner import probes, unroll
from nlviz.memory import MLP, DeepMemory, Gates, GradientDescent, Pairs, gelu
from nlviz.trace import Trace

__all__ = ["two_views"]

TOKENS, SEEN, TOLD, HIDDEN = 200, 32, 16, 64


def two_views(*, learns: bool = True, directions: int = 4, inner_lr: float = 0.2, generator: Generator) -> Trace:
    """200 tokens, each read by two equal nets: one writes what it reads, the other stays as it was drawn.

    A token x has 32 numbers and lies in `directions` directions; its key and its value are two fixed views of it, 16
    numbers each, so nobody has to say what is right. The nets are W₂ gelu(W₁ k), and a write is one gradient step of
    both matrices on ½‖f(k) − v‖². learns: False leaves both frozen.
    Signals, [time, 1]: "fast" and "frozen", the loss of each net before it writes; "write_norm" of the first.
    Raises ValueError for directions below 1 or above 32, and an inner_lr below 0.

        >>> run = experiments.two_views(generator=torch.Generator().manual_seed(0))
        >>> sorted(run), bool(run["fast"].values[-50:].mean() < run["frozen"].values[-50:].mean())
        (['fast', 'frozen', 'write_norm'], True)
    """
    learns, directions = flag("learns", learns), count("directions", directions, most=SEEN)
    inner_lr, generator = number("inner_lr", inner_lr, least=0.0), generator_at("generator", generator)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator)

    x = normal(1, TOKENS, directions) @ normal(directions, SEEN)
    pairs = Pairs(*(F.normalize(x @ normal(SEEN, TOLD), dim=-1) for _ in range(2)))
    net = MLP((HIDDEN,), gelu)
    slow = net.draw(TOLD, TOLD, generator)
    memory = DeepMemory(TOLD, TOLD, initial=slow, net=net, rule=GradientDescent())
    rates = {"fast": inner_lr if learns else 0.0, "frozen": 0.0}
    asked = [probes.inner_loss, probes.write_norm]
    runs = {
        name: unroll(memory, pairs, Gates.constant(pairs, rate), probes=asked).trace for name, rate in rates.items()
    }
    losses = {name: run["inner_loss"] for name, run in runs.items()}
    return Trace(losses | {"write_norm": runs["fast"]["write_norm"]})
