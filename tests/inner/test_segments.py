"""Memories kept at the ends of segments: both ends of the slider in their known forms, and any split the whole."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from nlviz import inner, memory
from nlviz.memory import Gates, Pairs

TIME, WIDTH = 13, 4
RULES = {"Hebbian": memory.Hebbian(WIDTH, WIDTH), "Delta": memory.Delta(WIDTH, WIDTH), "Titans": memory.Titans(4, 4)}
every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)


def stream(batch: int = 2) -> tuple[Pairs, Gates, Tensor]:
    chance = torch.Generator().manual_seed(0)
    keys, values, queries = torch.randn(3, batch, TIME, WIDTH, generator=chance, dtype=torch.float64) / 2
    gates = Gates(*torch.rand(3, batch, TIME, generator=chance, dtype=torch.float64) * torch.tensor([[[0.5]]]))
    return Pairs(keys, values), gates, queries


def as_said(rule: Any, pairs: Pairs, gates: Gates, queries: Tensor, segment: int, sharpness: float | None) -> Tensor:
    """y_t = Σ_i γ_{t,i} M_i(q_t), token by token, every segment's memory written anew for every token."""
    answers = []
    for t in range(TIME):
        said, logits = [], []
        for first in range(0, t + 1, segment):
            here = slice(first, min(first + segment, t + 1))
            state = rule.init(len(queries), like=queries)
            for u in range(*here.indices(TIME)):
                one = slice(u, u + 1)
                state = rule.write(state, Pairs(*(x[:, one] for x in pairs)), Gates(*(x[:, one] for x in gates)))
            said.append(rule.read(state, queries[:, t : t + 1])[:, 0])
            logits.append((queries[:, t] * pairs.keys[:, here].mean(1)).sum(-1))
        shares = (
            torch.ones(len(said), len(queries)) if sharpness is None else (sharpness * torch.stack(logits)).softmax(0)
        )
        answers.append((torch.stack(said) * shares[..., None]).sum(0))
    return torch.stack(answers, 1)


@pytest.mark.parametrize("sharpness", [None, 0.0, 3.0])
@pytest.mark.parametrize("segment", [1, 4, 13, 50])
@every_rule
def test_all_kept_memories_are_read_as_said(rule: Any, segment: int, sharpness: float | None) -> None:
    given: dict[str, Any] = {"joined": "sum"} if sharpness is None else {"sharpness": sharpness}
    run = inner.unroll_segments(rule, *stream(), segment=segment, **given)
    torch.testing.assert_close(run.outputs, as_said(rule, *stream(), segment, sharpness), rtol=1e-12, atol=1e-12)


@every_rule
def test_one_segment_is_the_memory_itself(rule: Any) -> None:
    run = inner.unroll_segments(rule, *stream(), segment=TIME, sharpness=2.0)
    torch.testing.assert_close(run.outputs, inner.unroll(rule, *stream()).outputs, rtol=0, atol=1e-10)


@pytest.mark.parametrize("rule", [RULES["Hebbian"], RULES["Delta"]], ids=["Hebbian", "Delta"])
def test_segments_of_one_token_are_gated_attention(rule: Any) -> None:
    """y_t = Σ_{i≤t} softmax_i(β⟨k_i, q_t⟩) θ_i ⟨k_i, q_t⟩ v_i, in one line and no loop."""
    pairs, gates, queries = stream()
    near = queries @ pairs.keys.mT
    future = torch.ones(TIME, TIME, dtype=torch.bool).triu(1)
    shares = (3.0 * near).masked_fill(future, -torch.inf).softmax(-1)
    expected = (shares * near * gates.inner_lr[:, None]) @ pairs.values
    run = inner.unroll_segments(rule, pairs, gates, queries, segment=1, sharpness=3.0)
    torch.testing.assert_close(run.outputs, expected, rtol=0, atol=1e-10)


def test_segments_of_one_token_summed_are_linear_attention() -> None:
    pairs, gates, queries = stream()
    expected = ((queries @ pairs.keys.mT).tril() * gates.inner_lr[:, None]) @ pairs.values
    run = inner.unroll_segments(RULES["Delta"], pairs, gates, queries, segment=1, joined="sum")
    torch.testing.assert_close(run.outputs, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("cut", [0, 1, 4, 6, 8, 13])
def test_a_stream_may_be_split_anywhere(cut: int) -> None:
    pairs, gates, queries = stream()
    whole = inner.unroll_segments(RULES["Titans"], pairs, gates, queries, segment=4, sharpness=1.5)
    state, answers = None, []
    for here in (slice(0, cut), slice(cut, None)):
        now = Pairs(*(x[:, here] for x in pairs)), Gates(*(x[:, here] for x in gates)), queries[:, here]
        run = inner.unroll_segments(RULES["Titans"], *now, segment=4, sharpness=1.5, state=state)
        state = run.state
        answers.append(run.outputs)
    torch.testing.assert_close(torch.cat(answers, 1), whole.outputs, rtol=1e-12, atol=1e-12)
    assert state is not None
    assert (state.clock, len(state.past)) == (TIME, 3)


@pytest.mark.parametrize("joined", ["gated", "sum"])
@pytest.mark.parametrize("segment", [1, 4, 13, 50])
def test_asked_afterwards_all_answer_as_at_the_last_token(segment: int, joined: Any) -> None:
    given: dict[str, Any] = {"segment": segment, "joined": joined, "sharpness": 2.0}
    pairs, gates, queries = stream()
    run = inner.unroll_segments(RULES["Titans"], pairs, gates, queries, **given)
    asked = inner.read_segments(RULES["Titans"], run.state, queries[:, -1:], **given)
    torch.testing.assert_close(asked, run.outputs[:, -1:], rtol=1e-12, atol=1e-12)


def test_before_a_token_there_is_nothing_to_ask() -> None:
    with pytest.raises(ValueError, match="expected one that has read a token"):
        inner.read_segments(RULES["Delta"], inner.Segments(), torch.ones(1, 1, WIDTH), segment=2)


def test_no_read_sees_the_future() -> None:
    pairs, gates, queries = stream()
    other = Pairs(*(torch.cat([x[:, :7], x[:, 7:].flip(1)], 1) for x in pairs))
    both = [
        inner.unroll_segments(RULES["Delta"], one, gates, queries, segment=3).outputs[:, :7] for one in (pairs, other)
    ]
    torch.testing.assert_close(*both, rtol=0, atol=0)


def test_outer_gradients_reach_keys_and_gates_through_kept_memories() -> None:
    pairs, gates, queries = stream(1)
    keys, rates = pairs.keys[:, :5].clone(), gates.inner_lr[:, :5].clone()

    def answered(keys: Tensor, rates: Tensor) -> Tensor:
        now = Pairs(keys, pairs.values[:, :5]), Gates(rates, *(x[:, :5] for x in gates[1:])), queries[:, :5]
        return inner.unroll_segments(RULES["Delta"], *now, segment=2, sharpness=2.0).outputs

    assert torch.autograd.gradcheck(answered, (keys.requires_grad_(), rates.requires_grad_()))


def test_a_memory_of_several_matrices_is_kept_too() -> None:
    initial = [one.double() for one in memory.MLP((3,)).draw(WIDTH, WIDTH, torch.Generator().manual_seed(0))]
    net = memory.DeepMemory(WIDTH, WIDTH, net=memory.MLP((3,)), initial=initial)
    run = inner.unroll_segments(net, *stream(), segment=5)
    assert run.outputs.shape == (2, TIME, WIDTH)
    assert len(run.state.past) == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"segment": 0}, "segment is 0; expected a whole number of tokens, at least 1"),
        ({"segment": 2, "sharpness": -1.0}, "sharpness is -1.0"),
        ({"segment": 2, "joined": "gate"}, "did you mean 'gated'"),
        ({"segment": 2, "state": 3}, "state is 3; expected a Segments"),
    ],
)
def test_what_is_no_segment_is_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        inner.unroll_segments(RULES["Delta"], *stream(), **change)
