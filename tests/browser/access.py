"""What a keyboard and a screen reader find on a page: axe-core's rules, and the way of the Tab key."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import CDPSession, Locator, Page

GRAVE = ("serious", "critical")

_TABBABLE = """(root) => {
    const all = root.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]");
    const there = (node) => node.tabIndex >= 0 && !node.disabled && node.checkVisibility({ visibilityProperty: true });
    return [...all].filter(there).length;
}"""

# Everything about the element in focus that a test asks for, in one message; it is kept for who asks for more.
_FOCUSED = """(root) => {
    const node = document.activeElement;
    if (!root.contains(node) || node === root) return null;
    window.stops.push(node);
    const style = getComputedStyle(node), box = node.getBoundingClientRect();
    const { left, top } = root.getBoundingClientRect(); // the page scrolls as the focus moves
    let ground = node.parentElement;
    while (ground && /^(transparent|rgba\\(0, 0, 0, 0\\))$/.test(getComputedStyle(ground).backgroundColor))
        ground = ground.parentElement;
    return {
        kind: node.type ?? node.tagName.toLowerCase(),
        box: [box.left - left, box.top - top, box.right - left, box.bottom - top],
        outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
        ring: style.outlineColor,
        ground: ground ? getComputedStyle(ground).backgroundColor : "rgb(255, 255, 255)",
    };
}"""


class Stop(NamedTuple):
    """One stop of the Tab key.

    box: left, top, right, bottom, from the corner of the lab. contrast: of the focus ring with what is behind it.
    """

    role: str
    name: str
    kind: str
    box: tuple[float, float, float, float]
    outline: float
    contrast: float


def faults(page: Page, root: Locator | None = None) -> list[str]:
    """What axe-core finds serious or critical in `root`, or on the whole page: rule, words and element of each."""
    context = None
    if root is not None:
        root.evaluate("(root) => root.setAttribute('data-asked', '')")
        context = "[data-asked]"
    # half a megabyte of script, once for a page
    axe = Axe("0") if page.evaluate("'axe' in window") else Axe()
    violations = axe.run(page, context).response["violations"]
    if root is not None:
        root.evaluate("(root) => root.removeAttribute('data-asked')")
    return [
        f"{rule['impact']}: {rule['id']}, {rule['help']}: {node['html'][:160]}: {node['failureSummary']}"
        for rule in violations
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]


def tabbable(root: Locator) -> int:
    """How many elements of `root` the Tab key should reach."""
    return root.evaluate(_TABBABLE)


def enter(root: Locator) -> None:
    """Put the focus just before `root`."""
    root.evaluate(
        """(root) => {
            const door = document.createElement("span");
            door.tabIndex = -1;
            root.before(door);
            door.focus();
            door.addEventListener("blur", () => door.remove());
        }"""
    )


def way(*roots: Locator, most: int = 80) -> Iterator[Stop]:
    """The stops of the Tab key from the start of each root until it leaves. Raises AssertionError if it never does."""
    page = roots[0].page
    page.evaluate("window.stops = []")
    found = [stop for root in roots for stop in _stops(root, most)]
    for stop, (role, name) in zip(found, _roles_and_names(page, len(found)), strict=True):
        ring = contrast(stop["ring"], stop["ground"])
        yield Stop(role, name, stop["kind"], tuple(stop["box"]), stop["outline"], ring)


def _stops(root: Locator, most: int) -> Iterator[dict[str, Any]]:
    enter(root)
    for _ in range(most):
        root.page.keyboard.press("Tab")
        stop = root.evaluate(_FOCUSED)
        if stop is None:
            return
        yield stop
    raise AssertionError(f"after {most} presses of Tab the focus is still inside: a trap")


def _roles_and_names(page: Page, count: int) -> list[tuple[str, str]]:
    """What Chromium tells a screen reader of the stops of a way.

    Asked for after the way, and its telling ended: while it tells it looks at all of the page after every change.
    """
    session = page.context.new_cdp_session(page)
    session.send("Accessibility.enable")
    told = [_role_and_name(session, f"window.stops[{number}]") for number in range(count)]
    session.send("Accessibility.disable")
    session.detach()
    return told


def _role_and_name(session: CDPSession, node: str) -> tuple[str, str]:
    found = session.send("Runtime.evaluate", {"expression": node})["result"]["objectId"]
    tree = session.send("Accessibility.getPartialAXTree", {"objectId": found, "fetchRelatives": False})
    told = tree["nodes"][0]
    return told.get("role", {}).get("value", ""), told.get("name", {}).get("value", "")


def in_reading_order(first: Stop, second: Stop) -> bool:
    """Whether the second stands below the first, or beside it to the right: where the eye goes next."""
    left, top, _, bottom = first.box
    if second.box[1] >= bottom - 4:
        return True
    same_row = min(bottom, second.box[3]) - max(top, second.box[1]) > 0
    return same_row and second.box[0] > left


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two CSS colours in rgb(), from 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [float(part) / 255 for part in re.findall(r"[\d.]+", colour)[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
