"""Webhooks of MLflow's clients: a real receiver on this machine is told in order, signed, and again when it or the server was away."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

API = "/api/2.0/mlflow"
SECRET = "a word between friends"


class Receiver:
    """Keeps what arrives. `refuse` is how many of the next deliveries are answered with 503."""

    def __init__(self) -> None:
        self.arrived: list[tuple[dict[str, str], bytes]] = []
        self.refuse = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                busy = outer.refuse > 0
                outer.refuse -= busy
                if not busy:
                    outer.arrived.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(503 if busy else 200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def told(self) -> list[tuple[str, str, dict[str, Any]]]:
        bodies = [json.loads(body) for _, body in self.arrived]
        return [(body["entity"], body["action"], body["data"]) for body in bodies]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def events(*names: str) -> list[dict[str, str]]:
    return [dict(zip(("entity", "action"), name.upper().split("."), strict=True)) for name in names]


ALL = (
    "registered_model.created",
    "model_version.created",
    "model_version_tag.set",
    "model_version_tag.deleted",
    "model_version_alias.created",
)


def test_news_of_the_registry_are_told_in_order_signed_and_again(project: Any, up: Any, receiver: Receiver, until: Any) -> None:
    server = up()
    post = server.http.post
    made = post(f"{API}/webhooks", json={"name": "ci", "url": receiver.address, "events": events(*ALL), "secret": SECRET}).json()["webhook"]
    assert "secret" not in json.dumps(made)
    receiver.refuse = 1
    post(f"{API}/registered-models/create", json={"name": "m"})
    post(f"{API}/model-versions/create", json={"name": "m", "source": "s3://bucket/model"})
    post(f"{API}/model-versions/set-tag", json={"name": "m", "version": "1", "key": "q", "value": "ok"})
    post(f"{API}/registered-models/alias", json={"name": "m", "alias": "champion", "version": "1"})
    until(lambda: len(receiver.arrived) >= 4)
    assert [(entity, action) for entity, action, _ in receiver.told()] == [
        ("registered_model", "created"),
        ("model_version", "created"),
        ("model_version_tag", "set"),
        ("model_version_alias", "created"),
    ]
    assert receiver.told()[1][2]["source"] == "s3://bucket/model"
    assert receiver.told()[2][2] == {"name": "m", "version": "1", "key": "q", "value": "ok"}
    assert receiver.told()[3][2] == {"name": "m", "version": "1", "alias": "champion"}
    headers, body = receiver.arrived[0]
    signed = f"{headers['x-mlflow-delivery-id']}.{headers['x-mlflow-timestamp']}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    assert headers["x-mlflow-signature"] == wanted
    tried = post(f"{API}/webhooks/{made['webhook_id']}/test", json={}).json()["result"]
    assert (tried["success"], tried["response_status"]) == (True, 200)


def test_what_happened_while_no_keeper_was_there_is_told_later(project: Any, up: Any, receiver: Receiver, until: Any) -> None:
    server = up("--no-dispatch")
    made = server.http.post(f"{API}/webhooks", json={"name": "ci", "url": receiver.address, "events": events("registered_model.created")})
    number = made.json()["webhook"]["webhook_id"]
    server.http.post(f"{API}/registered-models/create", json={"name": "before"})
    server.process.kill()
    server.stop()
    again = up()
    until(lambda: len(receiver.arrived) >= 1)
    assert receiver.told() == [("registered_model", "created", {"name": "before", "tags": {}, "description": None})]
    again.http.patch(f"{API}/webhooks/{number}", json={"status": "DISABLED"})
    again.http.post(f"{API}/registered-models/create", json={"name": "unheard"})
    again.http.patch(f"{API}/webhooks/{number}", json={"status": "ACTIVE"})
    again.http.post(f"{API}/registered-models/create", json={"name": "after"})
    until(lambda: len(receiver.arrived) >= 2)
    assert [data["name"] for _, _, data in receiver.told()] == ["before", "after"]


def test_what_cannot_be_declared_is_said(up: Any) -> None:
    server = up("--no-dispatch")
    url = "http://127.0.0.1:9/hook"
    for body in (
        {"name": "", "url": url, "events": events("registered_model.created")},
        {"name": "a", "url": "ftp://x/y", "events": events("registered_model.created")},
        {"name": "a", "url": "http://user:word@x/y", "events": events("registered_model.created")},
        {"name": "a", "url": url, "events": []},
        {"name": "a", "url": url, "events": events("prompt.created")},
    ):
        answer = server.http.post(f"{API}/webhooks", json=body)
        assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE"), answer.text
    missing = server.http.get(f"{API}/webhooks/none")
    assert (missing.status_code, missing.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert server.http.get(f"{API}/webhooks").json() == {}
