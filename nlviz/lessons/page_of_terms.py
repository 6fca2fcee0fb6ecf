"""The glossary as a page of Markdown, for whoever looks a word up outside a notebook."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nlviz.lessons.terms import Term, glossary
from nlviz.lessons.words import say

__all__ = ["page_of_terms"]


def page_of_terms(notebooks: Mapping[str, str]) -> str:
    """All terms of the course, by the alphabet, as Markdown that GitHub, JupyterLab and a site show alike.

    notebooks: the file of each lesson by its number, as the page links to it; a lesson without one is named only.

    >>> from nlviz.lessons.page_of_terms import page_of_terms
    >>> page_of_terms({"00": "00_start_here.ipynb"}).splitlines()[0]
    '# Glossary'
    """
    terms = glossary.terms
    entries = sorted(terms.items(), key=lambda entry: entry[1].name.casefold())
    jumps = " · ".join(f"[{term.name}](#{_anchor(key)})" for key, term in entries)
    return "\n\n".join([say("glossary_table.page"), jumps, *(_entry(*entry, notebooks) for entry in entries)]) + "\n"


def _entry(key: str, term: Term, notebooks: Mapping[str, str]) -> str:
    """A term: its name, symbol and sentence, and a line of where else."""
    symbol = f" · {term.symbol}" * bool(term.symbol)
    lesson = notebooks.get(term.introduced)
    shown = f"[{term.introduced}]({lesson})" if lesson else term.introduced
    seen = f"`nlviz demo {term.seen}`" if term.seen else ""
    more = [
        say("glossary_table.called", names=term.elsewhere()) if term.synonyms else "",
        say("glossary_table.first", lesson=shown),
        say("glossary_table.watch", lab=seen) if seen else "",
        say("glossary_table.related", terms=", ".join(_link(other) for other in term.see)) if term.see else "",
    ]
    head = f'<a id="{_anchor(key)}"></a>**{term.name}**{symbol}'
    return f"{head}<br>\n{term.sentence}<br>\n*{' · '.join(part for part in more if part)}*"


def _link(key: str) -> str:
    return f"[{glossary.terms[key].name}](#{_anchor(key)})"


def _anchor(key: str) -> str:
    """Letters and hyphens alone, which every page takes."""
    return "term-" + re.sub(r"[^a-z0-9]+", "-", key.casefold()).strip("-")
