"""HTML answers: rendered by whoever runs the server, without a script and under a strict CSP."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

# Renders a template of `templates/sandbox/` with a context.
Render = Callable[[str, dict[str, Any]], str]

STYLES = Path(__file__).resolve().parent / "static" / "sandbox.css"


def page(
    render: Render,
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
        text=render(f"sandbox/{template}", context),
        content_type="text/html",
        status=status,
        headers={
            "Cache-Control": "no-store",
            "Content-Security-Policy": "; ".join(f"{k} {' '.join(v)}" for k, v in policy.items()),
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        },
    )


async def styles(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(STYLES, headers={"Cache-Control": "no-cache"})


def see_other(url: str) -> web.Response:
    """Send the browser on; any address, as the shop gave it."""
    return web.Response(status=303, headers={"Location": url})
