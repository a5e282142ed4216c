"""The client over HTTP: the same operations, errors and bytes as in a home folder, and clear words when nobody answers."""

from __future__ import annotations

import http.server
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from treadle.assemble import open_home
from treadle.contract import content as content_words
from treadle.contract import data as data_words
from treadle.contract import record as record_words
from treadle.contract import runs as run_words
from treadle.core.errors import Damaged, MissingContent, NotSignedIn, QueryError, TreadleError, UnknownRun, Unreachable, UsageError
from treadle.data import work
from treadle.sdk import remote
from treadle.sdk.client import Client, connect
from treadle.sdk.remote import HttpTransport
from treadle.testing.blobs import noise


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A real server, without a dispatcher."""
    variables = {k: v for k, v in os.environ.items() if not k.startswith("TREADLE_")} | {"TREADLE_HOME": str(tmp_path / "server")}
    words = [sys.executable, "-m", "treadle", "up", "--port", "0", "--no-dispatch"]
    process = subprocess.Popen(words, env=variables, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield process.stdout.readline().split()[-1]
    process.terminate()
    assert process.wait(30) == 0
    process.stdout.close()


@pytest.fixture
def client(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setenv("TREADLE_HOME", str(tmp_path / "here"))
    monkeypatch.delenv("TREADLE_TOKEN", raising=False)
    with connect(address) as made:
        yield made


def fill(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


MANY = {f"part {n % 7}/{n}": noise(200 + n, n) for n in range(3000)} | {"large": noise(5 << 20), "empty": b"", "one MiB": noise(1 << 20, 2)}


def test_operations_answer_the_same_structs(client: Client) -> None:
    assert client.local is False
    assert client(run_words.list_runs, run_words.ListRuns(limit=3)) == run_words.RunPage(runs=())
    health = client(record_words.check_health, record_words.CheckHealth())
    assert isinstance(health, record_words.Health)
    assert health.dialect == "sqlite"


@pytest.mark.parametrize(
    ("operation", "request_", "error"),
    [
        (run_words.get_run, run_words.RunRef(run="99"), UnknownRun),
        (run_words.get_run, run_words.RunRef(run="a/b c%2F"), TreadleError),
        (run_words.get_run, run_words.RunRef(run=".."), UsageError),
        (run_words.list_runs, run_words.ListRuns(query="state = = x"), QueryError),
        (content_words.get_content, content_words.GetContent(digest="0" * 64), MissingContent),
    ],
)
def test_errors_are_the_same_classes_with_the_same_words(client: Client, tmp_path: Path, operation: Any, request_: Any, error: Any) -> None:
    with pytest.raises(error) as there:
        client(operation, request_)
    if error is UnknownRun or error is QueryError:
        with open_home_client(tmp_path / "other") as local, pytest.raises(error) as here:
            local(operation, request_)
        assert (here.value.what, here.value.where, here.value.hint) == (there.value.what, there.value.where, there.value.hint)


def open_home_client(home: Path) -> Client:
    return Client(open_home(home))


def test_a_folder_travels_to_the_server_and_back(client: Client, tmp_path: Path) -> None:
    folder = fill(tmp_path / "data", MANY)
    (folder / "large").chmod(0o755)
    desk = client.contents.desk()
    added = work.add(desk, folder, "flights", "first")
    assert (added.version.ref, added.version.files, added.new) == ("flights@v1", len(MANY), True)
    pulled = work.pull(desk, "flights@v1", tmp_path / "copy")
    assert pulled.written == len(MANY)
    assert files_of(tmp_path / "copy") == MANY
    assert os.access(tmp_path / "copy" / "large", os.X_OK)
    assert not os.access(tmp_path / "copy" / "empty", os.X_OK) or os.stat(tmp_path / "copy" / "empty").st_mode & 0o111 == 0
    assert work.status(desk, folder, "flights").changes == work.status(desk, tmp_path / "copy", "flights").changes


def test_what_is_stored_remotely_is_what_the_home_would_store(client: Client, tmp_path: Path) -> None:
    folder = fill(tmp_path / "data", MANY)
    there = client.contents.adopt_tree(folder)
    with open_home_client(tmp_path / "other") as local:
        assert local.contents.adopt_tree(folder) == there
    place = client.contents.folder(there.manifest)
    assert files_of(place) == MANY
    assert client.contents.folder(there.manifest) == place


def test_only_what_the_server_lacks_is_sent(client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = fill(tmp_path / "data", {"a": b"1", "b": b"2", "large": noise(2 << 20)})
    client.contents.adopt_tree(folder)
    sent: list[str] = []
    perform = HttpTransport.call

    def watched(self: HttpTransport, operation: Any, request: Any, **more: Any) -> Any:
        sent.append(operation.name)
        return perform(self, operation, request, **more)

    monkeypatch.setattr(HttpTransport, "call", watched)
    with connect(client.transport.where) as other:
        other.contents.adopt_tree(folder)
    assert set(sent) == {"content.missing"}


def test_bytes_that_were_damaged_on_the_server_or_in_the_cache_are_noticed(client: Client, tmp_path: Path) -> None:
    data = noise(3 << 20)
    digest = client.contents.put(data)
    cached = client.contents.local(digest)
    assert cached.read_bytes() == data
    cached.chmod(0o644)
    cached.write_bytes(b"x" + data[1:])
    assert client.contents.read(digest) == data  # fetched anew
    stored = tmp_path / "server" / "blobs" / "content" / digest[:2] / digest[2:]
    stored.chmod(0o644)
    stored.write_bytes(b"x" + data[1:])
    with pytest.raises((Damaged, Unreachable)):
        client.contents.local(digest)
    assert not (tmp_path / "here" / "cache" / "content" / digest[:2] / digest[2:]).exists()


def test_a_file_is_adopted_and_moved(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "result"
    path.write_bytes(b"value")
    digest = client.contents.adopt(path, move=True)
    assert not path.exists()
    assert client.contents.read(digest) == b"value"
    assert client.contents.local(digest).stat().st_mode & 0o222 == 0


def test_data_is_listed_with_prefix_and_default_fields_left_out(client: Client, tmp_path: Path) -> None:
    client.contents.add(fill(tmp_path / "x", {"a": b"1"}), "birds", "")
    assert [d.name for d in client(data_words.list_datasets, data_words.ListDatasets(prefix="bi"))] == ["birds"]
    assert client(data_words.list_datasets, data_words.ListDatasets(prefix="fl")) == []
    assert client(data_words.find_artifacts, data_words.FindArtifacts()) == []


# --- when things go wrong --------------------------------------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "_PAUSES", (0.01, 0.01, 0.01))


@pytest.fixture
def serving() -> Iterator[Callable[[list[tuple[int, dict[str, str], bytes]]], tuple[str, list[str]]]]:
    """Starts a server that gives these answers, one after the other, and notes who asked."""
    servers: list[http.server.HTTPServer] = []

    def start(answers: list[tuple[int, dict[str, str], bytes]]) -> tuple[str, list[str]]:
        asked: list[str] = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.headers.get("Authorization", ""))
                status, headers, body = answers[min(len(asked), len(answers)) - 1]
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}", asked

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


GOOD = (200, {"Content-Type": "application/msgpack"}, b"\x81\xa4runs\x90")
BUSY = (503, {"Content-Type": "application/problem+json"}, b'{"code": "E0400", "title": "too many requests", "status": 503}')


def list_runs(address: str) -> Any:
    with connect(address) as client:
        return client(run_words.list_runs, run_words.ListRuns())


@pytest.mark.usefixtures("quick")
def test_an_overloaded_server_is_asked_again(serving: Any) -> None:
    address, asked = serving([BUSY, (502, {}, b""), GOOD])
    assert list_runs(address).runs == ()
    assert len(asked) == 3


@pytest.mark.usefixtures("quick")
def test_a_server_that_stays_overloaded_is_said_to_be_so(serving: Any) -> None:
    address, asked = serving([BUSY])
    with pytest.raises(Unreachable, match="too many requests"):
        list_runs(address)
    assert len(asked) == 4


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "answer",
    [
        (200, {"Content-Type": "text/html"}, b"<html>Welcome to the hotel</html>"),
        (404, {"Content-Type": "text/html"}, b"nothing"),
        (302, {"Location": "https://login.example/"}, b""),
        (200, {}, b""),
    ],
)
def test_something_else_than_a_treadle_server_is_named(serving: Any, answer: Any) -> None:
    address, asked = serving([answer])
    with pytest.raises(Unreachable, match="not a Treadle server") as error:
        list_runs(address)
    assert error.value.where == address
    assert "TREADLE_URL" in (error.value.hint or "")
    assert len(asked) == 1


@pytest.mark.usefixtures("quick")
def test_a_server_of_another_version_is_named(serving: Any) -> None:
    address, _ = serving([(200, {"Content-Type": "application/msgpack"}, b"\x81\xa4runs\x01")])
    with pytest.raises(Unreachable, match="not what this version expects"):
        list_runs(address)


@pytest.mark.usefixtures("quick")
def test_nobody_there_names_the_address_and_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(Unreachable) as error:
        list_runs(address)
    assert error.value.where == address
    assert "treadle up" in (error.value.hint or "")


@pytest.mark.parametrize("address", ["127.0.0.1:8080", "ftp://x", "http://", "https:///x"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="not the address"):
        HttpTransport(address)


def test_the_token_comes_from_the_environment_and_is_not_sent_elsewhere(serving: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    other, asked_other = serving([GOOD])
    address, asked = serving([(302, {"Location": other}, b"")])
    monkeypatch.setenv("TREADLE_TOKEN", "trd_secret")
    with pytest.raises(Unreachable):
        list_runs(address)
    assert asked == ["Bearer trd_secret"]
    assert asked_other == []


def test_a_server_with_tokens_says_what_is_missing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from treadle.contract.access import AddToken, add_token

    made = client(add_token, AddToken(name="ann", role="reader"))
    with pytest.raises(NotSignedIn) as error:
        client(run_words.list_runs, run_words.ListRuns())
    assert "TREADLE_TOKEN" in (error.value.hint or "")
    monkeypatch.setenv("TREADLE_TOKEN", made.secret)
    assert list_runs(client.transport.where).runs == ()
