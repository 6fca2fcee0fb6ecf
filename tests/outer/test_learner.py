"""The learner: what it is before it has learned, what each group of slow weights does, and its switches."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Generator, Tensor

from nlviz.inner import probes, unroll
from nlviz.memory import DeepMemory, Gates, Hebbian, Pairs, Titans
from nlviz.outer import OUTER_GRADIENTS, RULES, SLOW, Learner

from ..strategies import make

CASE = make(3, (2, 6, 3, 4))
PAIRS = Pairs(*(one.float() for one in CASE.pairs))
CUES, CONTEXT = torch.randn(2, 6, 1, generator=Generator().manual_seed(1)), torch.tensor([[1.0, 0.5], [-1.0, 0.0]])
RATES = (0.6, 0.3, 0.1)


def _made(rule: str = "gradient", rates: tuple[float, float, float] = RATES) -> Learner:
    return Learner(3, 4, cues=1, contexts=2, rule=rule, rates=rates, generator=Generator().manual_seed(0))


def _memory(made: Learner) -> Tensor:
    return made(PAIRS, CUES, CONTEXT).state.memory


@pytest.mark.parametrize(("rule", "kind"), list(zip(RULES, (Titans, Hebbian, Titans, Titans), strict=True)), ids=RULES)
def test_untrained_it_is_the_hand_set_rule(rule: str, kind: type[Titans]) -> None:
    theta, eta, alpha = RATES
    eta = 0.0 if "plastic" in rule else eta
    expected = unroll(kind(3, 4), PAIRS, Gates.constant(PAIRS, theta, eta, alpha))
    run = _made(rule)(PAIRS, CUES, CONTEXT)
    torch.testing.assert_close(run.state.memory, expected.state.memory, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(_made(rule).recalled(run.state, PAIRS.keys), PAIRS.keys @ run.state.memory.mT)


def test_gates_follow_the_cue() -> None:
    made = _made()
    with torch.no_grad():
        made.gates.copy_(torch.tensor([[1.0], [2.0], [-3.0]]))
    theta, eta, alpha = (gate.detach() for gate in made.gated(CUES))
    at = float(CUES[1, 2])
    for found, share, slope in ((theta / 2, 0.3, 1.0), (eta, 0.3, 2.0), (alpha, 0.1, -3.0)):
        expected = 1 / (1 + math.exp(-(math.log(share / (1 - share)) + slope * at)))
        assert float(found[1, 2]) == pytest.approx(expected, rel=1e-5)


def test_a_generated_start_is_each_streams_own() -> None:
    """W_0 + Σ_h tanh(first c)_h last_h, entry by entry; forgetting leads back to W_0 alone."""
    made = _made()
    first, last = made.slow("generated")
    with torch.no_grad():
        last.normal_(generator=Generator().manual_seed(2))
        made.start.fill_(0.25)
    begun = made.begin(CONTEXT).memory
    for row in range(2):
        hidden = torch.tanh(first @ CONTEXT[row])
        torch.testing.assert_close(begun[row], 0.25 + (last * hidden).sum(-1))
    assert not torch.equal(begun[0], begun[1])


def test_the_sign_is_that_of_every_write() -> None:
    made = _made(rates=(0.6, 0.3, 0.1))
    made.sign = -1
    expected = unroll(Titans(3, 4), PAIRS, Gates.constant(PAIRS, -0.6, 0.3, 0.1)).state.memory
    torch.testing.assert_close(_memory(made), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", SLOW)
def test_a_switch_frees_its_group_and_no_other(name: str) -> None:
    made = _made("net" if name == "net" else "plastic delta")
    with torch.no_grad():
        made.slow("generated")[1].fill_(0.1)
        made.slow("net")[2].fill_(0.1)
    made.free(name)
    own = {id(one) for one in made.slow(name)}
    assert {id(one) for one in made.parameters() if one.requires_grad} == own
    made.recalled(made(PAIRS, CUES, CONTEXT).state, PAIRS.keys).square().sum().backward()
    assert all(one.grad is not None and one.grad.any() for one in made.slow(name))
    assert all(one.grad is None for one in made.parameters() if id(one) not in own)


@pytest.mark.parametrize("algorithm", OUTER_GRADIENTS)
def test_the_outer_gradient_is_a_matter_of_its_name(algorithm: str) -> None:
    """Behind a cut a learned start is reached only by what forgetting leads back to, here next to nothing."""
    made = _made(rates=(0.6, 0.3, 1e-6))
    run = made(PAIRS, CUES, CONTEXT, algorithm=algorithm, cut=2, probes=[probes.surprise])
    assert torch.equal(run.state.memory, _memory(made))
    assert run.trace["surprise"].values.shape == (6, 2)
    run.state.memory.sum().backward()
    assert made.start.grad is not None
    assert bool((made.start.grad.abs() < 1e-4).all()) == (algorithm == "truncated")


def test_a_saved_learner_is_the_same_again() -> None:
    made, other = _made("net"), Learner(3, 4, contexts=2, rule="net", generator=Generator().manual_seed(9))
    other.load_state_dict(made.state_dict())
    assert torch.equal(_memory(made), _memory(other))
    assert isinstance(other.memory, DeepMemory)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"rates": (0.5, 0.1)}, r"rates is \(0.5, 0.1\); expected three: θ, η and α"),
        ({"rates": (2.0, 0.1, 0.1)}, r"θ of the rates is 2.0; .* above 0 and below 2"),
        ({"rates": (0.5, 0.1, 0.0)}, r"α of the rates is 0.0"),
        ({"rule": "plastik"}, r"rule is 'plastik'; .*did you mean 'plastic'"),
        ({"contexts": 0}, r"contexts is 0"),
        ({"generator": 0}, r"generator is 0"),
    ],
)
def test_what_does_not_fit_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Learner(3, 4, **({"generator": Generator()} | given))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("cues", "context", "said"),
    [
        (torch.ones(2, 6, 3), CONTEXT, r"cues is Tensor \[2, 6, 3\] .*a last axis \(cues\) of 1; .*cues=3"),
        (CUES[..., 0], CONTEXT, r"cues is .*expected shape \[batch, time, cues\]; add the axis missing"),
        (CUES, torch.ones(2, 5), r"context is Tensor \[2, 5\] .*a last axis \(contexts\) of 2; .*contexts=5"),
        (CUES, torch.ones(2), r"context is .*expected shape \[batch, contexts\]"),
        (CUES.double(), CONTEXT, r"dtype of cues is 'torch.float64'; expected torch.float32"),
    ],
)
def test_cues_and_contexts_of_another_width(cues: Tensor, context: Tensor, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        _made()(PAIRS, cues, context)


def test_cues_and_contexts_may_be_lists_and_whole_numbers() -> None:
    made = _made()
    torch.testing.assert_close(made.gated([[[1], [0]]]), made.gated(torch.tensor([[[1.0], [0.0]]])))  # pyright: ignore
    torch.testing.assert_close(made.begin([[1, 0]]).memory, made.begin(torch.tensor([[1.0, 0.0]])).memory)  # pyright: ignore


def test_a_switch_that_is_none_moves_no_other() -> None:
    made = _made()
    made.free("rates")
    with pytest.raises(ValueError, match=r"names is 'gate'; .*did you mean 'gates'"):
        made.free("start", "gate")
    assert [name for name, one in made.named_parameters() if one.requires_grad] == ["rates"]
