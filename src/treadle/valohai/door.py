"""A run's own door: what a script may ask of whoever performs it while it runs (`config/api.json` of Valohai's contract).

It listens on loopback for one run only, under an address that nobody else can guess, and goes with the run. A script says its status
detail here, and gets the files of inputs that are fetched on demand only. Nothing else of the record is reached through it: a run that
is not trusted learns no more here than it was given.
"""

from __future__ import annotations

import contextlib
import json
import queue
import secrets
import shutil
import socket
import threading
import urllib.parse
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from treadle.core.errors import DataError, TreadleError
from treadle.valohai import sources
from treadle.valohai.layout import Placed

MOST_BODY = 64 << 10
"""Bytes that a script may send at once."""
MOST_DETAIL = 500
"""Characters of a status detail that are kept."""
MOST_AT_ONCE = 16
_PATIENCE = 60.0  # seconds without a byte from whoever asks


class Said(NamedTuple):
    """What came through the door for the run's own log; with `detail` it is the run's new status detail."""

    words: str
    detail: bool = False


class Door:
    """The door of one run. It is bound at once, so that its address can be told, and answers from `open` to `close`.

    `placed` are the files of all inputs; those that are not near are what can be fetched. What is said through the door waits in `said`
    until the run's own loop takes it from there: threads of the door write neither log nor spool.
    """

    def __init__(self, placed: Iterable[Placed], cache: Path, *, fresh: bool = False) -> None:
        self.said: queue.SimpleQueue[Said] = queue.SimpleQueue()
        self.fetched: dict[tuple[str, str], dict[str, Any]] = {}
        """Checksums and size by input and place, of what was fetched."""
        self._waiting = [one for one in placed if not one.near]
        self._fetching = [threading.Lock() for _ in self._waiting]
        self._cache, self._fresh = cache, fresh
        self._secret = secrets.token_urlsafe(24)
        self._server = _Server(self)
        self.address = f"http://127.0.0.1:{self._server.server_port}/{self._secret}"
        self._thread: threading.Thread | None = None

    def document(self) -> dict[str, Any]:
        """What stands in api.json: how each thing is asked for."""
        return {
            "set_status_detail": {"url": f"{self.address}/status-detail", "method": "POST", "headers": {}},
            "input_request": {"url": f"{self.address}/inputs", "method": "GET", "headers": {}},
            "trigger_catalog": {"url": f"{self.address}/triggers", "method": "GET", "headers": {}},
        }

    def open(self) -> None:
        """Begins to answer. Called when the script has been started: no thread may live when a process is forked."""
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.2}, name="treadle-door", daemon=True)
        self._thread.start()

    def close(self) -> None:
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    # --- what can be asked for ------------------------------------------------------------------------------------------------

    def knows(self, secret: str) -> bool:
        return secrets.compare_digest(secret.encode(), self._secret.encode())

    def take_detail(self, body: bytes) -> None:
        """Takes a status detail; raises ValueError for what is none."""
        said = json.loads(body)
        detail = said.get("status_detail") if isinstance(said, dict) else None
        if detail is None:
            raise ValueError('{"status_detail": "words"} is what is taken here')
        words = " ".join((detail if isinstance(detail, str) else json.dumps(detail)).split())
        self.said.put(Said(words if len(words) <= MOST_DETAIL else f"{words[:MOST_DETAIL]}...", detail=True))

    def files_of(self, inputs: Iterable[str]) -> list[dict[str, Any]]:
        """For each input that is asked for by its id: where its files can be had."""
        made: list[dict[str, Any]] = []
        for wanted in dict.fromkeys(inputs):
            files = [
                {"input_id": wanted, "filename": one.place, "url": f"{self.address}/file/{number}/{urllib.parse.quote(one.place)}"}
                for number, one in enumerate(self._waiting)
                if one.input_id == wanted
            ]
            made.append({"input_id": wanted, "files": files})
        return made

    def file(self, number: int) -> tuple[Path, Placed]:
        """Fetches one of the files, once; raises DataError for what cannot be had."""
        if not 0 <= number < len(self._waiting):
            raise DataError(f"this run has no file {number} to fetch on demand")
        one = self._waiting[number]
        with self._fetching[number]:
            known = self.fetched.get((one.input, one.place))
            if known is not None:
                return known["path"], one
            found = sources.fetch(one.address, self._cache, lambda words: self.said.put(Said(words)), fresh=self._fresh)[0]
            checksums, size = sources.checksums(found.path), found.path.stat().st_size
            self.fetched[one.input, one.place] = {"path": found.path, "checksums": checksums, "size": size}
        self.said.put(Said(f"treadle: fetched {one.place} of input {one.input} on demand: {size:,} bytes, sha256 {checksums['sha256']}"))
        return found.path, one

    def no_trigger(self, wanted: str) -> str:
        words = f"no trigger `{wanted[:80]}` is offered to runs here; what should follow a run is a trigger of Treadle (treadle triggers)"
        self.said.put(Said(f"treadle: warning: {words}"))
        return words


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, door: Door) -> None:
        self.door = door
        self._places = threading.BoundedSemaphore(MOST_AT_ONCE)
        super().__init__(("127.0.0.1", 0), _Answers)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._places.acquire()  # more than these wait in the queue of the system
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asked has gone; what went wrong otherwise was answered."""


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "treadle", ""
    timeout = _PATIENCE
    server: _Server

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, *_: Any) -> None:
        return

    def _answer(self) -> None:
        door = self.server.door
        asked = urllib.parse.urlsplit(self.path)
        _, secret, what, *rest = [*asked.path.split("/"), "", ""]
        body = self._body()
        if body is None:
            return self._say(413, {"message": f"more than {MOST_BODY:,} bytes"})
        if not door.knows(secret):
            return self._say(404, {"message": "there is nothing here"})
        fields = urllib.parse.parse_qs(asked.query)
        if what == "status-detail" and self.command == "POST":
            return self._detail(door, body)
        if what == "inputs":
            return self._say(200, door.files_of(fields.get("inputs", [])))
        if what == "triggers":
            return self._say(404, {"message": door.no_trigger(fields.get("q", [""])[0]), "code": "not_found"})
        if what == "file" and rest[0].isdecimal():
            return self._file(door, int(rest[0]))
        return self._say(404, {"message": "a run's door knows status-detail, inputs and triggers"})

    def _body(self) -> bytes | None:
        """What was sent along; None when that is more than is taken, and then the connection goes."""
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > MOST_BODY or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            return None
        return self.rfile.read(int(length))

    def _detail(self, door: Door, body: bytes) -> None:
        try:
            door.take_detail(body)
        except ValueError as error:
            return self._say(400, {"message": str(error)})
        return self._say(200, {})

    def _file(self, door: Door, number: int) -> None:
        try:
            path, one = door.file(number)
        except TreadleError as error:
            door.said.put(Said(f"treadle: warning: {error.what}"))
            return self._say(502, {"message": error.what, "hint": error.hint or ""})
        name = urllib.parse.quote(Path(one.place).name)
        with path.open("rb") as file:
            self.send_response(200)
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("Content-Length", str(path.stat().st_size))
            self.send_header("Content-Disposition", f"attachment; filename*=UTF-8''{name}")
            self.end_headers()
            with contextlib.suppress(BrokenPipeError, ConnectionResetError, socket.timeout):
                shutil.copyfileobj(file, self.wfile, 1 << 20)
        return None

    def _say(self, status: int, answer: Any) -> None:
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
