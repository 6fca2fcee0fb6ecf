"""Which write an answer comes from: shares add up to what was read, and a struck write was never told."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from nlviz import inner, memory
from nlviz.inner import influence, strike, unroll
from nlviz.memory import Choices, Gates, LinearRule, Pairs

from ..strategies import Case, make

CASE = make(7, (2, 17, 4, 3))
RULES: dict[str, Any] = {
    "Hebbian": memory.Hebbian(4, 3),
    "Delta": memory.Delta(4, 3),
    "GatedDelta": memory.GatedDelta(4, 3),
    "Titans": memory.Titans(4, 3),
    "MomentumDelta": memory.MomentumDelta(4, 3, output=0.5),
    "KDA": memory.KDA(4, 3),
    "GDN2": memory.GDN2(4, 3, erase=0.5, write_share=2.0),
    "Comba": memory.Comba(4, 3, softer=0.5),
    "RWKV7": memory.RWKV7(4, 3),
    "RecursiveLeastSquares": memory.RecursiveLeastSquares(4, 3, ridge=0.5),
    "Omega": memory.Omega(4, 3, window=3, fade=0.5),
    "Omega over the whole stream": memory.Omega(4, 3, window=30),
}
every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)


def start(rule: Any) -> Any:
    """A start with something in it; the rule's own where it knows the pairs so far."""
    return None if isinstance(rule, memory.RecursiveLeastSquares | memory.Omega) else CASE.state


def given(case: Case = CASE) -> tuple[Any, ...]:
    return case.pairs, case.gates, case.queries


@every_rule
@pytest.mark.parametrize("read_first", [False, True])
@pytest.mark.parametrize(("window", "top"), [(None, None), (5, None), (4, 2), (1, None), (99, 3)])
def test_shares_and_the_rest_add_up_to_what_was_read(rule: Any, read_first: bool, window: Any, top: Any) -> None:
    how: dict[str, Any] = {"state": start(rule), "read_first": read_first}
    found = influence(rule, *given(), window=window, top=top, **how)
    expected = unroll(rule, *given(), **how).outputs
    torch.testing.assert_close(found.outputs, expected, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(found.parts.sum(-2) + found.rest, expected, rtol=1e-10, atol=1e-10)
    assert found.shares.shape == found.tokens.shape == (2, 17, min(top or 99, window or 17))


@every_rule
def test_nothing_is_left_over_where_all_is_listed_and_the_start_was_empty(rule: Any) -> None:
    found = influence(rule, *given())
    assert found.rest.abs().max() < 1e-12


@every_rule
def test_a_share_is_the_slope_of_a_read_in_a_target(rule: Any) -> None:
    """By differences: a value that is one larger moves every later read by its share, as the rule scales values."""
    found = influence(rule, *given(), state=start(rule))
    before = unroll(rule, *given(), state=start(rule)).outputs
    for i in (0, 7, 16):
        values = CASE.pairs.values.clone()
        values[:, i, 1] += 1.0
        moved = unroll(rule, Pairs(CASE.pairs.keys, values), *given()[1:], state=start(rule)).outputs - before
        scale = found.targets[:, i, 1] / CASE.pairs.values[:, i, 1]
        torch.testing.assert_close(moved[..., 1], found.shares[..., i] * scale[:, None], rtol=1e-10, atol=1e-10)
        assert moved[..., 0].abs().max() == 0


def test_for_a_hebbian_memory_it_is_the_masked_attention_matrix() -> None:
    gates = Gates.constant(CASE.pairs, 0.5, forget=0.1)
    assert CASE.queries is not None
    scores = 0.5 * (CASE.queries @ CASE.pairs.keys.mT)
    age = torch.arange(17)[:, None] - torch.arange(17)
    expected = torch.where(age < 0, 0.0, scores * 0.9 ** age.clamp_min(0))
    torch.testing.assert_close(influence(RULES["Hebbian"], CASE.pairs, gates, CASE.queries).shares, expected)


def test_erasing_makes_negative_shares_and_momentum_late_ones() -> None:
    one_key = Pairs(torch.ones(1, 5, 1), torch.ones(1, 5, 1))
    gates = Gates.constant(one_key, 0.5, 0.5)
    shares = influence(memory.Delta(1, 1), one_key, gates).shares[0]
    torch.testing.assert_close(shares[:, 0], torch.tensor([0.5, 0.25, 0.125, 0.0625, 0.03125]))
    titans = influence(memory.Titans(1, 1), one_key, gates).shares[0]
    # what is on its way goes on: the first write is half of the second answer, too, and is then erased too far
    torch.testing.assert_close(titans[:, 0], torch.tensor([0.5, 0.5, 0.25, 0.0, -0.125]))
    attention = influence(memory.Hebbian(1, 1), one_key, gates).shares
    assert (attention >= 0).all()


def test_what_each_window_lists_is_the_whole_map_s() -> None:
    rule = RULES["Titans"]
    whole = influence(rule, *given(), state=CASE.state)
    part = influence(rule, *given(), state=CASE.state, window=6)
    for t in range(17):
        for j, token in enumerate(part.tokens[0, t].tolist()):
            listed = part.shares[:, t, j]
            torch.testing.assert_close(listed, whole.shares[:, t, token] if token >= 0 else torch.zeros_like(listed))
        assert [x for x in part.tokens[0, t].tolist() if x >= 0] == list(range(max(0, t - 5), t + 1))


def test_the_few_largest_are_listed_in_order() -> None:
    rule = RULES["Delta"]
    whole, few = (influence(rule, *given(), state=CASE.state, top=top) for top in (None, 3))
    for t in (5, 16):
        best = whole.shares[0, t].abs().topk(3).indices.sort().values
        assert few.tokens[0, t].tolist() == whole.tokens[0, t][best].tolist()


def without(case: Case, tokens: list[int]) -> Gates:
    lr = case.gates.inner_lr.clone()
    lr[:, tokens] = 0
    return case.gates._replace(inner_lr=lr)


@every_rule
def test_a_struck_write_was_never_told(rule: Any) -> None:
    """The run by the loop with θ = 0 there: states and reads; for the recursive rule, its keys too."""
    found = strike(rule, *given(), tokens=[2, 3, 11], state=start(rule))
    expected = unroll(rule, CASE.pairs, without(CASE, [2, 3, 11]), CASE.queries, state=start(rule))
    torch.testing.assert_close(found.outputs, expected.outputs, rtol=1e-12, atol=1e-12)
    torch.testing.assert_close(found.state.memory, expected.state.memory, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["Delta", "Titans", "Comba", "Hebbian"])
def test_striking_is_rows_and_columns_struck_from_what_the_map_is_the_inverse_of(name: str) -> None:
    """I + L is the inverse of I − (shares in what was known of each key); its rows and columns struck, solved again."""
    rule, tokens = RULES[name], [2, 3, 11]
    rest = [t for t in range(17) if t not in tokens]
    known = influence(rule, CASE.pairs, CASE.gates, state=CASE.state, read_first=True)
    reads = influence(rule, *given(), state=CASE.state)
    identity = torch.eye(17, dtype=torch.float64)
    chosen: Choices = rule.choices(CASE.pairs, CASE.gates)
    recalled = torch.ones(2, 17, dtype=torch.float64) if chosen.recalled is None else chosen.recalled
    recalled = 0 * recalled if chosen.erase is None else recalled
    inverse = identity - recalled[..., None] * known.shares
    triangle = torch.linalg.inv(inverse)
    # y = mixed E + what the start adds, E = inverse (start's part − w): mixed and both parts of the start from the maps
    mixed = -reads.shares @ triangle
    from_start = reads.rest - mixed @ (recalled[..., None] * known.rest)
    expected = []
    for row in range(2):
        kept = triangle[row][rest][:, rest]
        start_part = (triangle[row] @ (recalled[row][:, None] * known.rest[row]) - chosen.target[row])[rest]
        errors = torch.linalg.solve(kept, start_part)
        expected.append(mixed[row][:, rest] @ errors + from_start[row])
    found = strike(rule, *given(), tokens=tokens, state=CASE.state).outputs
    torch.testing.assert_close(found, torch.stack(expected), rtol=1e-10, atol=1e-10)


def test_striking_is_telling_what_was_known_already() -> None:
    """A write whose error is nothing writes nothing: targets so that the errors of the struck tokens vanish."""
    rule, tokens = RULES["Delta"], [4, 9]
    known = influence(rule, CASE.pairs, CASE.gates, read_first=True)
    error = known.outputs[:, tokens] - CASE.pairs.values[:, tokens]
    own = torch.eye(2, dtype=torch.float64) - known.shares[:, tokens][:, :, tokens]
    change = torch.linalg.solve(own, error)
    reads = influence(rule, *given())
    expected = reads.outputs + reads.shares[:, :, tokens] @ change
    torch.testing.assert_close(strike(rule, *given(), tokens=tokens).outputs, expected, rtol=1e-10, atol=1e-10)


def test_a_rule_of_ones_own_has_its_map() -> None:
    class Own(LinearRule):
        obeys = frozenset({"inner_lr", "momentum"})

        def choices(self, pairs: Pairs, gates: Gates) -> Choices:
            return Choices(pairs.keys, pairs.values, gates.inner_lr, pairs.keys.flip(-1), momentum=gates.momentum)

    found = influence(Own(4, 3), *given(), state=CASE.state)
    torch.testing.assert_close(found.parts.sum(-2) + found.rest, unroll(Own(4, 3), *given(), state=CASE.state).outputs)


def test_a_rule_that_asks_and_writes_unasked_is_refused() -> None:
    class Both(memory.RWKV7):
        def choices(self, pairs: Pairs, gates: Gates) -> Choices:
            return super().choices(pairs, gates)._replace(target=pairs.values)

    with pytest.raises(
        ValueError, match=r"memory is .*; expected a rule that asks before it writes, or one that does not"
    ):
        influence(Both(4, 3), *given())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"window": 0}, "window is 0"),
        ({"top": 0}, "top is 0"),
        ({"memory": memory.Oja(4, 3)}, "memory is .*; expected a linear rule that states its choices"),
        ({"queries": torch.ones(2, 17, 5)}, "queries"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, Any], words: str) -> None:
    asked: dict[str, Any] = {"memory": RULES["Delta"], "pairs": CASE.pairs, "gates": CASE.gates, **change}
    with pytest.raises(ValueError, match=words):
        influence(**asked)


@pytest.mark.parametrize("token", [-1, 17, 1.5, "0", None])
def test_a_token_that_is_not_in_the_stream_is_refused(token: Any) -> None:
    with pytest.raises(ValueError, match=r"tokens\[1\] is"):
        strike(RULES["Delta"], *given(), tokens=[0, token])


def test_no_token_has_no_share() -> None:
    nothing = Pairs(*(x[:, :0] for x in CASE.pairs))
    found = influence(RULES["Delta"], nothing, Gates(*(x[:, :0] for x in CASE.gates)))
    assert found.outputs.shape == (2, 0, 3)
    assert found.shares.shape[:2] == (2, 0)


def test_long_streams_are_held_a_window_at_a_time() -> None:
    """No number of the map outlives its window: what is returned grows with tokens × few, not with tokens × tokens."""
    pairs = make(3, (1, 4096, 4, 3)).pairs
    gates = Gates.constant(pairs, 0.5)
    found = influence(memory.Delta(4, 3), pairs, gates, window=64, top=4)
    assert found.shares.shape == (1, 4096, 4)
    assert found.shares.untyped_storage().nbytes() == 4096 * 4 * 8
    torch.testing.assert_close(found.outputs, inner.unroll_blocks(memory.Delta(4, 3), pairs, gates).outputs)


def test_an_outer_gradient_goes_through_the_shares_of_windows() -> None:
    keys, values = (x[:1, :7].clone().requires_grad_() for x in CASE.pairs)
    gates = Gates(*(gate[:1, :7] for gate in CASE.gates))

    def found(*pairs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        seen = influence(RULES["Titans"], Pairs(*pairs), gates, window=3)
        return seen.shares, seen.rest

    assert torch.autograd.gradcheck(found, (keys, values), fast_mode=True)
