"""Reading with fast weights: against a loop written out in NumPy, and against itself in pieces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from nlviz.experiments import known, read, reading_pieces
from nlviz.experiments.reading import PIECE
from nlviz.inner import probes
from nlviz.memory import SurpriseGate
from nlviz.outer import Attention, ByteModel, TokenModel
from nlviz.streams import code
from nlviz.trace import Trace

RNG = np.random.default_rng(0)
TEXT = RNG.integers(97, 105, 250, dtype=np.uint8)


def small() -> ByteModel:
    return ByteModel(d_key=16, d_embed=6, generator=torch.Generator().manual_seed(3)).double()


def by_hand(
    model: ByteModel, text: np.ndarray, lr: float, period: int, threshold: float, momentum: float, forget: float
) -> tuple[list[float], list[bool], np.ndarray]:
    """The equations of `read`, one byte after the other: bits, which bytes were written, and the weights at the end."""
    keys = model.keys(torch.tensor(text)[None])[0].detach().numpy()
    start = model.head_weights().detach().numpy()
    W, S, bits, written = start.copy(), np.zeros_like(start), [], []
    for first in range(0, len(text), period):
        old = W.copy()
        for t in range(first, min(first + period, len(text))):
            p = np.exp(old @ keys[t] - np.logaddexp.reduce(old @ keys[t]))
            bits.append(-np.log2(p[text[t]]))
            if first + period > len(text):
                continue
            written.append(bool(bits[-1] > threshold))
            p[text[t]] -= 1
            S = momentum * S - lr * written[-1] * np.outer(p, keys[t])
            W = start + (1 - forget) * (W - start) + S
    return bits, written, W


@pytest.mark.parametrize("period", [1, 7, 16, 250, 300])
@pytest.mark.parametrize(("threshold", "momentum", "forget"), [(None, 0.0, 0.0), (3.0, 0.0, 0.0), (2.0, 0.5, 0.02)])
def test_reading_is_the_loop_its_docstring_spells_out(
    period: int, threshold: float | None, momentum: float, forget: float
) -> None:
    model = small()
    state, trace = read(model, TEXT, inner_lr=0.7, period=period, threshold=threshold, momentum=momentum, forget=forget)
    least = -1.0 if threshold is None else threshold
    bits, written, weights = by_hand(model, TEXT, 0.7, period, least, momentum, forget)
    np.testing.assert_allclose(trace["bits"].values[:, 0], bits, rtol=0, atol=1e-9)
    assert trace["written"].values[:, 0].tolist() == written
    fast = state.memory.state if len(TEXT) % period else state.memory
    np.testing.assert_allclose(fast.memory[0].numpy(), weights, rtol=0, atol=1e-9)
    if threshold is not None and 1 < period < 250:
        assert 0 < sum(written) < len(written)


def test_the_frozen_model_is_inner_lr_zero() -> None:
    model = small()
    state, trace = read(model, TEXT, inner_lr=0.0, period=10)
    np.testing.assert_allclose(trace["bits"].values, trace["frozen_bits"].values, rtol=0, atol=1e-12)
    assert torch.equal(state.memory.memory[0], model.head_weights())
    assert not trace["written"].values.any()
    assert not trace["drift_norm"].values.any()
    keys = model.keys(torch.tensor(TEXT)[None])[0]
    chance = (keys @ model.head_weights().mT).log_softmax(-1).gather(1, torch.tensor(TEXT).long()[:, None])
    np.testing.assert_allclose(trace["frozen_bits"].values, -chance.detach().numpy() / np.log(2), atol=1e-12)


def test_a_byte_is_predicted_before_it_is_written() -> None:
    model, changed = small(), TEXT.copy()
    changed[100] = 200
    before, after = (read(model, text, period=1).trace["bits"].values[:, 0] for text in (TEXT, changed))
    assert np.array_equal(before[:100], after[:100])
    assert np.all(before[101:] != after[101:])


@pytest.mark.parametrize("cut", [1, 16, 100, 249])
def test_a_reading_may_be_broken_off_and_continued(cut: int) -> None:
    model = small()
    whole = read(model, TEXT, threshold=3.0, momentum=0.3, forget=0.01)
    first = read(model, TEXT[:cut], threshold=3.0, momentum=0.3, forget=0.01)
    second = read(model, TEXT[cut:], threshold=3.0, momentum=0.3, forget=0.01, state=first.state)
    bits = np.concatenate([first.trace["bits"].values, second.trace["bits"].values])
    np.testing.assert_allclose(bits, whole.trace["bits"].values, rtol=0, atol=1e-9)
    for name in ("written", "surprise", "drift_norm"):
        parts, all_at_once = [first.trace[name], second.trace[name]], whole.trace[name]
        np.testing.assert_allclose(np.concatenate([part.values for part in parts]), all_at_once.values, atol=1e-9)
        times = np.concatenate([parts[0].times, parts[1].times + cut])
        assert np.array_equal(times, all_at_once.times)


def test_a_long_text_is_read_in_pieces_that_do_not_show() -> None:
    model, text = small(), RNG.integers(97, 105, PIECE + 1_000, dtype=np.uint8)
    asked = [probes.memory_norm.sampled(7), known(model, TEXT, every=5)]
    trace = read(model, text, period=16, probes=asked).trace
    assert np.array_equal(trace["bits"].times, np.arange(len(text)))
    assert np.array_equal(trace["memory_norm"].times, np.arange(7 * 16 - 1, len(text), 7 * 16))
    assert np.array_equal(trace["known"].times, np.arange(5 * 16 - 1, len(text), 5 * 16))
    bits, _, _ = by_hand(model, text, 1.0, 16, -1.0, 0.0, 0.0)
    np.testing.assert_allclose(trace["bits"].values[:, 0], bits, rtol=0, atol=1e-7)


def test_known_is_what_the_fast_weights_of_that_moment_say_of_the_text() -> None:
    model = small()
    probe = known(model, TEXT[:60], every=3)
    state, trace = read(model, TEXT[:96], period=16, probes=[probe])
    keys = model.keys(torch.tensor(TEXT[:60])[None])[0]
    logits = keys @ state.memory.memory[0].mT
    bits = -logits.log_softmax(-1).gather(1, torch.tensor(TEXT[:60]).long()[:, None]).detach().numpy() / np.log(2)
    assert trace["known"].times.tolist() == [47, 95]
    assert trace["known"].values[-1, 0] == pytest.approx(bits.mean(), abs=1e-9)
    # the text is part of what is read, so reading must make it better known than the frozen model knows it
    assert trace["known"].values[-1, 0] < trace["frozen_bits"].values[:60].mean()


def test_a_rate_per_byte_writes_the_bytes_it_names() -> None:
    model, rates = small(), np.where(np.arange(len(TEXT)) % 3 == 0, 0.8, 0.0).astype(np.float32)
    trace = read(model, TEXT, inner_lr=rates, period=5).trace
    assert np.array_equal(trace["written"].values[:, 0], rates > 0)
    half = read(model, TEXT[:125], inner_lr=rates[:125], period=5)
    rest = read(model, TEXT[125:], inner_lr=rates[125:], period=5, state=half.state)
    np.testing.assert_allclose(rest.trace["bits"].values, trace["bits"].values[125:], atol=1e-9)


def test_tokens_come_along_and_the_trace_can_be_saved(tmp_path: Path) -> None:
    source = code("json", limit=400)
    trace = read(small(), source).trace
    assert trace.tokens == source.tokens
    path = tmp_path / "reading.npz"
    trace.save(path)
    assert np.array_equal(Trace.load(path)["bits"].values, trace["bits"].values)
    assert np.array_equal(read(small(), source.bytes.tobytes()).trace["bits"].values, trace["bits"].values)


def test_an_empty_text_is_a_reading_of_no_rows_and_reading_goes_on_from_it() -> None:
    model = small().double()
    state, trace = read(model, b"", period=4, threshold=3.0)
    whole = read(model, TEXT, period=4, threshold=3.0)
    assert trace.keys() == whole.trace.keys()
    assert all(len(signal.values) == len(signal.times) == 0 for signal in trace.values())
    assert all(trace[name].values.shape[1:] == whole.trace[name].values.shape[1:] for name in trace)
    after = read(model, TEXT, period=4, threshold=3.0, state=state)
    between = read(model, b"", period=4, threshold=3.0, state=read(model, TEXT[:7], period=4, threshold=3.0).state)
    rest = read(model, TEXT[7:], period=4, threshold=3.0, state=between.state)
    for other in (after, rest):
        kept = len(other.trace["bits"].values)
        np.testing.assert_allclose(other.trace["bits"].values, whole.trace["bits"].values[-kept:], rtol=1e-10)


def test_what_cannot_be_read_is_refused() -> None:
    model = small()
    with pytest.raises(ValueError, match="of float64; expected bytes"):
        read(model, np.zeros(5))
    with pytest.raises(ValueError, match="inner_lr has 3 values for 250 bytes"):
        read(model, TEXT, inner_lr=np.ones(3))
    with pytest.raises(ValueError, match="period is 0"):
        read(model, TEXT, period=0)


def test_piece_by_piece_is_the_whole_to_the_bit_and_each_piece_is_a_beginning_of_it() -> None:
    model, source = small(), code("json", limit=3 * PIECE + 100)
    whole = read(model, source, threshold=3.0).trace
    pieces = [(piece, piece.so_far().trace) for piece in reading_pieces(model, source, threshold=3.0)]
    assert len(pieces) == 4
    for piece, trace in pieces:
        assert (len(trace["bytes"].values), piece.total) == (piece.done, len(source.bytes))
        for name, signal in trace.items():
            assert np.array_equal(signal.values, whole[name].values[: len(signal.values)]), name
            assert np.array_equal(signal.times, whole[name].times[: len(signal.times)]), name
        assert trace.tokens == whole.tokens[: len(trace.tokens)]
    last, trace = pieces[-1]
    assert (trace.keys(), trace.tokens, last.done) == (whole.keys(), whole.tokens, last.total)


def test_where_every_byte_is_a_write_a_piece_is_short_and_probes_count_on() -> None:
    model, source = small(), code("json", limit=PIECE)
    assert [piece.done for piece in reading_pieces(model, source, period=1)] == list(range(64, PIECE + 1, 64))
    asked = [probes.memory_norm.sampled(100)]
    assert [piece.done for piece in reading_pieces(model, source, period=1, probes=asked)] == [
        100,
        200,
        300,
        400,
        500,
        512,
    ]
    assert len(list(reading_pieces(model, source, period=16))) == 1


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_a_model_in_low_precision_reads_too(dtype: torch.dtype) -> None:
    low = read(small().to(dtype), TEXT[:40], threshold=1.0).trace
    full = read(small(), TEXT[:40], threshold=1.0).trace
    assert np.abs(low["frozen_bits"].values - full["frozen_bits"].values).max() < 0.2


def test_any_model_of_bytes_is_read_and_no_other() -> None:
    model = TokenModel([Attention(8, 2)], 8, generator=torch.Generator().manual_seed(0))
    trace = read(model, TEXT[:40], inner_lr=0.0, probes=[known(model, b"ab")]).trace  # pyright: ignore[reportArgumentType]
    assert (trace["bits"].values == trace["frozen_bits"].values).all()
    with pytest.raises(ValueError, match="vocabulary is 64; expected 256"):
        read(TokenModel([Attention(8, 2)], 8, vocabulary=64), TEXT)  # pyright: ignore[reportArgumentType]


def test_one_probe_is_taken_and_a_class_is_no_gate() -> None:
    assert "weights" in read(small(), TEXT[:40], probes=probes.weights()).trace  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="expected a function of the head"):
        read(small(), TEXT[:40], gate=SurpriseGate)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ValueError, match="expected True or False for each byte"):
        known(small(), b"ab", counted=np.array([1.0, np.nan]))


@pytest.mark.parametrize("rows", [4, 64, 1000])
def test_thinned_its_rows_are_means_of_those_of_the_whole(rows: int) -> None:
    whole, thin = read(small(), TEXT, period=7), read(small(), TEXT, period=7, rows=rows)
    torch.testing.assert_close(thin.state.memory, whole.state.memory, rtol=0, atol=0)
    assert "bytes" not in thin.trace
    for name, signal in thin.trace.items():
        rest, every = signal.values, whole.trace[name].values
        block = next(2**power for power in range(20) if len(every) // 2**power < rows)
        expected = [every[first : first + block].mean(0) for first in range(0, len(every), block)]
        np.testing.assert_allclose(rest, expected, rtol=1e-12)
        assert signal.times[-1] == whole.trace[name].times[-1]
