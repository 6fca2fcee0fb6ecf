"""`glossary`: what a term means, its symbol here, and what the papers call it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from nlviz.door.words import text
from nlviz.lessons.words import catalog, say

__all__ = ["Glossary", "Term", "Terms", "glossary"]


@dataclass(frozen=True)
class Term:
    """A word of the field: ours, with the symbol the lessons use, and the names it has elsewhere (by paper).

    introduced: the lesson. see: related terms. seen: the lab in which one watches it, "" if there is none.
    """

    name: str
    sentence: str
    introduced: str
    symbol: str = ""
    synonyms: Mapping[str, str] = field(default_factory=dict)
    see: tuple[str, ...] = ()
    seen: str = ""

    def elsewhere(self) -> str:
        """The names it has in the papers, in one line.

        >>> lessons.glossary("inner_lr").terms[0].elsewhere()
        'θ in Titans, η in NL, β in DeltaNet, η in TTT, lr in Optimisers'
        """
        said = (say("glossary_table.in_paper", name=name, paper=paper) for paper, name in self.synonyms.items())
        return ", ".join(said)


_HEADS = (
    "glossary_table.term",
    "glossary_table.symbol",
    "glossary_table.sentence",
    "glossary_table.elsewhere",
    "glossary_table.introduced",
)


class Terms:
    """Terms on the page: one as a paragraph, several as a table; the same words where there is only text."""

    def __init__(self, terms: tuple[Term, ...]) -> None:
        self.terms = terms

    def __repr__(self) -> str:
        return "\n".join(_line(term) for term in self.terms)

    def _repr_markdown_(self) -> str:
        if len(self.terms) == 1:
            term = self.terms[0]
            return f"**{term.name}**{_line(term).removeprefix(term.name)}"
        heads = [say(key) for key in _HEADS]
        rows = [(term.name, term.symbol, term.sentence, term.elsewhere(), term.introduced) for term in self.terms]
        return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, ["---"] * len(heads), *rows))


class Glossary:
    """The terms of the course. `glossary("fast weights")` shows one, `glossary("η")` all that a symbol stands for in
    one paper or another, `glossary()` the table.

    In a notebook's text `[[fast weights]]` marks a term, `[[writes|write]]` one in other words. `marked` turns these
    into what a reader can hover over, or follow to the notebook's own section "Terms"; `unmarked` turns it back.
    """

    def __call__(self, name: str | None = None) -> Terms:
        """What is shown. Raises ValueError with the nearest terms for a name that is none."""
        terms = self.terms
        if name is None:
            return Terms(tuple(terms.values()))
        wanted = text("name", name).strip().lower()
        found = [term for key, term in terms.items() if wanted in (key.lower(), term.name.lower())]
        found = found or [term for term in terms.values() if wanted in _signs(term)]
        if not found:
            raise ValueError(say("glossary_table.unknown", name=name, near=self._near(wanted)))
        return Terms(tuple(found))

    @property
    def terms(self) -> dict[str, Term]:
        """All terms, by the key that `[[…]]` uses (the English name)."""
        return {
            key: Term(
                name=words.get("name", key),
                sentence=words["sentence"],
                introduced=words["introduced"],
                symbol=words.get("symbol", ""),
                synonyms=words.get("papers", {}),
                see=tuple(words.get("see", ())),
                seen=words.get("seen", ""),
            )
            for key, words in catalog()["glossary"].items()
        }

    def marked(self, markdown: str, section: str = "Terms") -> str:
        """The text with every `[[term]]` explained: a link to the notebook's glossary that carries the sentence.

        A link with a title, because it is plain Markdown, which JupyterLab, GitHub and nbconvert show alike, is reached
        by Tab, and works where nothing hovers. Text between backticks is left alone.
        Raises ValueError for a term that is not in the glossary.
        """

        def explained(found: re.Match[str]) -> str:
            shown, _, key = found[1].partition("|")
            term = self._term(key or shown)
            return f'[{shown}](#{section} "{term.sentence}")'

        return _outside_code(_MARK, explained, text("markdown", markdown))

    def listed(self, *names: str) -> str:
        """The terms as a list in Markdown, each with its symbol and sentence: a notebook's section "Terms".

        It is what a marked term leads to where no page explains it. Raises ValueError for a term that is none.

            >>> print(lessons.glossary.listed("write", "key"))
            - **write** M ← M + …: One change of the fast weights, made by one key and value or a few.
            - **key** k: What a value is stored under: the vector a memory is asked with later.
        """
        found = [self._term(text("name", name)) for name in names]
        return "\n".join(f"- **{term.name}**{f' {term.symbol}' * bool(term.symbol)}: {term.sentence}" for term in found)

    def unmarked(self, markdown: str, section: str = "Terms") -> str:
        """What `marked` was given. Raises ValueError where an explanation is not the glossary's (any more)."""

        def back(found: re.Match[str]) -> str:
            said, shown = found["said"], found["shown"]
            key = next((key for key, term in self.terms.items() if term.sentence == said), None)
            if key is None:
                raise ValueError(say("glossary_table.stale", term=shown))
            same = key.lower() == shown.lower()
            return f"[[{shown}]]" if same else f"[[{shown}|{key}]]"

        link = rf'\[(?P<shown>[^\]]*)\]\(#{re.escape(section)} "(?P<said>[^"]*)"\)'
        return _outside_code(link, back, text("markdown", markdown))

    def _term(self, key: str) -> Term:
        terms = {name.lower(): term for name, term in self.terms.items()}
        if key.strip().lower() not in terms:
            raise ValueError(say("glossary_table.unknown", name=key, near=self._near(key.lower())))
        return terms[key.strip().lower()]

    def _near(self, name: str) -> str:
        """A few terms that are spelt alike, or contain the word, or are called so elsewhere."""
        named = {word.lower(): key for key, term in self.terms.items() for word in (key, term.name, *_signs(term))}
        within = [key for key in self.terms if name in key.lower() or key.lower() in name]
        alike = [named[word] for word in get_close_matches(name, named, n=3, cutoff=0.4)]
        return ", ".join(list(dict.fromkeys([*within, *alike]))[:4] or self.terms)


glossary: Glossary = Glossary()

_MARK = r"\[\[([^\[\]]+)\]\]"


def _outside_code(pattern: str, change: Callable[[re.Match[str]], str], markdown: str) -> str:
    """`re.sub` that skips `code` and fenced blocks."""
    parts = re.split(r"(```.*?```|`[^`]*`)", markdown, flags=re.DOTALL)
    return "".join(part if index % 2 else re.sub(pattern, change, part) for index, part in enumerate(parts))


def _signs(term: Term) -> set[str]:
    """What else it is called: its symbol, and the names it has elsewhere."""
    return {sign.lower() for sign in (term.symbol, *term.synonyms.values()) if sign}


def _line(term: Term) -> str:
    symbol = f" {term.symbol}" if term.symbol else ""
    more = [term.elsewhere(), say("glossary_table.since", lesson=term.introduced)]
    if term.see:
        more.append(say("glossary_table.see", terms=", ".join(term.see)))
    return f"{term.name}{symbol}: {term.sentence} ({'; '.join(part for part in more if part)})"
