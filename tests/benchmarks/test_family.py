"""The search treats all rules alike, marks mean what the page says, and its constants are those on the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlviz import memory
from nlviz.memory import family as lines_of_the_family

from . import family, family_speed, long_influence
from .searching import at, position
from .training import figure, tables


def test_every_line_of_the_family_is_in_both_tables() -> None:
    lines = {memory.Omega, *(getattr(memory, name) for name in lines_of_the_family.__all__)}
    assert lines <= {kind for kind, _ in family.RULES.values()}
    assert lines <= set(family_speed.RULES.values())


@pytest.mark.parametrize("name", family.RULES)
def test_every_rule_is_tried_at_as_many_settings_within_its_ranges(name: str) -> None:
    wide = family.settings(name, 8)
    near = family.settings(name, 8, wide[3])
    assert len(wide) == len(near) == 8
    for one in (*wide, *near):
        assert tuple(one) == family.RULES[name][1]
        assert all(family.RANGES[knob][0] * 0.999 <= x <= family.RANGES[knob][1] * 1.001 for knob, x in one.items())
    for knob in near[0]:
        middle = position(family.RANGES[knob], wide[3][knob])
        assert all(abs(position(family.RANGES[knob], one[knob]) - middle) < 0.17 for one in near)


@pytest.mark.parametrize("knob", family.RANGES)
def test_a_place_in_a_range_is_found_again(knob: str) -> None:
    assert position(family.RANGES[knob], at(family.RANGES[knob], 0.3, None)) == pytest.approx(0.3)


def test_ahead_means_more_than_two_standard_errors_of_the_paired_difference() -> None:
    ours, theirs = [0.5, 0.6, 0.7, 0.8], [0.4, 0.5, 0.6, 0.71]
    assert family.pays(ours, theirs, "recall") == 1
    assert family.pays(ours, theirs, "error") == -1
    assert family.pays([0.5, 0.6, 0.3, 0.9], theirs, "recall") == 0


def test_a_mark_needs_both_groups_of_seeds_and_is_hollow_where_the_difference_is_small() -> None:
    base, ahead, hair = [0.40, 0.50, 0.60], [0.50, 0.61, 0.70], [0.401, 0.502, 0.601]
    assert family.mark([ahead, ahead], [base, base], "recall") == " ▲"
    assert family.mark([ahead, ahead], [base, base], "error") == " ▼"
    assert family.mark([hair, hair], [base, base], "recall") == " △"
    assert family.mark([ahead, base], [base, ahead], "recall") == ""
    assert family.mark([base, base], [base, base], "recall") == ""


def test_a_run_that_overflows_is_the_worst_not_a_gap() -> None:
    stream = family.stream_of("correlated keys", 0, 1)
    lost = family.read("Titans", {"inner_lr": 1.5, "momentum": 0.95, "forget": 1e-4}, stream)
    kept = family.read("Titans", {"inner_lr": 0.1, "momentum": 0.5, "forget": 1e-4}, stream)
    assert all(lost.merit(which) < kept.merit(which) for which in family.Read._fields)


def test_the_product_without_a_second_step_is_gated_delta_and_a_window_that_fades_at_once_is_titans() -> None:
    stream = family.stream_of("drift", 0, 2)
    gates = {"inner_lr": 0.4, "forget": 0.01}
    gated = family.read(family.RULER, gates, stream)
    assert family.read(family.PRODUCT, gates | {"again": 0.0}, stream) == pytest.approx(gated, abs=1e-5)
    assert family.read(family.PRODUCT, gates | {"again": 1.0}, stream) != pytest.approx(gated, abs=1e-3)
    titans = family.read("Titans", gates | {"momentum": 0.5}, stream)
    faded = family.read("Omega with momentum", gates | {"momentum": 0.5, "fade": 0.0}, stream)
    assert faded == pytest.approx(titans, abs=1e-5)


@pytest.mark.parametrize(
    ("which", "name", "kind"),
    [
        ("recall", "delta", "drift"),
        ("error", "KDA", "random pairs"),
        ("recall", "Omega", "correlated keys"),
        ("error", "DeltaProduct", "correlated keys"),
    ],
)
def test_the_page_shows_what_its_constants_give(which: str, name: str, kind: str) -> None:
    rows = next(one for one in tables(family.PAGE) if which in one[0])
    shown = figure(next(row for row in rows if row[which] == name)[kind].strip(" ▲▼△▽"))
    setting = family.on_page(which, name, kind)
    got = family.measured(name, kind, which, setting, range(5), family.WHOLE.read)
    assert sum(got) / len(got) == pytest.approx(shown.mean, abs=2e-3)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="what a process holds is read from /proc")
def test_the_long_influence_runs_and_its_answer_has_a_size_for_each_token() -> None:
    found = long_influence.once(300)
    each = long_influence.TOP * (4 + 8) + 3 * long_influence.WIDTH * 4
    assert found["answer"] * 2**20 == pytest.approx(300 * each)
    assert found["seconds"] > 0


def test_the_speeds_run_in_their_smallest_corner_each_against_its_own_floor() -> None:
    lines = list(family_speed.table(((1, 16, 4),), 1))
    assert len(lines) > 20
    assert family_speed.floor_of("Titans, four norms") == family_speed.MOMENTUM
    assert family_speed.floor_of("KDA, by channel") == family_speed.PLAIN
    floors = [line for line in lines if line.startswith("| products alone")]
    assert len(floors) == 2
    assert all(line.count("(1)") == 2 for line in floors)
