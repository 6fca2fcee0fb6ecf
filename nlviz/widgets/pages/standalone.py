"""An HTML page of our own, with no Jupyter round it: what a served lab and an exported player share."""

from __future__ import annotations

from html import escape

from nlviz.widgets.page import CSS, script, static

__all__ = ["POLICY", "html_page"]

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
<script type="module" async>
{script}
</script>
{behind}
</html>
"""


def html_page(title: str, body: str, entry: str, css: str = "", *, behind: str = "") -> str:
    """The page: our widgets' style and `css`, and the script `entry` with what it imports.

    entry: its name in the folder `static`, or a whole path; "" for a page that needs no script.
    behind: HTML that the script need not wait for.
    """
    return _PAGE.format(
        policy=POLICY,
        title=escape(title),
        css="\n".join([CSS, static("pages/alone.css"), css]),
        body=body,
        script=script(entry) if entry else "",
        behind=behind,
    )
