"""What a command needs on this machine when the record lies on a server: describing the project's code, and waiting for news.

Nothing is performed here: the server's dispatcher does that, or `treadle work` anywhere.
"""

from __future__ import annotations

import contextlib
import json
import threading
from pathlib import Path
from typing import Any

from treadle.contract.work import Answers
from treadle.core.errors import TreadleError
from treadle.sdk.client import Client
from treadle.sdk.home import find_home, make_home
from treadle.worker.host import WorkerHost

_GATHER = 0.05  # seconds: news comes in handfuls, and one look takes them all
_FOLLOWING = 1.0  # seconds that `turn` may wait while the news is followed: then nothing can happen unheard
_ENDED = ("run.done", "run.failed", "run.stopped")


class Describer:
    """Has the attributes of a supervisor that a command uses, for a record that lies elsewhere."""

    def __init__(self, client: Client) -> None:
        self.home: Path = make_home(find_home())
        self.host = WorkerHost(_nothing_to_report, client.contents, self.home)
        self.ambient: Any = None
        """This interpreter's environment, once it was captured."""
        self._client = client
        self._ended: set[str] = set()
        self._following = False
        self._fresh = threading.Event()
        self._closed = threading.Event()

    def adopt(self, run: int) -> None:
        """Listens for news of this run; the server looks after it."""
        threading.Thread(target=self._listen, args=(run,), name="treadle-news", daemon=True).start()

    def _listen(self, root: int) -> None:
        """Wakes `turn` for each piece of news. Where the news cannot be followed, `turn` ends by its timeout, and that will do."""
        while not self._closed.is_set():
            with contextlib.suppress(TreadleError):
                for line in self._client.transport.news(root=root):  # type: ignore[attr-defined]
                    if not self._following:
                        self._following = True
                        self._fresh.set()  # what happened before the news was followed is to be looked at, too
                    if line.startswith("data:"):
                        self._take(json.loads(line.removeprefix("data:")))
            self._following = False
            self._closed.wait(1.0)

    def _take(self, entry: dict[str, Any]) -> None:
        if entry["kind"] in _ENDED:
            self._ended.add(entry["subject"])
        self._fresh.set()

    def has_ended(self, run: int) -> bool:
        """Whether the news said that this run has ended."""
        return f"run:{run}" in self._ended

    def turn(self, timeout: float) -> bool:
        """Waits for news, up to `timeout` seconds where it cannot be followed; answers whether there was some."""
        if not self._fresh.wait(max(timeout, _FOLLOWING) if self._following else timeout):
            return False
        self._closed.wait(_GATHER)
        self._fresh.clear()
        return True

    def close(self) -> None:
        self._closed.set()
        self.host.close()


def _nothing_to_report(_operation: Any, _request: Any) -> Answers:
    """The host beats as every host does; one that performs nothing has nothing to tell the record."""
    return Answers()
