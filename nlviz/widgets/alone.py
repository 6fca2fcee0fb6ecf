"""An HTML page of our own, with no Jupyter round it: what a served lab and an exported player share."""

from __future__ import annotations

from html import escape
from pathlib import Path

from nlviz.widgets import page

__all__ = ["POLICY", "html_page", "static"]

# What the browser itself refuses, whatever a figure or a notebook may hold: anything that is not in the page.
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' blob:; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; media-src data:; connect-src 'self' ws://127.0.0.1:* ws://localhost:*"
)

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<link rel="icon" href="data:,">
<style>
{css}
</style>
{body}
<script type="module">
{esm}
{{
{script}
}}
</script>
</html>
"""


def html_page(title: str, body: str, *, css: str = "", script: str = "") -> str:
    """The page: our widgets' style and script, then `css` and `script`, which has `render` and `createModel`."""
    return _PAGE.format(
        policy=POLICY,
        title=escape(title),
        css="\n".join([page.CSS, static("alone.css"), css]),
        body=body,
        esm=page.ESM,
        # in a block of its own: the widgets' script may use the same names
        script="\n".join([static("model.js"), script]),
    )


def static(name: str) -> str:
    """A file of this package's folder `static`."""
    return (Path(__file__).parent / "static" / name).read_text(encoding="utf-8")
