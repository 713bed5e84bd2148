"""The pages' HTML: templates of this package, without a script and under a strict CSP."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER = Path(__file__).resolve().parent
STYLES = FOLDER / "static" / "sandbox.css"


def page(
    template: str,
    context: dict[str, Any],
    *,
    status: int = 200,
    goes_to: tuple[str | None, ...] = (),
) -> web.Response:
    """Render a page; `goes_to` are addresses to which its form may lead in the end."""
    origins = [f"{u.scheme}://{u.netloc}" for u in map(urlsplit, filter(None, goes_to))]
    policy = {
        "default-src": ["'none'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "form-action": ["'self'", *origins],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
    return web.Response(
        text=render(template, context),
        content_type="text/html",
        status=status,
        headers={
            "Cache-Control": "no-store",
            "Content-Security-Policy": "; ".join(f"{k} {' '.join(v)}" for k, v in policy.items()),
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        },
    )


def render(template: str, context: dict[str, Any]) -> str:
    """
    Render a template of `templates/`; what it is given is escaped.

    :raises jinja2.UndefinedError: if the template wants what the context lacks
    """
    return _environment.get_template(template).render(context)


async def styles(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(STYLES, headers={"Cache-Control": "no-cache"})


def see_other(url: str) -> web.Response:
    """Send the browser on; any address, as the shop gave it."""
    return web.Response(status=303, headers={"Location": url})


def shortened(text: str, length: int) -> str:
    """Cut a text to this many characters, the last of them an ellipsis."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


_environment = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
)
_environment.filters["shortened"] = shortened
