"""The server over a real socket, in a thread of the test."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from treadle.assemble import Record, open_home
from treadle.server.app import App
from treadle.server.serve import listen, make_server
from treadle.server.settings import Settings


class Served:
    """A server in a thread, on a free port of this machine."""

    def __init__(self, record: Record, settings: Settings) -> None:
        self.record = record
        self.listener = listen(settings)
        self.port = self.listener.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.app: App
        self.loop: asyncio.AbstractEventLoop
        self._up = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(settings)))
        self._thread.start()
        assert self._up.wait(20)
        self.http = httpx2.Client(base_url=self.address, timeout=20)

    async def _serve(self, settings: Settings) -> None:
        self.loop = asyncio.get_running_loop()
        self.app = App(self.record, settings)
        self.server = make_server(self.app)
        self._up.set()
        await self.server.serve(sockets=[self.listener])
        self.app.close()

    def drain(self) -> None:
        asyncio.run_coroutine_threadsafe(self.app.drain(), self.loop).result(10)

    def settle(self) -> None:
        """Waits until no request is under way."""

        async def quiet() -> None:
            async with asyncio.timeout(20):
                while self.app.active or self.app.threads.queued:
                    await asyncio.sleep(0.01)

        asyncio.run_coroutine_threadsafe(quiet(), self.loop).result(30)

    def close(self) -> None:
        self.http.close()
        self.drain()
        self.server.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive()


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    made = open_home(tmp_path / "home")
    yield made
    made.close()


@pytest.fixture
def served(record: Record) -> Iterator[Served]:
    made = Served(record, Settings(port=0, max_body=1 << 20, max_upload=64 << 20, poll=0.02, heartbeat=0.2, silence=5.0))
    yield made
    made.close()
