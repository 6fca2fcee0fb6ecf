"""The surprise lab: every knob does what it says, one's own gate drives it, what goes wrong is said in words."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from showing import shown
from torch import Tensor

from nlviz import experiments, labs, outer, streams
from nlviz.labs import scoring
from nlviz.labs.surprise import _Rereader
from nlviz.trace import Trace
from nlviz.widgets import Lab

SOURCE = streams.code("email", limit=1_500)


@pytest.fixture(scope="module")
def lab() -> Lab:
    return labs.surprise(SOURCE)


def _mean(lab: Lab, name: str) -> float:
    assert isinstance(lab.trace, Trace)
    return float(lab.trace[name].values.mean())


def _set(lab: Lab, **knobs: float | str) -> None:
    start = {
        "threshold": 0.0,
        "noise": 0.0,
        "inner_lr": 1.0,
        "period": 16,
        "metric": lab.form["controls"][1]["options"][0],
    }
    lab.set(**{name: value for name, value in (start | knobs).items() if name in lab.knobs})


def test_without_a_threshold_every_byte_is_written(lab: Lab):
    _set(lab)
    assert _mean(lab, "written") == pytest.approx(1_488 / 1_500), "the last 12 wait for their chunk to fill"
    assert lab.summary.startswith("1,488 of 1,500 bytes written (99%) · ")


def test_the_higher_the_threshold_the_fewer_the_writes(lab: Lab):
    shares = []
    for threshold in (0.0, 1.0, 3.0, 8.0):
        _set(lab, threshold=threshold)
        shares.append(_mean(lab, "written"))
    assert shares == sorted(shares, reverse=True)
    assert shares[0] > shares[1] > shares[2] > shares[3]


def test_the_threshold_is_in_the_unit_of_the_chosen_surprise(lab: Lab):
    _set(lab, threshold=1.5)
    in_bits = _mean(lab, "written")
    _set(lab, threshold=1.5, metric="gradient ‖∇ℓ‖")
    assert 0 < in_bits < 1
    assert _mean(lab, "written") == 0, "‖softmax − onehot‖ never exceeds √2"


@pytest.mark.parametrize(
    ("metric", "signal", "unit", "threshold"),
    [(0, "bits", "bits", 2.0), (1, "surprise", "‖∇ℓ‖", 0.7), (2, "entropy", "bits", 2.0)],
)
def test_the_colours_show_what_the_gate_looks_at(lab: Lab, metric: int, signal: str, unit: str, threshold: float):
    _set(lab, threshold=threshold, metric=lab.form["controls"][1]["options"][metric])
    assert lab.trace is not None
    assert lab.figure is not None
    assert lab.trace["threshold"].unit == unit
    times = lab.trace[signal].times[: 1_500 - 1_500 % 16]
    written = lab.trace["written"].values[times, 0] > 0
    np.testing.assert_array_equal(written, lab.trace[signal].values[: len(times), 0] > threshold)
    key = lab.figure.to_plotly_json()["layout"]["coloraxis"]["colorbar"]["title"]["text"]
    assert unit in key


def test_without_learning_the_reader_is_the_frozen_model(lab: Lab):
    _set(lab, inner_lr=0.0)
    assert lab.trace is not None
    np.testing.assert_allclose(lab.trace["bits"].values, lab.trace["frozen_bits"].values, atol=1e-5)


@pytest.mark.parametrize("period", [1, 4, 64])
def test_a_period_of_any_length_reads_every_byte(lab: Lab, period: int):
    _set(lab, period=period)
    assert lab.trace is not None
    assert lab.trace["bits"].values.shape == (1_500, 1)
    assert _mean(lab, "bits") < _mean(lab, "frozen_bits")
    assert lab.problem is None


def test_noise_is_named_and_counts_in_no_mean(lab: Lab):
    _set(lab, noise=0.5, threshold=2.0)
    assert lab.trace is not None
    noise = lab.trace["noise"].values[:, 0] == 1
    assert 0.2 < noise.mean() < 0.8
    code = lab.trace["bits"].values[~noise].mean()
    assert f"{code:.2f} bits per byte of code" in lab.summary
    assert f"it needs {code:.2f} bits per byte of code" in repr(lab)
    assert "of the writes were noise" in lab.summary


def test_the_same_knobs_give_the_same_trace_whatever_was_turned_before(lab: Lab):
    _set(lab, noise=0.3, threshold=1.0)
    assert lab.trace is not None
    first = lab.trace["bits"].values
    _set(lab, noise=0.6, inner_lr=2.0)
    _set(lab, noise=0.3, threshold=1.0)
    np.testing.assert_array_equal(lab.trace["bits"].values, first)


def test_presets_are_there_and_a_wrong_one_is_refused():
    assert set(labs.surprise(SOURCE, preset="noisy").presets) == {"clean", "gated", "noisy"}
    with pytest.raises(ValueError, match="no preset 'loud'; its presets are"):
        labs.surprise(SOURCE, preset="loud")


def test_a_gate_of_ones_own_that_is_a_threshold_gives_the_threshold():
    own, ours = labs.surprise(SOURCE, step=lambda bits: (bits > 2).float()), labs.surprise(SOURCE, preset="gated")
    assert own.trace is not None
    assert ours.trace is not None
    np.testing.assert_array_equal(own.trace["bits"].values, ours.trace["bits"].values)
    assert "threshold" not in own.knobs


def _raises(surprise: Tensor) -> Tensor:
    raise ZeroDivisionError("division by zero")


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (lambda surprise: None, "returned None, expected a tensor of shape"),
        (lambda surprise: surprise[:1], r"returned shape \[1\], expected \[16\]"),
        (lambda surprise: 5 + surprise, "a gate is between 0"),
        (lambda surprise: torch.full_like(surprise, torch.nan), "a gate is between 0"),
        (_raises, r"your step\(surprise\) raised ZeroDivisionError: division by zero"),
    ],
)
def test_a_gate_that_is_wrong_is_answered_in_words(step: object, words: str):
    lab = labs.surprise(SOURCE, step=step)  # pyright: ignore[reportArgumentType]
    assert isinstance(lab.problem, ValueError)
    with pytest.raises(ValueError, match=words):
        raise lab.problem
    assert lab.error


def test_any_folder_of_code_can_be_read(tmp_path):
    (tmp_path / "one.py").write_text("def double(x):\n    return 2 * x\n" * 20)
    lab = labs.surprise(streams.code(path=tmp_path))
    assert lab.problem is None
    assert _mean(lab, "bits") < _mean(lab, "frozen_bits")


def test_written_first_a_byte_is_scored_by_weights_that_know_it():
    first, later = (labs.surprise(SOURCE, about="order", preset=preset) for preset in ("clean", "write first"))
    before, after = shown(first), shown(later)
    np.testing.assert_array_equal(after["first_bits"].values, before["bits"].values)
    assert "first_bits" not in before, "scored first there is nothing to compare"
    changed = after["bits"].values[:1_488] < before["bits"].values[:1_488]
    assert changed.mean() > 0.8
    np.testing.assert_array_equal(after["bits"].values[1_488:], before["bits"].values[1_488:])
    means = [after[name].values.mean() for name in ("bits", "first_bits", "frozen_bits")]
    assert means == sorted(means)
    assert later.summary == "bits per byte of code: {:.2f} once written, {:.2f} scored first, {:.2f} frozen".format(
        *means
    )


def test_what_is_scored_once_written_is_the_loss_of_its_own_chunk_after_the_step():
    """One chunk of four bytes, its step taken by hand: softmax cross-entropy at W_0 − Σ (p − onehot) kᵀ."""
    model = outer.ByteModel.load()
    text = torch.tensor(list(b"def "), dtype=torch.uint8)[None]
    with torch.no_grad():
        keys, W = model.keys(text)[0], model.head_weights()
        target = torch.nn.functional.one_hot(text[0].long(), 256).float()
        W = W - ((keys @ W.mT).softmax(-1) - target).mT @ keys
        expected = -((keys @ W.mT).log_softmax(-1) * target).sum(-1) / np.log(2)
    found = experiments.read(model, b"def ", period=4, probes=[scoring.rescored]).trace["rescored"]
    np.testing.assert_allclose(found.values[:, 0], expected.numpy(), rtol=1e-4)


def test_random_letters_are_told_apart_from_code_and_beside_what_they_cost_at_least():
    lab = labs.surprise(SOURCE, about="order", preset="noisy")
    noise = shown(lab)["noise"].values[:, 0] == 1
    letters = np.unique(shown(lab)["bytes"].values[noise, 0])
    assert len(letters) <= round(2**scoring.LEAST) == 62
    costs = shown(lab)["bits"].values[:, 0]
    assert f"per random letter: {costs[noise].mean():.2f}, where nobody" in lab.summary
    assert lab.summary.endswith("less than 5.95")
    assert f"{costs[~noise].mean():.2f} once written" in lab.summary


def test_about_the_order_there_is_no_threshold_and_a_state_keeps_it():
    lab = labs.surprise(SOURCE, about="order", preset="write first")
    assert list(lab.knobs) == ["order", "noise", "inner_lr", "period"]
    assert "about=order" in lab.state()
    assert "about" not in labs.surprise(SOURCE).state()
    with pytest.raises(ValueError, match="about is 'speed'"):
        labs.surprise(SOURCE, about="speed")


def test_what_was_said_of_many_texts_is_forgotten_oldest_first():
    reader = _Rereader.load()
    texts = [torch.full((1, 128), byte) for byte in b"abc"]
    first, _, last = (reader(text)[0] for text in texts)
    reader.remembered = 2 * first.nbytes
    assert reader(texts[2])[0] is last
    again = reader(texts[0])[0]
    assert again is not first
    assert torch.equal(again, first)
    assert len(vars(reader)["said"]) == 2
