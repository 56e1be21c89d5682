"""HTML pages from templates: everything escaped, no script, a style sheet of their own and nothing else allowed."""

from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import Any

from fastapi import Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


@cache
def templates() -> Environment:
    """Return the templates of this package; what is put into them is escaped."""
    return Environment(loader=PackageLoader("api"), autoescape=True, undefined=StrictUndefined)


@cache
def _style(name: str) -> str:
    return templates().get_template(f"{name}.css").render()


def fill(name: str, facts: Mapping[str, Any]) -> str:
    """Return the page `name` (templates/NAME.html with NAME.css as its `style`) filled with `facts`."""
    style = Markup(_style(name))  # noqa: S704 (a file of our own)
    return templates().get_template(f"{name}.html").render(**facts, style=style)


@cache
def policy(name: str) -> str:
    """Return the content security policy of a page: its own style sheet by its hash, its own drawings, no more."""
    digest = b64encode(sha256(_style(name).encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'; base-uri 'none'"


def answer(name: str, facts: Mapping[str, Any]) -> Response:
    """Return the page as an answer that no cache keeps."""
    headers = {"Content-Security-Policy": policy(name), "Cache-Control": "no-store"}
    return Response(fill(name, facts), media_type="text/html", headers=headers)
