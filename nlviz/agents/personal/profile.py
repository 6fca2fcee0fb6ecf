"""A memory per user: told, asked, and made to forget with proof."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import torch
from torch import Tensor

from nlviz.agents.personal.entrance import vectors
from nlviz.door import tensors, words
from nlviz.inner import strike, unroll, unroll_blocks
from nlviz.memory import Delta, GatedDelta, Gates, Hebbian, LinearRule, Pairs, State, Titans

__all__ = ["RULES", "Profile", "Proof", "profile"]

RULES: dict[str, type[LinearRule]] = {rule.__name__: rule for rule in (Hebbian, Delta, GatedDelta, Titans)}
"""The rules a profile may have: those that a file can name by one word."""


class Proof(NamedTuple):
    """What a deletion did, measured.

    apart: the largest number by which the memory differs from that of a user who was never told, which is run apart,
    token by token. told, left: cosine of what is answered in each deleted context with what was said there, before and
    after, [deleted]. moved: by how much answers in the contexts that stay changed at most. unexplained: by how much at
    most that differs from what the algebra says: Σ share · (what was told − what was known of it).
    """

    apart: float
    told: Tensor
    left: Tensor
    moved: float
    unexplained: float


@dataclass(frozen=True, eq=False)
class Profile:
    """What one user said, and the memory it made; a value: `tell` and `forget` give a new one. Made by `profile`.

    user: whose it is. rule: how it is written. inner_lr, momentum, forgets: θ, η and α, the same for all interactions.
    contexts [interactions, d_key], preferences [interactions, d_value]: the log, in float64; what was deleted stands
    there as zeros. kept: [interactions], False where one was deleted. state: the memory after all of them.
    """

    user: str
    rule: LinearRule
    inner_lr: float
    momentum: float
    forgets: float
    contexts: Tensor
    preferences: Tensor
    kept: Tensor
    state: State[Tensor]

    def tell(self, contexts: Any, preferences: Any) -> Profile:
        """The profile after these interactions; [interactions, d_key] and [interactions, d_value], or one of each.

        Raises ValueError for vectors of other widths, numbers that are not finite, or not as many of both.
        """
        keys = _rows("contexts", contexts, self.rule.d_key)
        values = _rows("preferences", preferences, self.rule.d_value)
        if len(keys) != len(values):
            words.refuse("the number of preferences", len(values), f"{len(keys)}, one for each context")
        said = Pairs(keys[None], values[None])
        state = unroll_blocks(self.rule, said, self._gates(torch.ones(len(keys))), state=self.state).state
        log = (torch.cat(both) for both in ((self.contexts, keys), (self.preferences, values)))
        return replace(self, **dict(zip(("contexts", "preferences"), log, strict=True)), state=state,
                       kept=torch.cat([self.kept, torch.ones(len(keys), dtype=torch.bool)]))  # fmt: skip

    def ask(self, contexts: Any) -> Tensor:
        """What the memory answers in each context, [contexts, d_value] in float64."""
        return self.rule.read(self.state, _rows("contexts", contexts, self.rule.d_key)[None])[0]

    def sources(self, contexts: Any) -> Tensor:
        """The share of every interaction in each answer, [contexts, interactions]: ask = sources @ preferences.

        A linear rule asked what it would answer if every preference were an axis of its own; `inner.influence` finds
        the same.
        """
        asked, many = _rows("contexts", contexts, self.rule.d_key), len(self.contexts)
        if not many:
            return asked.new_zeros(len(asked), 0)
        units = type(self.rule)(self.rule.d_key, many)
        each = Pairs(self.contexts[None], torch.eye(many, dtype=asked.dtype)[None])
        return units.read(unroll_blocks(units, each, self._gates(self.kept)).state, asked[None])[0]

    def forget(self, interactions: Any) -> tuple[Profile, Proof]:
        """The profile of a user who never said these, and what proves it; interactions by number, the first is 0.

        The log is told again without them (`inner.strike`), and nothing of them stays in it but that a moment passed: a
        rule that forgets with time forgets no less. Raises ValueError for an interaction that is not in the log, or not
        any more.
        """
        gone = [
            words.count(f"interactions[{at}]", one, least=0, most=len(self.contexts) - 1, of="the log")
            for at, one in enumerate(words.several("interactions", interactions, least=1, what="interactions"))
        ]
        for at, one in enumerate(gone):
            if not self.kept[one]:
                words.refuse(f"interactions[{at}]", one, "one that is in the log", "it was deleted before")
        log = Pairs(self.contexts[None], self.preferences[None])
        state = strike(self.rule, log, self._gates(self.kept), tokens=gone).state
        kept = self.kept.clone()
        kept[gone] = False
        blanked = (one * kept[:, None] for one in (self.contexts, self.preferences))
        after = replace(self, **dict(zip(("contexts", "preferences"), blanked, strict=True)), kept=kept, state=state)
        return after, _proof(self, after, gone)

    def told_again(self) -> State[Tensor]:
        """The memory that the log makes, token by token from an empty one."""
        log = Pairs(self.contexts[None], self.preferences[None])
        return unroll(self.rule, log, self._gates(self.kept)).state

    def _gates(self, written: Tensor) -> Gates:
        """Of so many interactions, θ at zero where nothing is written."""
        each = written.to(torch.float64)[None]
        return Gates(self.inner_lr * each, *(torch.full_like(each, one) for one in (self.momentum, self.forgets)))


def profile(
    user: str, memory: LinearRule, *, inner_lr: float = 0.5, momentum: float = 0.0, forget: float = 0.0
) -> Profile:
    """An empty profile of one user, with a memory of one of RULES: Hebbian, Delta, GatedDelta or Titans.

    inner_lr, momentum, forget: θ, η and α of every interaction, as far as the rule obeys them.
    Raises ValueError for a name that is none, another rule, and numbers out of range.

        >>> ada = agents.personal.profile("ada", memory.Delta(2, 1)).tell([[1, 0], [0, 1]], [[4], [8]])
        >>> ada.ask([[1, 0]]), ada.sources([[1, 0]])
        (tensor([[2.]], dtype=torch.float64), tensor([[0.5000, 0.0000]], dtype=torch.float64))
        >>> without, proof = ada.forget([0])
        >>> without.ask([[1, 0]]).item(), proof.apart
        (0.0, 0.0)
    """
    name = words.text("user", user)
    if not name.strip():
        words.refuse("user", user, "a name", "a profile belongs to somebody")
    if type(memory) not in RULES.values():
        words.refuse("memory", memory, f"a memory of one of {', '.join(RULES)}", "memory.Delta(16, 16), say")
    rate, passed = words.number("inner_lr", inner_lr, least=0.0), words.share("momentum", momentum)
    keys, values = (torch.zeros(0, width, dtype=torch.float64) for width in (memory.d_key, memory.d_value))
    start = memory.init(1, torch.zeros(0, dtype=torch.float64))
    return Profile(name, memory, rate, passed, words.share("forget", forget), keys, values,
                   torch.zeros(0, dtype=torch.bool), start)  # fmt: skip


def _rows(name: str, value: Any, width: int) -> Tensor:
    """[rows, width] of finite numbers in float64; one row may be a vector."""
    found = tensors.tensor(name, value)
    return vectors(name, found if found.dim() != 1 else found[None], "rows width", torch.zeros(width).double())


def _proof(before: Profile, after: Profile, gone: list[int]) -> Proof:
    """All of `Proof`, of one deletion."""
    never = after.told_again()
    there, said = before.contexts[gone], before.preferences[gone]
    told, left = (torch.cosine_similarity(one.ask(there), said, dim=-1) for one in (before, after))
    stays = before.contexts[after.kept]
    moved = before.ask(stays) - after.ask(stays)
    explained = before.sources(stays)[:, gone] @ (said - _known(before, after, gone))
    return Proof(
        apart=float((after.state.memory - never.memory).abs().max()),
        told=told,
        left=left,
        moved=float(moved.abs().max()) if len(stays) else 0.0,
        unexplained=float((moved - explained).abs().max()) if len(stays) else 0.0,
    )


def _known(before: Profile, after: Profile, gone: list[int]) -> Tensor:
    """What a user who never told them would have been answered there at the time, as the rule asks: N p, [deleted, d].

    D = M − N obeys the rule without values but for the deleted tokens, where it gains −θ (N p − v) kᵀ: so it is what
    their shares make of v − N p.
    """
    log = Pairs(before.contexts[None], before.preferences[None])
    chosen = before.rule.choices(log, before._gates(before.kept))
    if chosen.erase is None:
        return torch.zeros_like(before.preferences[gone])
    known = unroll(after.rule, log, after._gates(after.kept), chosen.erase, read_first=True).outputs
    return (known if chosen.recalled is None else chosen.recalled[..., None] * known)[0, gone]
