"""Telling people, by real servers on this machine: signed webhooks, Slack-compatible webhooks, mail."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from treadle.contract.triggers import Notify
from treadle.core.errors import EnvironmentFailed, Unreachable, UsageError
from treadle.triggers import notifiers
from treadle.triggers.notifiers import Message, notify, signature

MESSAGE = Message(
    trigger="tell",
    firing=7,
    news={"id": 3, "kind": "alarm.opened", "subject": "monitor:w", "data": {"sentence": "log loss is <0.41> & up"}},
)


class Listener:
    """An HTTP server that notes what it was sent and answers with `status`."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 200
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(listener.status)
                self.send_header("Location", "http://127.0.0.1:9/")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Post(socketserver.StreamRequestHandler):
    """A mail server that takes one letter (RFC 5321, as much of it as smtplib speaks). `server.refuse` is a code for RCPT."""

    def handle(self) -> None:
        self.say("220 here")
        while line := self.rfile.readline().decode().strip():
            word = line.upper().partition(" ")[0]
            if word == "EHLO":
                self.say("250-here\r\n250 AUTH PLAIN")
            elif word == "AUTH":
                self.server.letters.append(line)  # type: ignore[attr-defined]
                self.say("235 welcome")
            elif word == "RCPT" and self.server.refuse:  # type: ignore[attr-defined]
                self.say(f"{self.server.refuse} no")  # type: ignore[attr-defined]
            elif word == "DATA":
                self.say("354 go on")
                letter = b""
                while not letter.endswith(b"\r\n.\r\n"):
                    letter += self.rfile.readline()
                self.server.letters.append(letter.decode())  # type: ignore[attr-defined]
                self.say("250 taken")
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 fine")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class MailServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Post)
        self.letters: list[str] = []
        self.refuse = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


@pytest.fixture
def mail() -> Iterator[MailServer]:
    made = MailServer()
    yield made
    made.shutdown()
    made.server_close()


def keep(home: Path, name: str, value: str) -> None:
    (home / "secrets").mkdir(exist_ok=True)
    (home / "secrets" / name).write_text(value + "\n")


def test_a_webhook_is_signed_over_its_raw_body(listener: Listener, tmp_path: Path) -> None:
    keep(tmp_path, "SIGNING", "s3cret")
    said = notify(Notify(webhook=f"{listener.url}/x?y=1", secret="SIGNING"), MESSAGE, tmp_path)
    ((path, headers, body),) = listener.seen
    assert said.startswith("told 127.0.0.1: entry 3, alarm.opened")
    assert (path, headers["x-treadle-signature-256"], headers["x-treadle-delivery"]) == ("/x?y=1", signature("s3cret", body), "tell-7")
    assert json.loads(body)["news"]["data"]["sentence"] == "log loss is <0.41> & up"


def test_slack_is_told_a_text(listener: Listener, tmp_path: Path) -> None:
    keep(tmp_path, "SLACK", f"{listener.url}/services/T1")
    notify(Notify(slack="secret:SLACK", text="go & look"), Message(trigger="tell", firing=1, news={}, text="go & look"), tmp_path)
    ((path, _, body),) = listener.seen
    assert (path, json.loads(body)) == ("/services/T1", {"text": "*tell*: go &amp; look"})


def test_what_passes_and_what_does_not(listener: Listener, tmp_path: Path) -> None:
    for status, kind in ((503, Unreachable), (500, Unreachable), (429, Unreachable), (404, UsageError), (302, UsageError)):
        listener.status = status
        with pytest.raises(kind) as caught:
            notify(Notify(webhook=listener.url), MESSAGE, tmp_path)
        assert f"answered {status}" in caught.value.what
    assert len(listener.seen) == 5  # a redirect was not followed
    with pytest.raises(Unreachable, match="did not answer"):
        notify(Notify(webhook="http://127.0.0.1:9/secret-path"), MESSAGE, tmp_path)
    with pytest.raises(EnvironmentFailed, match="`NOWHERE` is not set"):
        notify(Notify(slack="secret:NOWHERE"), MESSAGE, tmp_path)
    keep(tmp_path, "FILE", "file:///etc/passwd")
    with pytest.raises(UsageError):
        notify(Notify(webhook="secret:FILE"), MESSAGE, tmp_path)


def test_a_server_that_never_answers_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setattr(notifiers, "TIME_LIMIT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(Unreachable, match="did not answer"):
        notify(Notify(webhook=f"http://127.0.0.1:{silent.getsockname()[1]}"), MESSAGE, tmp_path)


def test_mail(mail: MailServer, tmp_path: Path) -> None:
    port = mail.server_address[1]
    keep(tmp_path, "TREADLE_SMTP", f"smtp://127.0.0.1:{port}?from=treadle@example.org")
    notify(Notify(mail=("ops@example.org", "ada@example.org")), MESSAGE, tmp_path)
    (letter,) = mail.letters
    assert "Subject: tell: entry 3, alarm.opened about monitor:w: log loss is <0.41> & up" in letter
    assert "From: treadle@example.org\r\nTo: ops@example.org, ada@example.org" in letter
    assert "treadle triggers why 7" in letter


def test_mail_with_a_password(mail: MailServer, tmp_path: Path) -> None:
    keep(tmp_path, "TREADLE_SMTP_PASSWORD", "pw")
    act = Notify(mail=("ops@example.org",), server=f"smtp://ada%40example.org@127.0.0.1:{mail.server_address[1]}")
    notify(act, MESSAGE, tmp_path)
    assert mail.letters[0].startswith("AUTH PLAIN ")
    assert "From: ada@example.org" in mail.letters[1]


def test_nothing_can_be_written_into_the_head_of_a_mail(mail: MailServer, tmp_path: Path) -> None:
    act = Notify(mail=("ops@example.org",), server=f"smtp://127.0.0.1:{mail.server_address[1]}")
    notify(act, Message(trigger="t", firing=1, news={}, text="one\r\nBcc: evil@example.org"), tmp_path)
    head = mail.letters[0].partition("\r\n\r\n")[0]
    assert "\r\nBcc:" not in head


def test_mail_that_is_not_taken(mail: MailServer, tmp_path: Path) -> None:
    act = Notify(mail=("ops@example.org",), server=f"smtp://127.0.0.1:{mail.server_address[1]}")
    mail.refuse = 550
    with pytest.raises(UsageError, match="refused ops"):
        notify(act, MESSAGE, tmp_path)
    with pytest.raises(Unreachable, match="took no mail"):
        notify(Notify(mail=("ops@example.org",), server="smtp://127.0.0.1:9"), MESSAGE, tmp_path)
    with pytest.raises(UsageError, match="no smtp or smtps URL"):
        notify(Notify(mail=("ops@example.org",), server="http://127.0.0.1"), MESSAGE, tmp_path)
