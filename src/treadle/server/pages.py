"""The web interface: files that were built into the package, served as they are.

The page itself holds nothing of the record and needs no token: everything it shows it asks through /api. Files under /assets carry a
digest in their names, so a browser keeps them for good.
"""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from treadle.core.errors import NotFound

BUILT = Path(__file__).parents[1] / "web"
PLACES = ("/p/{rest:path}", "/platform", "/journal")
"""Where the page is shown, beside `/`: it reads the address itself."""
ASSETS = "/assets/{name}"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""Nothing from another host, and no script or style that is written within a page."""
_FOREVER = "public, max-age=31536000, immutable"
_ABSENT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Treadle</title>
<h1>The web interface was not built</h1><p>This server's API works, and so does the command line. In a clone of the project,
<code>make web</code> builds the interface.</p></html>
"""


class _File(NamedTuple):
    media: str
    plain: bytes
    packed: bytes | None


class Pages:
    """The built files, read once: together they are smaller than one picture."""

    def __init__(self, folder: Path = BUILT) -> None:
        self._page = _read(folder / "index.html") if (folder / "index.html").is_file() else None
        self._assets = {file.name: _read(file) for file in sorted((folder / "assets").glob("*")) if file.suffix != ".gz"}

    async def page(self, request: Request) -> Response:
        """The one page, whatever it is going to show."""
        if self._page is None:
            return HTMLResponse(_ABSENT, status_code=503, headers={"Content-Security-Policy": POLICY})
        return _answer(self._page, request, {"Cache-Control": "no-cache", "Content-Security-Policy": POLICY})

    async def asset(self, request: Request) -> Response:
        found = self._assets.get(request.path_params["name"])
        if found is None:
            raise NotFound("the interface has no such file", where=request.url.path[:200], hint="reload the page")
        return _answer(found, request, {"Cache-Control": _FOREVER, "Content-Security-Policy": POLICY})


def wants_page(request: Request) -> bool:
    """Whether a browser asks, rather than a program that reads text."""
    return "text/html" in request.headers.get("accept", "")


def _read(file: Path) -> _File:
    packed = file.with_name(file.name + ".gz")
    media = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return _File(media, file.read_bytes(), packed.read_bytes() if packed.is_file() else None)


def _answer(file: _File, request: Request, headers: dict[str, str]) -> Response:
    headers["Vary"] = "Accept-Encoding"
    if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.packed, media_type=file.media, headers=headers | {"Content-Encoding": "gzip"})
    return Response(file.plain, media_type=file.media, headers=headers)
