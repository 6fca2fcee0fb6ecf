"""Noise in code: seeded, marked, of the same length, and nothing else is touched."""

from __future__ import annotations

import numpy as np
import pytest

from nlviz import streams

SOURCE = streams.code("email", limit=3_000)


def test_no_noise_changes_nothing():
    same = streams.noisy(SOURCE, 0.0, np.random.default_rng(0))
    np.testing.assert_array_equal(same.bytes, SOURCE.bytes)
    assert same.tokens == SOURCE.tokens
    assert not streams.is_noise(same).any()


@pytest.mark.parametrize("share", [0.2, 0.7, 1.0])
def test_only_marked_bytes_differ_and_line_ends_stay(share: float):
    noisy = streams.noisy(SOURCE, share, np.random.default_rng(1))
    marked = streams.is_noise(noisy)
    np.testing.assert_array_equal(noisy.bytes[~marked], SOURCE.bytes[~marked])
    np.testing.assert_array_equal(noisy.bytes == ord("\n"), SOURCE.bytes == ord("\n"))
    assert marked.any()


def test_every_token_says_what_its_bytes_say():
    noisy = streams.noisy(SOURCE, 0.5, np.random.default_rng(2))
    for token in noisy.tokens:
        assert noisy.bytes[token.start : token.stop].tobytes().decode() == token.text
    assert [token.start for token in noisy.tokens] == sorted(token.start for token in noisy.tokens)


def test_the_same_seed_gives_the_same_noise_and_another_does_not():
    def drawn(seed: int) -> bytes:
        return streams.noisy(SOURCE, 0.5, np.random.default_rng(seed)).bytes.tobytes()

    assert drawn(3) == drawn(3) != drawn(4)


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_outside_its_range_is_refused(share: float):
    with pytest.raises(ValueError, match=f"share is {share}; expected a finite number of at least 0 and up to 1"):
        streams.noisy(SOURCE, share, np.random.default_rng(0))
