"""The continuum with sleep: at a week's end the slow weights are taught what the levels hold, and these begin anew."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import torch
from torch import Generator, Tensor

from nlviz.agents.architect.arms import Clocks, Continuum, Paid
from nlviz.agents.architect.pages import Strips, keys_of
from nlviz.experiments.sleep import Night, as_said, pieces_of, taught
from nlviz.outer.models.byte_model import ByteModel
from nlviz.streams.code import code

__all__ = ["Asleep"]

NIGHT = Night(updates=20, batch=8, old=0.5, rate=1e-3)
"""How a week's end goes, as in the lab of sleep."""
_OLD = ("asyncio", "importlib", "unittest", "xml")
_PIECES, _FROM = 48, 12_000


class Asleep(Continuum):
    """Day and week as in Continuum; in place of a level for months the slow weights, which a night teaches.

    At a week's end the teacher is the reader as it stands. Taught are pieces of the week's text as it says them, and as
    many old ones as the slow weights say them: of the weeks before, and of what they were trained on. Then the levels
    are cleared (`experiments.sleep`). seed: of the pieces.
    """

    def __init__(self, head: Tensor, *, clocks: Clocks | None = None, seed: int = 0) -> None:
        super().__init__(head, clocks=clocks)
        self.model, self.chance = ByteModel.load(), Generator().manual_seed(seed)
        self.text, self.began = torch.zeros(0, dtype=torch.uint8), 0

    def day(self, pages: Strips) -> Paid:
        # a night follows the day that ends the week: what the day was is text by then
        self.text = torch.cat([self.text, pages.given.to(torch.uint8)])
        return super().day(self._mine(pages))

    def costs(self, strips: Strips) -> Tensor:
        return super().costs(self._mine(strips))

    def _mine(self, strips: Strips) -> Strips:
        """The same text by its own slow weights, which are no longer those of the others."""
        return strips._replace(keys=keys_of(self.model, strips.text))

    def _week_ends(self) -> None:
        week, before = pieces_of(self.text[self.began :]), pieces_of(self.text[: self.began])
        old = torch.cat([self._some(_known()), self._some(before)])
        today = as_said(self.model, self._some(week), self.start + self.week)
        for _ in taught(self.model, today, as_said(self.model, old), NIGHT, generator=self.chance):
            pass
        self.model.requires_grad_(False)
        self.start, self.began = self.model.head_weights().detach(), len(self.text)
        self.week.zero_()

    def _some(self, pieces: Tensor) -> Tensor:
        return pieces[torch.randperm(len(pieces), generator=self.chance)[:_PIECES]]

    @property
    def held(self) -> int:
        # the text it may be taught again, too; in place of a level for months slow weights that are its own
        return super().held + len(self.text)

    def kept(self) -> dict[str, Tensor]:
        slow = {f"slow {name}": one for name, one in self.model.state_dict().items()}
        return (
            super().kept()
            | slow
            | {"text": self.text, "began": torch.tensor(self.began), "chance": self.chance.get_state()}
        )

    def resumed(self, kept: Mapping[str, Tensor]) -> None:
        super().resumed(kept)
        self.model.load_state_dict({name[5:]: one for name, one in kept.items() if name.startswith("slow ")})
        self.start, self.text = self.model.head_weights().detach(), kept["text"].clone()
        self.began = int(kept["began"])
        self.chance.set_state(kept["chance"])


@cache
def _known() -> Tensor:
    """Pieces of what the slow weights were trained on."""
    return torch.cat([pieces_of(torch.tensor(code(one, limit=_FROM).bytes)) for one in _OLD])
