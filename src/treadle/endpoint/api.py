"""Which path says what: the router of an endpoint, and what is checked before any of them."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

import msgspec

from treadle.endpoint import foreign, oip, plain, tables
from treadle.endpoint.answers import Refused, refuse
from treadle.endpoint.describing import metrics, openapi
from treadle.endpoint.front import Front, key_of, moment_of
from treadle.endpoint.guard import Guard
from treadle.endpoint.http import Request

if TYPE_CHECKING:
    from treadle.contract.serving import AddedLabels

log = logging.getLogger("treadle.endpoint")
JSON_TYPES = (b"application/json", b"", b"application/vnd.mlflow+json")
LabelsThen = Callable[["AddedLabels | Refused"], None]


class Facts(NamedTuple):
    """What stands in the headers that matter."""

    media: bytes
    head_length: bytes
    key: str | None
    at: float | None


class Api:
    """Handles requests. `add_labels` hands labels to the record and calls back with what became of them."""

    def __init__(self, front: Front, guard: Guard, add_labels: Callable[[list[Any], LabelsThen], None]) -> None:
        self.front = front
        self.guard = guard
        self.add_labels = add_labels
        self.invalid = 0
        self._posts: dict[bytes, Callable[[Request, Facts], None]] = {
            b"/predict": self._predict,
            b"/": self._predict,
            b"/invocations": self._invocations,
            b"/labels": self._labels,
        }
        self._gets: dict[bytes, Callable[[Request], None]] = {
            b"/health/live": lambda request: request.answer(200, b'{"live":true}'),
            b"/v2/health/live": lambda request: request.answer(200, b'{"live":true}'),
            b"/ping": self._ready,
            b"/health/ready": self._ready,
            b"/v2/health/ready": self._ready,
            b"/v2": lambda request: request.answer(200, oip.server()),
            b"/metrics": lambda request: request.answer_as(200, b"text/plain; version=0.0.4; charset=utf-8", metrics(self.front)),
            b"/openapi.json": lambda request: request.answer(200, openapi(self.front)),
            b"/": lambda request: request.answer(200, openapi(self.front)),
        }

    def handle(self, request: Request) -> None:
        """Answers a request, now or later; whatever goes wrong becomes a problem document."""
        try:
            self._handle(request)
        except Refused as refused:
            refuse(request, refused)
        except Exception:  # a defect of ours: the caller learns a number, the log the whole story
            number = secrets.token_hex(6)
            log.exception("a request failed, error %s", number)
            refuse(request, Refused(500, f"something went wrong in the endpoint, error {number}"))

    def refuse(self, request: Request, status: int, what: str) -> None:
        if self.front.live is not None:
            self.front.live.invalid += 1
        refuse(request, Refused(status, what))

    def _handle(self, request: Request) -> None:
        media = host = origin = site = authorization = head_length = b""
        key = at = None
        for name, value in request.headers:
            name = name.lower()
            if name == b"content-type":
                media = value
            elif name == b"host":
                host = value
            elif name == b"authorization":
                authorization = value
            elif name == b"origin":
                origin = value
            elif name == b"sec-fetch-site":
                site = value
            elif name == b"treadle-key":
                key = value.decode("utf-8", "replace")
            elif name == b"treadle-at":
                at = value.decode("latin-1")
            elif name == b"inference-header-content-length":
                head_length = value
            elif name == b"content-encoding" and value.lower() != b"identity":
                raise Refused(415, "compressed bodies are not taken")
        path = request.target.partition(b"?")[0]
        post = request.method == "POST"
        wrong = self.guard.check(host, origin if post else b"", site if post else b"")
        if wrong is not None:
            raise wrong
        facts = Facts(media, head_length, key_of(key), moment_of(at)) if post else None
        if not self.guard.guarded or path in (b"/health/live", b"/health/ready", b"/v2/health/live", b"/v2/health/ready", b"/ping"):
            self._route(request, path, facts)
            return
        permission = "endpoint:label" if path == b"/labels" else "endpoint:read"

        def then(refused: Refused | None) -> None:
            if refused is not None:
                refuse(request, refused)
                return
            try:
                self._route(request, path, facts)
            except Refused as other:
                refuse(request, other)

        self.guard.admit(authorization, permission, then)

    def _route(self, request: Request, path: bytes, facts: Facts | None) -> None:
        if facts is not None:
            known = self._posts.get(path)
            if known is not None:
                known(request, facts)
                return
            self._model_path(request, path, facts)
            return
        if request.method not in ("GET", "HEAD"):
            raise Refused(405, f"{request.method} does not work here", hint="GET or POST")
        shown = self._gets.get(path)
        if shown is not None:
            shown(request)
        elif path in self._posts:
            raise Refused(405, "this path takes POST", hint="POST " + path.decode("latin-1"))
        else:
            self._model_path(request, path, None)

    def _model_path(self, request: Request, path: bytes, facts: Facts | None) -> None:
        """/v2/models/M[/versions/V][/ready|/infer] and /v1/models/M[:predict]."""
        parts = [unquote(part) for part in path.decode("latin-1").strip("/").split("/")]
        if parts[:2] == ["v1", "models"] and len(parts) == 3:
            name, _, act = parts[2].partition(":")
            self._known_model(name)
            if act == "predict" and facts is not None:
                foreign.kserve(self.front, request, facts)
            elif not act and facts is None:
                request.answer(200, msgspec.json.encode({"name": name, "ready": self._is_ready}))
            else:
                raise Refused(405, "this path takes " + ("POST" if act else "GET"))
            return
        if parts[:2] != ["v2", "models"] or len(parts) < 3:
            raise Refused(404, f"there is nothing at {path.decode('latin-1')[:200]}", hint="GET /openapi.json says what there is")
        self._known_model(parts[2])
        rest, version = parts[3:], None
        if rest[:1] == ["versions"] and len(rest) > 1:
            version, rest = rest[1], rest[2:]
        if rest == ["infer"]:
            if facts is None:
                raise Refused(405, "infer takes POST")
            oip.infer(self.front, request, facts, parts[2], version)
        elif facts is not None:
            raise Refused(405 if rest in ([], ["ready"]) else 404, f"there is nothing to post at {path.decode('latin-1')[:200]}")
        elif rest == ["ready"]:
            line = oip.line_of(self.front, version)
            ready = line is not None and line.state == "ready"
            request.answer(200 if ready else 503, msgspec.json.encode({"name": parts[2], "ready": ready}))
        elif not rest:
            request.answer(200, oip.metadata(self.front, version))
        else:
            raise Refused(404, f"there is nothing at {path.decode('latin-1')[:200]}", hint="GET /openapi.json says what there is")

    def _known_model(self, name: str) -> None:
        names = {line.spec.model for line in self.front.lines.values()} | {self.front.endpoint}
        if name not in names:
            raise Refused(404, f"there is no model `{name[:80]}` here", hint=f"here are {', '.join(sorted(names))}")

    # --- what has no file of its own ------------------------------------------------------------------------------------

    @property
    def _is_ready(self) -> bool:
        return not self.front.draining and self.front.live is not None and self.front.live.state == "ready"

    def _ready(self, request: Request) -> None:
        request.answer(200 if self._is_ready else 503, msgspec.json.encode({"ready": self._is_ready}))

    def _predict(self, request: Request, facts: Facts) -> None:
        media = facts.media
        if media == b"application/json" or not media:
            body = request.body
            self.front.predict(request, lambda checker: checker.body(body), plain.answer, facts.key, facts.at)
            return
        kind = media.partition(b";")[0].strip().lower()
        if kind in JSON_TYPES:
            plain.predict(self.front, request, facts)
        elif kind in tables.KINDS:
            tables.predict(self.front, request, facts, kind)
        else:
            raise Refused(415, f"a body of the type `{media.decode('latin-1')[:80]}` is not taken", hint="Content-Type: application/json")

    def _invocations(self, request: Request, facts: Facts) -> None:
        kind = facts.media.partition(b";")[0].strip().lower()
        if kind in tables.KINDS:
            tables.predict(self.front, request, facts, kind)
        elif kind in JSON_TYPES:
            foreign.mlflow(self.front, request, facts)
        else:
            raise Refused(415, "that type of body is not taken", hint="Content-Type: application/json")

    def _labels(self, request: Request, facts: Facts) -> None:
        if facts.media.partition(b";")[0].strip().lower() not in JSON_TYPES:
            raise Refused(415, "labels come as JSON", hint="Content-Type: application/json")
        labels = plain.labels(request.body)

        def then(found: AddedLabels | Refused) -> None:
            if isinstance(found, Refused):
                refuse(request, found)
            else:
                request.answer(200, msgspec.json.encode(found))

        self.add_labels(labels, then)
