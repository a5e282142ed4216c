"""What a command needs on this machine when the record lies on a server: describing the project's code, and waiting for news.

Nothing is performed here: the server's dispatcher does that, or `treadle work` anywhere.
"""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from typing import Any

from treadle.contract.work import Answers
from treadle.core.errors import TreadleError
from treadle.sdk.client import Client
from treadle.sdk.home import find_home, make_home
from treadle.worker.host import WorkerHost

_GATHER = 0.1  # seconds: news comes in handfuls, and one look takes them all


class Describer:
    """Has the attributes of a supervisor that a command uses, for a record that lies elsewhere."""

    def __init__(self, client: Client) -> None:
        self.home: Path = make_home(find_home())
        self.host = WorkerHost(_nothing_to_report, client.contents, self.home)
        self._client = client
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
                    if line.startswith("data:"):
                        self._fresh.set()
            self._closed.wait(1.0)

    def turn(self, timeout: float) -> bool:
        """Waits up to `timeout` seconds for news; answers whether there was some."""
        if not self._fresh.wait(timeout):
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
