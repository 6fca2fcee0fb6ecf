"""Token models to compare: Titans' wirings and what they are measured against, at equal numbers of parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Unpack

from torch import Generator, Tensor, nn

from nlviz.door.words import call, choice, count
from nlviz.memory import MLP, DeepMemory, Hebbian, Memory, Titans, silu
from nlviz.outer.entrance import module
from nlviz.outer.layers.attention import Attention
from nlviz.outer.layers.hope import Hope, HopeAttention
from nlviz.outer.layers.initial import given
from nlviz.outer.layers.lmm import LMM, Around
from nlviz.outer.layers.self_modifying import SelfModifying
from nlviz.outer.layers.titans import MAC, MAG, MAL
from nlviz.outer.models.token_model import TokenModel

__all__ = ["ARCHITECTURES", "MixerParts", "architecture", "carried", "deep_memory", "linear_memory", "parameters"]


class MixerParts(NamedTuple):
    """What a mixer is built from; each takes what it knows of. memory: (width, generator) -> a memory."""

    width: int
    memory: Callable[[int, Generator], Memory[Any]]
    window: int
    heads: int
    persistent: int
    generator: Generator
    around: Around


def _titans(kind: Callable[..., nn.Module], of: MixerParts, **options: int) -> nn.Module:
    memory = of.memory(of.width, of.generator)
    return kind(of.width, memory, persistent=of.persistent, generator=of.generator, **options, **of.around)


def _hebbian(of: MixerParts) -> nn.Module:
    memory = Hebbian(of.width, of.width)
    plain: Around = {"convolution": 0, "without": ("forget",)}
    return LMM(of.width, memory, generator=of.generator, **plain | of.around)


def _hope(of: MixerParts) -> nn.Module:
    said: dict[str, Any] = {name: one for name, one in of.around.items() if name in ("period", "rate", "convolution")}
    memories = SelfModifying(of.width, unit_values=True, generator=of.generator, **said)
    return Hope(of.width, memories=memories, generator=of.generator)


ARCHITECTURES: dict[str, Callable[[MixerParts], nn.Module]] = {
    "LMM": lambda of: _titans(LMM, of),
    "MAC": lambda of: _titans(MAC, of, segment=of.window, heads=of.heads),
    "MAG": lambda of: _titans(MAG, of, window=of.window, heads=of.heads),
    "MAL": lambda of: _titans(MAL, of, window=of.window, heads=of.heads),
    "Hope": _hope,
    "Hope-Attention": lambda of: HopeAttention(of.width, heads=of.heads, generator=of.generator),
    "linear attention": _hebbian,
    "windowed attention": lambda of: Attention(of.width, of.heads, window=of.window, generator=of.generator),
    "full attention": lambda of: Attention(of.width, of.heads, generator=of.generator),
}
"""What mixes the tokens of a block, by name: Titans' four, Hope with its memories or with attention, a Hebbian memory
M ← M + θ v kᵀ, and two transformers."""


def linear_memory(width: int, generator: Generator) -> Titans:
    """Titans' memory as one matrix from zero; nothing in it is drawn. Written token by token."""
    given(generator)
    return Titans(count("width", width), count("width", width))


def deep_memory(width: int, generator: Generator, *, layers: int = 2) -> DeepMemory:
    """Titans' memory as a net with SiLU between its layers, each as wide as the values.

    It starts from slow weights W_0 drawn from `generator`, Parameters of whatever layer it is given to, and forgetting
    leads back to them. Written in chunks: give the layer a period, and a rate that bears a chunk of equal tokens, whose
    writes add up (0.1 with a period of 16 diverged on source code, 0.03 did not but without convolutions; measured
    here). One layer is a matrix with a learned start.
    Raises ValueError for fewer than one layer.
    Source: Behrouz et al. 2024 (arXiv 2501.00663) §3.1, L_M ≥ 1.
    """
    width, layers = count("width", width), count("layers", layers, of="a net; 1 is one matrix")
    generator = given(generator)
    net = MLP((width,) * (layers - 1), silu)
    initial = tuple(nn.Parameter(one) for one in net.draw(width, width, generator))
    return DeepMemory(width, width, net=net, initial=initial)


def architecture(
    name: str,
    width: int = 48,
    *,
    generator: Generator,
    vocabulary: int = 256,
    blocks: int = 2,
    window: int = 16,
    heads: int = 4,
    persistent: int = 4,
    memory: Callable[[int, Generator], Memory[Any]] = linear_memory,
    size: int | None = None,
    **around: Unpack[Around],
) -> TokenModel:
    """A token model of `blocks` equal blocks, each a mixer of ARCHITECTURES by `name` and an MLP.

    window: tokens that attention sees, and MAC's segment. heads: of attention. For Titans' four: persistent vectors;
    memory, which makes theirs, `linear_memory` or `deep_memory` or your own; and what stands `around` it, as in `LMM`.
    Of that Hope's own memories take period, rate and convolution.
    size: parameters in all; the MLPs are made as wide as it takes, to within half a hidden unit per block. None: MLPs
    twice as wide as the model.
    Raises ValueError for a name that is none of them, or a size that the mixers alone exceed.

        models = {name: architecture(name, size=50_000, generator=Generator().manual_seed(0)) for name in ARCHITECTURES}

        >>> model = outer.architecture("MAC", 16, generator=torch.Generator().manual_seed(0))
        >>> [type(block.mixer).__name__ for block in model.blocks]
        ['MAC', 'MAC']
    """
    name, blocks = choice("name", name, ARCHITECTURES), count("blocks", blocks)
    width, generator = count("width", width), given(generator)
    window, heads = count("window", window, of="tokens"), count("heads", heads)
    call("memory", memory, "a function of (width, generator), as outer.linear_memory")

    def made(expand: float, generator: Generator) -> TokenModel:
        parts = MixerParts(width, memory, window, heads, persistent, generator, around)
        mixers = [ARCHITECTURES[name](parts) for _ in range(blocks)]
        return TokenModel(mixers, width, vocabulary=vocabulary, expand=expand, generator=generator)

    if size is None:
        return made(2, generator)
    bare = parameters(made(0, Generator())) + blocks * width
    size = count("size", size, of="parameters")
    hidden = round((size - bare) / (2 * width * blocks))
    if hidden < 1:
        raise ValueError(
            f"{name} of width {width} has {bare} parameters without its MLPs, more than the {size} asked for; "
            f"use a size of at least {bare + 2 * width * blocks}, or a smaller width"
        )
    return made(hidden / width, generator)


def parameters(model: nn.Module) -> int:
    """How many slow weights a model has, as single numbers."""
    return sum(one.numel() for one in module("model", model).parameters())


def carried(state: Any) -> int:
    """How many numbers a state holds, for all of its streams together: what there is to remember the past with.

    A memory's stays as it is however long the text, full attention's grows with every token.

        carried(model(text)[1])
    """
    if isinstance(state, Tensor):
        return state.numel()
    return sum(map(carried, state)) if isinstance(state, tuple) else 0
