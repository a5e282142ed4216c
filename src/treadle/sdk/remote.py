"""A record on a server: operations over HTTP, in MessagePack both ways.

Every operation of ours is safe to repeat - it reads, it says what should be, or it carries a key - so a request that met a broken
connection or an overloaded server is sent again, a few times, with growing pauses.
"""

from __future__ import annotations

import importlib
import json
import os
import random
import time
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

import httpx2
import msgspec

from treadle.contract.content import Stream
from treadle.core.errors import TreadleError, Unreachable, UsageError, from_problem
from treadle.core.operation import Operation
from treadle.sdk.home import find_home, make_home

MSGPACK, PROBLEM = "application/msgpack", "application/problem+json"
_PAUSES = (0.1, 0.4, 1.2, 3.0)  # seconds before the second and each further try
_TIMES = httpx2.Timeout(60.0, connect=5.0)
_PLACES = httpx2.Limits(max_connections=32, max_keepalive_connections=16, keepalive_expiry=50.0)
_AGAIN = (502, 503, 504)
_BLOCK = 1 << 20


class HttpTransport:
    """Performs operations on the server at `address`, as the token in TREADLE_TOKEN and for the project in TREADLE_PROJECT."""

    def __init__(self, address: str, *, token: str | None = None) -> None:
        self.where = address.rstrip("/")
        url = httpx2.URL(self.where) if self.where.startswith(("http://", "https://")) else None
        if url is None or not url.host:
            raise UsageError(f"`{address}` is not the address of a server", hint="export TREADLE_URL=http://127.0.0.1:8080")
        headers = {"Accept": MSGPACK, "User-Agent": "treadle"}
        secret = token or os.environ.get("TREADLE_TOKEN")
        if secret:
            headers["Authorization"] = f"Bearer {secret}"
        if os.environ.get("TREADLE_PROJECT"):
            headers["X-Treadle-Project"] = os.environ["TREADLE_PROJECT"]
        self.http = httpx2.Client(headers=headers, timeout=_TIMES, limits=_PLACES, follow_redirects=False)
        self._contents: Any = None

    @property
    def contents(self) -> Any:
        """The bytes behind digests; what is fetched is kept in the local home's cache."""
        if self._contents is None:
            from treadle.sdk.content import RemoteBlobs

            home = make_home(find_home())
            blobs = RemoteBlobs(self.call, home / "cache", self.where)
            # Found by name: user code that only logs must not need the data stage, and the client does not depend on it.
            self._contents = importlib.import_module("treadle.data.contents").HomeContents(home, blobs, self.call)
        return self._contents

    def call(self, operation: Operation[Any, Any], request: Any, *, stream: Iterable[bytes] | None = None) -> Any:
        """Performs an operation; raises the TreadleError that it raises there, and Unreachable where nobody answers.

        `stream` is the body of an operation that takes bytes; it can be sent again only when it is a list.
        """
        url, query, body, headers = _written(operation, request)
        content = stream if stream is not None else body
        repeatable = stream is None or isinstance(stream, list)
        streamed = operation.answer is Stream
        for pause in (*_PAUSES, None):
            last = pause is None or not repeatable
            try:
                made = self.http.build_request(operation.method, self.where + url, params=tuple(query), content=content, headers=headers)
                response = self.http.send(made, stream=streamed)
            except httpx2.TransportError as error:
                if last:
                    raise self._unreachable(error) from None  # what httpx went through says nothing more
            else:
                if response.status_code not in _AGAIN or last:
                    return self._stream(response) if streamed else self._answer(operation, response)
                response.close()
            assert pause is not None
            time.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311 - so that many clients do not come back at once
        raise AssertionError("unreachable")

    def news(self, *, root: int | None = None) -> Iterator[str]:
        """Lines of the live news from now on (server-sent events). Raises Unreachable when the connection breaks."""
        query = {} if root is None else {"root": str(root)}
        try:
            with self.http.stream("GET", f"{self.where}/api/news", params=query, headers={"Accept": "text/event-stream"}) as response:
                if response.status_code != 200:
                    response.read()
                    raise self._error(response)
                yield from response.iter_lines()
        except httpx2.TransportError as error:
            raise self._unreachable(error) from None  # what httpx went through says nothing more

    def close(self) -> None:
        self.http.close()

    # --- inside ------------------------------------------------------------------------------------------------------

    def _answer(self, operation: Operation[Any, Any], response: httpx2.Response) -> Any:
        if response.is_success and response.headers.get("content-type", "").startswith(MSGPACK):
            try:
                return msgspec.msgpack.decode(response.content, type=operation.answer)
            except msgspec.ValidationError as error:
                hint = "the server and this client are of different versions: install the same one on both"
                raise Unreachable(
                    f"the answer to {operation.name} is not what this version expects: {error}", where=self.where, hint=hint
                ) from error
        raise self._error(response)

    def _stream(self, response: httpx2.Response) -> Stream:
        """An answer of raw bytes; the connection is given back when the last block was read."""
        headers = response.headers
        if not response.is_success or "etag" not in headers or "content-length" not in headers:
            response.read()
            raise self._error(response)
        length = int(headers["content-length"])

        def blocks() -> Iterator[bytes]:
            try:
                yield from response.iter_raw(_BLOCK)
            except httpx2.TransportError as error:
                raise self._unreachable(error) from None  # what httpx went through says nothing more
            finally:
                response.close()

        said = headers.get("content-range", "")
        start = int(said.removeprefix("bytes ").partition("-")[0]) if said else 0
        total = int(said.rpartition("/")[2]) if said else length
        return Stream(digest=headers["etag"].strip('"'), total=total, start=start, length=length, blocks=blocks())

    def _error(self, response: httpx2.Response) -> TreadleError:
        """The error in a problem document; or that something else than a Treadle server answered."""
        if response.headers.get("content-type", "").startswith(PROBLEM):
            try:
                return from_problem(json.loads(response.content))
            except ValueError:
                pass  # cut short on its way: then it is no better than a foreign answer
        kind = response.headers.get("content-type", "nothing").partition(";")[0]
        what = f"what answers there is not a Treadle server: status {response.status_code}, {kind}"
        if response.status_code in _AGAIN:
            what = f"a proxy answers, but the server behind it does not (status {response.status_code})"
        return Unreachable(what, where=self.where, hint="check TREADLE_URL; without it the home folder is used")

    def _unreachable(self, error: Exception) -> Unreachable:
        reason = str(error) or type(error).__name__
        hint = "start it with `treadle up`, or `unset TREADLE_URL` to work in the home folder"
        return Unreachable(f"the server does not answer: {reason}", where=self.where, hint=hint)


def _written(operation: Operation[Any, Any], request: Any) -> tuple[str, list[tuple[str, str]], bytes | None, dict[str, str]]:
    """A request as path, query, body and headers."""
    path = operation.path
    query: list[tuple[str, str]] = []
    in_body = operation.method in ("POST", "PUT") and operation.body == "json"
    for field in msgspec.structs.fields(operation.request):
        value = getattr(request, field.name)
        place = f"{{{field.name}}}"
        if place in path:
            path = path.replace(place, _segment(str(value)))
        elif not in_body and value != field.default and value is not None:
            query += [(field.name, _text(one)) for one in (value if isinstance(value, (tuple, list)) else (value,))]
    if in_body:
        return f"/api{path}", query, msgspec.msgpack.encode(request), {"Content-Type": MSGPACK}
    return f"/api{path}", query, None, {"Content-Type": "application/octet-stream"} if operation.body == "bytes" else {}


def _segment(text: str) -> str:
    for scheme in ("model://", "dataset://"):  # names are understood without, and a path cannot hold the slashes
        text = text.removeprefix(scheme)
    if text in ("", ".", ".."):
        raise UsageError(f"`{text}` is not the name of anything")
    return quote(text, safe="@")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
