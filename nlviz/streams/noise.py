"""One-off noise in source code: lines that surprise, and are not worth remembering."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nlviz.door.arrays import chance
from nlviz.door.words import instance
from nlviz.door.words import share as share_of
from nlviz.streams.code import Source
from nlviz.trace import Token

__all__ = ["NOISE_KIND", "is_noise", "noisy"]

NOISE_KIND = "NOISE"
_REMEDY = 'give real code, as from streams.code("email")'
_LETTERS = np.frombuffer(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", np.uint8)


def noisy(source: Source, share: float, generator: np.random.Generator) -> Source:
    """The same source with a share of its lines replaced by random letters, each drawn once and never again.

    A replaced line keeps its length and its line end, so every other byte stays where it was; it becomes one token of
    kind NOISE_KIND. Tokens that touch a replaced line are dropped. Raises ValueError if share is not in [0, 1], or
    generator is none of NumPy's.

        >>> source = streams.code("email", limit=400)
        >>> noise = streams.noisy(source, 1.0, np.random.default_rng(0))
        >>> len(noise.bytes) == len(source.bytes), {token.kind for token in noise.tokens}
        (True, {'NOISE'})
    """
    instance("source", source, Source, _REMEDY)
    share, generator = share_of("share", share), chance("generator", generator)
    ends = np.append(np.nonzero(source.bytes == ord("\n"))[0], len(source.bytes))
    starts = np.append(0, ends[:-1] + 1)
    chosen = generator.random(len(starts)) < share
    text, is_noise, lines = source.bytes.copy(), np.zeros(len(source.bytes), bool), []
    for start, stop in zip(starts[chosen], ends[chosen], strict=True):
        if start == stop:
            continue
        text[start:stop] = generator.choice(_LETTERS, stop - start)
        is_noise[start:stop] = True
        lines.append(Token(text[start:stop].tobytes().decode("ascii"), int(start), int(stop), NOISE_KIND))
    kept = [token for token in source.tokens if not is_noise[token.start : token.stop].any()]
    return replace(source, bytes=text, tokens=tuple(sorted([*kept, *lines], key=lambda token: token.start)))


def is_noise(source: Source) -> np.ndarray:
    """Which bytes of a source are one-off noise, [time] of bool.

    >>> bool(streams.is_noise(streams.code("email", limit=400)).any())
    False
    """
    instance("source", source, Source, _REMEDY)
    marked = np.zeros(len(source.bytes), bool)
    for token in source.tokens:
        marked[token.start : token.stop] |= token.kind == NOISE_KIND
    return marked
