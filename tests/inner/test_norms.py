"""Squared norms by scalar recurrences: by hand, and where a block form without care loses half its digits."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nlviz.inner import probes
from nlviz.inner.blocks.norms import Sum, squares
from nlviz.inner.blocks.shares import shares
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


class TestSquares:
    """The scalar recurrences of the room's docstring, one token after the other; sizes with every term's size."""

    def test_one_token_by_hand(self) -> None:
        """η = ½, α = ¼; ‖M‖² = 4, ⟨M, S⟩ = −3, ‖S‖² = 2.25; uᵀMk = 1, uᵀSk = −2, ‖u‖²‖k‖² = 9."""
        s, write, m = _squares([0.5], [0.25], (4.0, -3.0, 2.25), ([1.0], [-2.0], [9.0]))
        assert [float(x) for x in s] == [0.5625 - 2 + 9, 0.5625 + 2 + 9]
        assert [float(x) for x in write] == [0.25 + 0.25 + 7.5625, 0.25 + 1.25 + 11.5625]
        assert [float(x) for x in m] == [2.25 - 0.75 + 7.5625, 2.25 + 3.75 + 11.5625]

    def test_a_block_is_its_tokens_one_after_the_other(self) -> None:
        generator = torch.Generator().manual_seed(0)
        etas, alphas = (torch.rand(5, generator=generator, dtype=torch.float64).tolist() for _ in range(2))
        met, ridden = (torch.randn(5, generator=generator, dtype=torch.float64).tolist() for _ in range(2))
        own = [4.0, 0.5, 1.0, 2.0, 0.25]
        found = _squares(etas, alphas, (4.0, -3.0, 2.25), (met, ridden, own))
        (m, d, s), (m_size, d_size, s_size) = (4.0, -3.0, 2.25), (4.0, 3.0, 2.25)
        for t, (eta, alpha) in enumerate(zip(etas, alphas, strict=True)):
            s = eta**2 * s + 2 * eta * ridden[t] + own[t]
            s_size = eta**2 * s_size + abs(2 * eta * ridden[t]) + own[t]
            x, x_size = eta * d + met[t], eta * d_size + abs(met[t])
            write = alpha**2 * m - 2 * alpha * x + s
            write_size = alpha**2 * m_size + 2 * alpha * x_size + s_size
            m = (1 - alpha) ** 2 * m + 2 * (1 - alpha) * x + s
            m_size = (1 - alpha) ** 2 * m_size + 2 * (1 - alpha) * x_size + s_size
            d = (1 - alpha) * x + s
            d_size = (1 - alpha) * eta * d_size + (1 - alpha) * abs(met[t]) + s_size
            expected = ((s, s_size), (write, write_size), (m, m_size))
            for total, both in zip(found, expected, strict=True):
                assert (float(total.value[0, 0, t]), float(total.size[0, 0, t])) == pytest.approx(both, rel=1e-12)

    def test_signs_of_decays_do_not_make_a_size_smaller(self) -> None:
        """α = 1.5 keeps −½: M goes 3, −½, 1¼ while S stays 1; by rounding alone a forget gate is a hair beyond 1."""
        still = [0.0, 0.0]
        s, write, m = _squares([1.0, 1.0], [1.5, 1.5], (9.0, 3.0, 1.0), (still, still, still))
        assert s.value.flatten().tolist() == [1, 1]
        assert m.value.flatten().tolist() == [0.25, 1.5625]
        assert m.size.flatten().tolist() == [2.25 + 3 + 1, 6.25 / 4 + 2.5 + 1]
        assert write.value.flatten().tolist() == [3.5**2, 1.75**2]
        assert write.size.flatten().tolist() == [20.25 + 9 + 1, 2.25 * 6.25 + 3 * 2.5 + 1]


def _squares(
    momentum: list[float],
    forget: list[float],
    starts: tuple[float, float, float],
    pushes: tuple[list[float], list[float], list[float]],
) -> tuple[Sum, Sum, Sum]:
    """`squares` of one block of one stream."""
    eta, alpha, *met = (torch.tensor([[row]], dtype=torch.float64) for row in (momentum, forget, *pushes))
    m, d, s = (torch.tensor([[one]], dtype=torch.float64) for one in starts)
    return squares(shares(eta, 1 - alpha), (eta, alpha), (m, d, s), (met[0], met[1], met[2]))
