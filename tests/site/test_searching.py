"""What a search looks through: prose by its sections, and nothing that code printed or that a reveal keeps."""

from __future__ import annotations

import json
from html import escape
from typing import Any

from nlviz.site.searching import Section, index, library, sections

ASKED = {"id": "02.1", "version": "a1"}
LAB: dict[str, Any] = {"state": {"form": {"title": "How many facts", "controls": [{"name": "items"}]}}}
STILL: dict[str, Any] = {"state": {"form": {"title": "holds 52", "controls": []}}}
FIGURE: dict[str, Any] = {"state": {}}


def _prose(html: str) -> str:
    return f'<div class="text_cell"><div class="text_cell_render">{html}</div></div>'


def _output(html: str) -> str:
    code = "<div class='input'><pre>answer = fortytwo</pre></div>"
    return f'<div class="code_cell">{code}<div class="output">{html}</div></div>'


def _told(kind: str, told: dict[str, Any]) -> str:
    return f'<div data-{kind}="{escape(json.dumps(told))}"><p>what {kind} 02.1 says</p></div>'


REVEAL = _told("reveal", {"id": "02.1", "words": "Measured: fiftytwo.", "lines": ["tablewords"], "unseen": "waits"})
LESSON = "".join(
    [
        _prose('<h1 id="02-How">02 · How <em>many</em>?</h1><p>You <b>count</b>.</p><ul><li>one</li><li>two</li></ul>'),
        _output("<pre>printed</pre>"),
        _output('<div data-player="0"><noscript><pre>summary</pre></noscript></div>'),
        _output('<div data-player="1"></div><div data-player="2"></div>'),
        _output(_told("question", ASKED)),
        _prose('<h2 id="See">See</h2><p>Look.</p>'),
        _output(REVEAL),
        _prose("<p>Below it.</p>"),
        _output(REVEAL),
        _prose('<h2 id="Remember">Remember</h2><p>So many.</p>'),
    ]
)


def test_prose_by_its_sections_and_what_stands_below_a_reveal_waits() -> None:
    assert sections(LESSON, [LAB, STILL, FIGURE]) == [
        Section("02-How", "02 · How many?", "You count. one two Lab: How many facts."),
        Section("See", "See", "Look."),
        Section("See", "See", "Below it.", (ASKED,)),
        Section("Remember", "Remember", "So many.", (ASKED,)),
    ]


def test_a_result_whose_question_is_on_no_page_waits_for_nobody() -> None:
    assert sections(REVEAL + _prose('<h2 id="A">A</h2>')) == [Section("A", "A", "")]


def test_nothing_of_a_reveal_of_code_and_of_outputs_is_in_the_index() -> None:
    script = index([("02.html", "02 · How many?", sections(LESSON, [LAB, STILL, FIGURE]))])
    assert script.startswith("globalThis.nlvizCourse = ")
    for word in ("fiftytwo", "tablewords", "waits\\", "fortytwo", "printed", "summary", "holds 52", "says"):
        assert word not in script
    told = json.loads(script.removeprefix("globalThis.nlvizCourse = ").removesuffix(";\n"))
    assert told["pages"] == [{"file": "02.html", "title": "02 · How many?"}]
    assert told["sections"][2] == {
        "page": 0,
        "place": "See",
        "heading": "See",
        "text": "Below it.",
        "waits": [ASKED],
    }


def test_terms_are_sections_and_a_list_of_ways_is_none() -> None:
    ways = '<p><a href="#a">a</a> · <a href="#b">b</a></p>'
    term = '<p><a id="a"></a><strong>a word</strong> · x<br>\nIts sense, <a href="#b">b</a>.</p>'
    assert sections(f'<h1 id="G">Words</h1>{ways}{term}<p><a href="#c">One</a></p>') == [
        Section("G", "Words", ""),
        Section("a", "a word", "x Its sense, b. One"),
    ]


def test_the_library_comes_with_its_licence_and_asks_for_nothing() -> None:
    script = library()
    assert script.startswith("/*! MiniSearch\n\nCopyright 2022 Luca Ongaro")
    assert "sourceMappingURL" not in script
