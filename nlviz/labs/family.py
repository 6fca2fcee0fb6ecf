"""Which rule is that: switches make a linear rule, and the same stream of facts shows what it remembers of what."""

from __future__ import annotations

from typing import Any, Unpack

from nlviz import views
from nlviz.experiments.family import ERASES, FORGETS, MOMENTA, ORDERS, OUTPUTS, Switches, facts
from nlviz.labs.entrance import lab
from nlviz.trace import Trace
from nlviz.widgets import Choice, Lab, Shown

__all__ = ["family"]


def _preset(
    forgets: str = FORGETS[0],
    order: str = ORDERS[0],
    momentum: float = 0.0,
    erases: str = ERASES[1],
    output: str = OUTPUTS[0],
) -> dict[str, Any]:
    return {"forgets": forgets, "order": order, "momentum": momentum, "erases": erases, "output": output}


PRESETS: dict[str, dict[str, Any]] = {
    "Hebbian": _preset(erases=ERASES[0]),
    "Delta": _preset(),
    "Gated delta": _preset(FORGETS[1]),
    "Titans": _preset(FORGETS[1], ORDERS[1], 0.5),
    "MDN": _preset(FORGETS[1], ORDERS[0], 0.5),
    "KDA": _preset(FORGETS[2]),
    "GDN-2": _preset(FORGETS[2], erases=ERASES[3]),
    "nobody's": _preset(FORGETS[2], ORDERS[0], 0.5),
}


@lab()
def family(preset: str = "Gated delta", *, seed: int = 0, **shown: Unpack[Shown]) -> Lab:
    """A linear rule is five choices. The switches make them; the title says under which name they were published.

    Six facts are told 24 times in all, each time with another value, and read by a 16 × 16 memory with θ = 1. Before a
    token is written, the memory is asked for its fact. The map shows how much of every earlier write comes back:
    exactly, by `inner.influence`. Best is 1 of the newest telling and nothing of all others.
    preset: "Hebbian", "Delta", "Gated delta", "Titans", "MDN" (momentum delta), "KDA", "GDN-2", "nobody's" (KDA with
    momentum, which is none of the rules in our table). seed: of keys, values and order. shown: see `widgets.Shown`.
    Knobs: forgets (nothing, a twentieth as a whole, or by channel from nothing to a tenth), order (whether it forgets
    before the error is taken), momentum η, erases (what is taken out before a value is written), output (whether
    the memory takes all of the past surprise, or a share b that depends on the token).
    Sources: `memory.family`; the names are those of `experiments.family.which`. Rules that write several pairs a token,
    Omega and DeltaProduct, are no switch here: that is another stream of writes, not another choice for one.

        >>> labs.family("KDA", knobs={"momentum": 0.5}).summary.split(" · ")[0]
        'none of the 10 rules in our table'
    """

    def run(forgets: str, order: str, momentum: float, erases: str, output: str) -> Trace:
        return facts(Switches(forgets, order, momentum, erases, output), seed=seed)

    return Lab(
        run,
        views.influence,
        name="family",
        title="Which rule is that?",
        summary=_summary,
        presets=PRESETS,
        preset=preset,
        dead=_dead,
        given={"seed": seed},
        **shown,  # pyright: ignore[reportArgumentType] (it holds only what Shown lists)
        forgets=Choice(FORGETS[1], FORGETS),
        order=Choice(ORDERS[0], ORDERS, label="when it forgets"),
        momentum=Choice(0.0, MOMENTA, label="momentum η"),
        erases=Choice(ERASES[1], ERASES),
        output=Choice(OUTPUTS[0], OUTPUTS, label="output gate b"),
    )


def _dead(forgets: str, momentum: float, erases: str, **_: Any) -> dict[str, str]:
    """Why a knob changes nothing as the others stand, by its name."""
    on = Switches(forgets, momentum=momentum, erases=erases)
    without = "nothing is forgotten" if forgets == FORGETS[0] else "nothing is erased, so no error asks the memory"
    return {
        "order": "" if on.order_matters else without,
        "output": "" if on.output_matters else "without momentum a smaller θ",
    }


def _summary(trace: Trace) -> str:
    """The name, the line, and how wrong the answers are."""
    name = " ".join(trace.noted("rule")) or f"none of the {' '.join(trace.noted('of'))} rules in our table"
    error = trace["error"].values[:, 0]
    known = error[error == error]
    return f"{name} · {' '.join(trace.noted('line'))} · mean error of the answers {known.mean():.2f}"
