"""Squares that come out of a cancellation: where a block form without care loses half its digits."""

from __future__ import annotations

import numpy as np
import pytest

from nlviz.inner import probes
from nlviz.memory import LinearMemory, LinearState, Pairs

from ..strategies import Case, make
from .executors import BLOCK_FORM, EXACT, NORMS, build, by_token, in_blocks


def _norms_agree(rule: LinearMemory, case: Case, within: float) -> None:
    """Loop and blocks agree in every norm, relative to the largest number of that norm and with no floor."""
    asked = [getattr(probes, name) for name in NORMS]
    loop, blocks = by_token(rule, case, asked), in_blocks(rule, case, asked)
    for name in NORMS:
        expected = loop.trace[name].values
        scale = float(np.abs(expected).max())
        np.testing.assert_allclose(blocks.trace[name].values, expected, rtol=0, atol=within * scale, err_msg=name)


class TestNormsThatCancel:
    """Squares that come out of a cancellation: where a block form without care loses half its digits."""

    def test_repeated_pair_converges_and_writes_nothing(self) -> None:
        case = make(1, (1, 200, 4, 4), "one key", ("constant", "zero", "zero"), repeat_values=True, block=64)
        _norms_agree(build("Delta", case), case, 1e-12)

    def test_all_is_forgotten_at_once(self) -> None:
        """forget = 1 leaves M_t = S_t, so what was written is S_t − M_{t−1}."""
        case = make(2, (2, 40, 4, 3), "unit", ("random", "random", "one"), block=16)
        for name in BLOCK_FORM:
            _norms_agree(build(name, case), case, 1e-12)

    def test_a_write_that_cancels_itself(self) -> None:
        """The same value with k and then −k empties a Hebbian memory to exactly nothing."""
        case = make(3, (1, 40, 4, 3), "opposed", ("one", "one", "zero"), repeat_values=True, state=False, block=16)
        _norms_agree(build("Hebbian", case), case, 1e-12)
        norms = in_blocks(build("Hebbian", case), case, [probes.memory_norm]).trace["memory_norm"].values[:, 0]
        assert norms[1::2].max() < 1e-14 < norms[::2].min()

    def test_past_surprise_equal_to_the_memory_it_replaces(self) -> None:
        """S_t = M_{t−1} under forget = 1 changes nothing at all: momentum 1, nothing written, S = M to begin with."""
        case = make(4, (1, 12, 3, 3), "unit", ("zero", "one", "one"), block=5)
        assert case.state is not None
        case = case._replace(state=LinearState(case.state.memory, case.state.memory))
        rule = build("Titans", case)
        assert by_token(rule, case, [probes.write_norm]).trace["write_norm"].values.max() < 1e-14
        assert in_blocks(rule, case, [probes.write_norm]).trace["write_norm"].values.max() < 1e-14

    def test_a_large_memory_vanishes_under_a_small_write(self) -> None:
        case = make(5, (1, 30, 4, 4), "unit", ("constant", "zero", "edges"), block=16)
        assert case.state is not None
        case = case._replace(state=LinearState(1e6 * case.state.memory, 1e6 * case.state.past_surprise))
        for name in ("Hebbian", "GatedDelta", "Titans"):
            _norms_agree(build(name, case), case, EXACT)

    @pytest.mark.parametrize("size", [1e-3, 1e-8])
    def test_short_keys(self, size: float) -> None:
        """M k is then far below v, and e + v says little about it."""
        case = make(6, (1, 30, 4, 4), "unit", ("random", "edges", "edges"), state=False, block=16)
        case = case._replace(pairs=Pairs(size * case.pairs.keys, case.pairs.values))
        for name in BLOCK_FORM:
            _norms_agree(build(name, case), case, EXACT)

    def test_keys_of_every_size_with_large_values(self) -> None:
        case = make(7, (1, 30, 4, 4), "tiny", ("random", "edges", "edges"), state=False, block=16)
        case = case._replace(pairs=Pairs(case.pairs.keys, 1e3 * case.pairs.values))
        for name in BLOCK_FORM:
            _norms_agree(build(name, case), case, EXACT)
