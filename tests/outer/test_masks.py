"""What each token may attend to: counted by hand, and held against what attention does, by gradient."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Generator, Tensor, nn

from nlviz.memory import Titans
from nlviz.outer import LMM, MAC, MAG, MAL, Attention

WIDTH, TIME, WINDOW, PERSISTENT = 8, 13, 5, 3


def chance() -> Generator:
    return Generator().manual_seed(0)


def layers() -> dict[str, Any]:
    options = {"heads": 2, "persistent": PERSISTENT, "generator": chance()}
    return {
        "full": Attention(WIDTH, 2, generator=chance()).double(),
        "windowed": Attention(WIDTH, 2, window=WINDOW, generator=chance()).double(),
        "LMM": LMM(WIDTH, Titans(WIDTH, WIDTH), generator=chance()).double(),
        "MAC": MAC(WIDTH, Titans(WIDTH, WIDTH), segment=WINDOW, **options).double(),
        "MAG": MAG(WIDTH, Titans(WIDTH, WIDTH), window=WINDOW, **options).double(),
        "MAL": MAL(WIDTH, Titans(WIDTH, WIDTH), window=WINDOW, **options).double(),
    }


def counted(name: str, t: int) -> int:
    """How many vectors token t (from 0) may attend to."""
    return {
        "full": t + 1,
        "windowed": min(t + 1, WINDOW),
        "LMM": 0,
        "MAC": PERSISTENT + 2 * (t % WINDOW + 1),
        "MAG": PERSISTENT + min(t + 1, WINDOW),
        "MAL": min(PERSISTENT + t + 1, WINDOW),
    }[name]


@pytest.mark.parametrize("name", layers())
def test_the_counts_are_those_of_the_wiring(name: str) -> None:
    mask = layers()[name].mask(TIME)
    assert mask.seen.sum(1).tolist() == [counted(name, t) for t in range(TIME)]
    assert mask.seen.shape == (TIME, len(mask.columns))


@pytest.mark.parametrize("name", layers())
def test_no_mask_shows_a_later_token(name: str) -> None:
    seen, columns = layers()[name].mask(TIME)
    for column, rows in zip(columns, seen.mT, strict=True):
        place = int(column[1:]) - 1
        assert rows.all() or column[0] != "p" or name == "MAL"
        assert column[0] == "p" or not rows[:place].any(), column
        # every token sees itself, and in MAC what the memory says of it
        assert column[0] == "p" or rows[place], column


def test_persistent_vectors_stay_in_view_in_mag_and_slide_out_in_mal() -> None:
    made = layers()
    assert made["MAG"].mask(TIME).seen[:, :PERSISTENT].all()
    assert made["MAL"].mask(TIME).seen[:, :PERSISTENT].sum(0).tolist() == [2, 3, 4]


def test_a_picture_can_be_drawn_from_it() -> None:
    mask = layers()["MAC"].mask(3)
    assert mask.columns == ("p1", "p2", "p3", "h1", "h2", "h3", "x1", "x2", "x3")
    drawn = ["".join(".#"[seen] for seen in row) for row in mask.seen.tolist()]
    assert drawn == ["####..#..", "#####.##.", "#########"]


class Spied(nn.Module):
    """Attention whose inputs are kept as leaves of their own: what reaches y from them is what it attended to."""

    def __init__(self, attention: Attention) -> None:
        super().__init__()
        self.attention, self.calls = attention, []

    def begin(self, x: Tensor) -> Any:
        return self.attention.begin(x)

    def forward(self, x: Tensor, state: Any = None, **others: Tensor) -> Any:
        given = {name: one.detach().requires_grad_() for name, one in {"x": x, **others}.items()}
        y, state = self.attention(given["x"], state, **{name: given[name] for name in others})
        self.calls.append((given, y))
        return y.detach(), state


@pytest.mark.parametrize("name", ["full", "windowed", "MAC", "MAG", "MAL"])
def test_the_mask_is_what_attention_does(name: str) -> None:
    """Entry by entry: a vector is in the mask of a token if and only if a gradient goes from its output to it."""
    made: Any = layers()[name]
    x = torch.randn(1, TIME, WIDTH, generator=chance(), dtype=torch.float64)
    spied = Spied(made if isinstance(made, Attention) else made.attention)
    if isinstance(made, Attention):
        spied(x)
    else:
        made.attention = spied
        made(x)
        made.attention = spied.attention
    found, kinds = {}, {"prefix": "p", "beside": "h", "x": "y" if name == "MAL" else "x"}
    row, outputs = 0, []
    for given, y in spied.calls:
        for t in range(y.shape[1]):
            gradients = torch.autograd.grad(y[0, t].square().sum(), list(given.values()), retain_graph=True)
            for kind, gradient in zip(given, gradients, strict=True):
                for place in (gradient[0].abs().sum(-1) > 0).nonzero()[:, 0].tolist():
                    # MAC calls once for each segment
                    found[row, kinds[kind], place if kind == "prefix" else place + len(outputs)] = True
            row += 1
        outputs += [None] * y.shape[1]
    offset = PERSISTENT if name == "MAL" else 0
    seen, columns = made.mask(TIME)
    expected = set()
    for t, column in seen.nonzero().tolist():
        label, place = columns[column][0], int(columns[column][1:]) - 1
        if name == "MAL":
            # to attention there, persistent vectors are the first outputs of the memory
            label, place = "y", place + (offset if label == "y" else 0)
        expected.add((t + offset, label, place))
    assert {one for one in found if one[0] >= offset} == expected


def test_a_prefix_stands_nowhere() -> None:
    """Its scores know no distance: a text whose tokens are all alike is answered alike from its window on."""
    attention = layers()["windowed"]
    token, prefix = torch.randn(2, 1, WIDTH, generator=chance(), dtype=torch.float64).split(1)
    y, _ = attention(token.expand(1, TIME, -1), prefix=prefix)
    torch.testing.assert_close(y[:, WINDOW - 1 :], y[:, WINDOW - 1 : WINDOW].expand(1, TIME - WINDOW + 1, -1))
    assert not torch.allclose(y, attention(token.expand(1, TIME, -1))[0])
