"""Norms over all weights of a state, whatever nest they come in; the memory behind its gates."""

from __future__ import annotations

import torch
from torch import Tensor

from nlviz.memory import Adam, Delta, SurpriseGate
from nlviz.memory.rules import AdamState
from nlviz.memory.state import as_weights, carried_norm, frobenius, parts, ungated

MATRICES = torch.tensor([[[3.0, 0.0], [0.0, 4.0]], [[0.0, 0.0], [12.0, 0.0]]])
ROWS = torch.tensor([[12.0], [5.0]])


def test_a_norm_is_over_all_weights_of_a_stream() -> None:
    assert frobenius(MATRICES).tolist() == [5, 12]
    assert frobenius((MATRICES, ROWS)).tolist() == [13, 13]
    # one number for each stream is a weight too
    assert frobenius(torch.tensor([-2.0, 3.0])).tolist() == [2, 3]


def test_a_norm_of_what_changed() -> None:
    assert frobenius(MATRICES, less=MATRICES / 2).tolist() == [2.5, 6]
    assert frobenius((MATRICES, ROWS), less=(MATRICES, 2 * ROWS)).tolist() == [12, 5]


def test_what_is_carried_counts_once_for_each_matrix() -> None:
    """The first part of what a rule keeps; over all matrices of a net."""

    def kept(first: Tensor) -> AdamState:
        return AdamState(first, 100 * first.square(), torch.ones(2))

    assert carried_norm(MATRICES).tolist() == [5, 12]
    assert carried_norm(kept(MATRICES)).tolist() == [5, 12]
    assert carried_norm((MATRICES, ROWS)).tolist() == [13, 13]
    assert carried_norm((kept(MATRICES), kept(ROWS))).tolist() == [13, 13]
    assert carried_norm(Adam().init(MATRICES)).tolist() == [0, 0]


def test_one_matrix_stands_for_itself() -> None:
    assert parts(ROWS)[0] is ROWS
    assert parts([ROWS, MATRICES]) == (ROWS, MATRICES)
    assert as_weights((ROWS,)) is ROWS
    assert as_weights((ROWS, MATRICES)) == (ROWS, MATRICES)


def test_behind_every_gate() -> None:
    memory = Delta(2, 2)
    gate = SurpriseGate(SurpriseGate(memory, 1.0), 2.0)
    state = gate.init(2)
    assert ungated(memory, MATRICES) == (memory, MATRICES)
    assert ungated(gate, state)[0] is memory
    assert ungated(gate, state)[1] is state.inner.inner
    # a state that is not gated is its own
    assert ungated(gate, None) == (memory, None)
