"""How the shipped ByteModel is made, and how well it reads what it never saw."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from nlviz.door.words import seed as seed_at
from nlviz.outer.models import byte_model
from nlviz.outer.models.byte_model import ByteModel
from nlviz.outer.tasks.source_code import held_out_texts, training_text
from nlviz.outer.training.shipping import follow, kept, noted, training, warm_then_cosine
from nlviz.outer.training.update import update

__all__ = ["held_out_bits", "train_reader"]


@torch.no_grad()
def held_out_bits(model: ByteModel) -> float:
    """Bits per byte of the frozen model on the first 40,000 bytes of every held-out package, as this Python has it."""
    texts = [torch.tensor(text) for text in held_out_texts()]
    # beside each other, which costs as much as one of them alone; no key sees what comes after its byte
    every = model.keys(pad_sequence(texts, batch_first=True))
    head = model.head_weights().mT
    losses = [
        F.cross_entropy(keys[: len(text)] @ head, text.long(), reduction="none")
        for keys, text in zip(every, texts, strict=True)
    ]
    return float(torch.cat(losses).mean()) / math.log(2)


def train_reader(
    out: str | Path = byte_model.SHIPPED, *, steps: int = 4500, seed: int = 0, threads: int = 2
) -> dict[str, str]:
    """Train a ByteModel on the standard library, save it at `out`, and return the note saved with it.

    It sees every package of the running interpreter's standard library but tests and those NOT_TRAINED_ON.
    Raises ValueError, before any work, for an `out` that cannot be written. What stands there is replaced at the end.
    """
    with kept(out) as beside:
        return _trained(beside, steps, seed, threads)


def _trained(out: Path, steps: int, seed: int, threads: int) -> dict[str, str]:
    seed = seed_at("seed", seed)
    with training(steps, threads, shipped=4500) as bar:
        text = torch.tensor(training_text())
        model = ByteModel(generator=torch.Generator().manual_seed(seed))
        follow(bar, _train(model, text, steps), "bits per byte")
    read = f"{len(text)} bytes: the standard library without tests and without what is named below"
    note = noted("train-reader", read, steps=steps, seed=seed, threads=threads)
    # measured on what is saved, so rounded to float16
    model.save(out, note)
    note["held_out_bits_per_byte"] = f"{held_out_bits(ByteModel.load(out)):.4f}"
    model.save(out, note)
    return note


def _train(model: ByteModel, text: Tensor, steps: int, batch: int = 32, window: int = 64) -> Iterator[float]:
    """Truncated back-propagation: `batch` readers, evenly spread over the text, walk on with their state carried along.

    Batch and window are small on purpose: on two cores a byte costs the same in any, and more updates learn more.
    """
    optimizer = torch.optim.AdamW(model.parameters(), lr=8e-3, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: warm_then_cosine(step / steps, 100))
    starts, ahead, state = torch.linspace(0, len(text) - 1, batch).long()[:, None], torch.arange(window), None
    for step in range(steps):
        given = text[(starts + step * window + ahead) % len(text)]
        keys, state = model(given, state)
        state = state._replace(hidden=state.hidden.detach())
        loss = F.cross_entropy((keys @ model.head_weights().mT).flatten(0, 1), given.flatten().long())
        update(optimizer, loss, step + 1, clip=1.0)
        schedule.step()
        yield loss.item() / math.log(2)
