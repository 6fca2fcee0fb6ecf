"""Reading as a function of bytes: the numbers of `read`, several texts at once; and it does not leak."""

# What a type checker would refuse is given on purpose.
# pyright: reportArgumentType=false
from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from nlviz import experiments, measure, outer
from nlviz.memory import Continuum, DeepMemory, Level, SurpriseGate, bits

TEXTS = (
    b"def read(self):\n    return self.text\n\nimport email\n",
    b"class Parser:\n    text = 1\n    text = 2; text = 3\n\n\n",
)
ROWS = torch.tensor(np.stack([np.frombuffer(text[:48], np.uint8) for text in TEXTS]))
MODEL = outer.ByteModel.load()
WAYS: dict[str, dict[str, Any]] = {
    "frozen": {"inner_lr": 0.0},
    "one rate": {"period": 8},
    "gated": {"period": 8, "threshold": 3.0},
    "momentum": {"period": 8, "inner_lr": 0.1, "momentum": 0.9, "forget": 0.01},
}


def levels(head: DeepMemory) -> Continuum:
    return Continuum([Level(head, period=period, mean=False) for period in (8, 24)], "nested")


@pytest.mark.parametrize("way", WAYS)
def test_every_row_has_the_bits_of_reading_it_alone(way: str) -> None:
    found = experiments.reader_of(MODEL, **WAYS[way])(ROWS)
    alone = [experiments.read(MODEL, row.numpy(), **WAYS[way]).trace["bits"].values[:, 0] for row in ROWS]
    np.testing.assert_allclose(found, np.stack(alone), atol=1e-4)


def test_a_memory_of_your_own_is_read_with() -> None:
    gate = experiments.reader_of(MODEL, period=8, threshold=3.0)(ROWS)
    given = experiments.reader_of(MODEL, period=8, memory=lambda head: SurpriseGate(head, 3.0, metric=bits))(ROWS)
    torch.testing.assert_close(given, gate)
    one = experiments.reader_of(MODEL, period=8, memory=lambda head: Continuum([Level(head, 8, mean=False)]))(ROWS)
    torch.testing.assert_close(one, experiments.reader_of(MODEL, period=8)(ROWS), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("way", [*WAYS, "levels"])
def test_the_audit_clears_it(way: str) -> None:
    reader = experiments.reader_of(MODEL, **(WAYS | {"levels": {"period": 8, "memory": levels}})[way])
    found = measure.audit(reader, TEXTS[0][:30], positions=[3, 11, 20, 29], sums=[9])
    assert found.clean, str(found)


def test_the_audit_clears_read_itself() -> None:
    def reader(text: Tensor) -> np.ndarray:
        every = [experiments.read(MODEL, row.numpy(), **WAYS["gated"]).trace["bits"].values for row in text]
        return np.stack(every)[..., 0]

    assert measure.audit(reader, TEXTS[0][:14], positions=[3, 7, 13], sums=[5]).clean


@pytest.mark.parametrize("period", [1, 8])
@torch.no_grad()
def test_writing_before_the_score_is_found(period: int) -> None:
    """The same reader, which asks the memory after the chunk is written: a score that looks far better."""
    from nlviz.inner import unroll
    from nlviz.memory import Gates, Pairs

    def cheats(text: Tensor) -> Tensor:
        keys, memory = MODEL.keys(text), MODEL.memory()
        pairs = Pairs(keys, torch.nn.functional.one_hot(text.long(), 256).to(keys.dtype))
        state, found = memory.init(len(text), keys), []
        for start in range(0, text.shape[1], period):
            some = Pairs(*(part[:, start : start + period] for part in pairs))
            state = unroll(memory, some, Gates.constant(some, 1.0), state=state, period=period).state
            state = getattr(state, "state", state)
            logits = memory.read(state, some.keys)
            found.append(-logits.log_softmax(-1).gather(-1, text[:, start : start + period, None].long())[..., 0])
        return torch.cat(found, 1) / np.log(2)

    found = measure.audit(cheats, TEXTS[0][:24], positions=[11, 18, 23], sums=[9])
    assert "score after write" in found.leaks
    assert float(cheats(ROWS).mean()) < float(experiments.reader_of(MODEL, period=8)(ROWS).mean()) - 0.4


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"memory": lambda head: head, "threshold": 3.0}, "both a memory and a gate"),
        ({"memory": lambda head: 3}, "what memory gave is 3"),
        ({"memory": 3}, "memory is 3; expected a function of the head"),
        ({"period": 0}, "period is 0"),
        ({"model": 3}, "expected a model of bytes"),
    ],
)
def test_bad_input_is_refused(how: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        experiments.reader_of(**({"model": MODEL} | how))


@pytest.mark.parametrize("text", [torch.tensor(one) for one in ([[256]], [[-1]], [[0.5]], [1])])
def test_a_text_that_is_none_is_refused(text: Tensor) -> None:
    with pytest.raises(ValueError, match="text is"):
        experiments.reader_of(MODEL)(text)
