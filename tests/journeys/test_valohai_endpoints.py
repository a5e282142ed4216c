"""Endpoints of a valohai.yaml: web applications that answer through `treadle up`, with real processes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from treadle.valohai import view
from treadle.valohai.identity import number_of

from .conftest import Up

pytestmark = pytest.mark.skipif(not view.possible(), reason="this machine lets no ordinary process make namespaces")

PROJECT = """
- endpoint:
    name: greet
    image: python:3.11
    wsgi: app.greet:application
    files:
      - {name: words, path: data/words.txt}
- endpoint:
    name: echo
    image: python:3.11
    port: 8000
    server-command: python echo.py
- step:
    name: train
    image: busybox
    command: echo "{parameter-value:word}" > /valohai/outputs/words.txt
    parameters:
      - {name: word, default: trained}
- step:
    name: tell
    image: busybox
    command: echo "told {parameter-value:version}"
    parameters:
      - {name: version}
- pipeline:
    name: release
    nodes:
      - {name: train, type: execution, step: train}
      - {name: deploy, type: deployment, deployment: words, endpoints: [greet], aliases: [live]}
      - {name: tell, type: execution, step: tell}
    edges:
      - [train.output.words.txt, deploy.file.greet.words]
      - [deploy.deployment.version_id, tell.parameter.version]
"""

GREET = """
import json, os

WORDS = open("data/words.txt").read().strip()

def application(environ, start_response):
    metadata = json.load(open("valohai-metadata.json"))
    said = {
        "words": WORDS,
        "path": environ["PATH_INFO"],
        "prefix": environ.get("HTTP_X_VH_PREFIX"),
        "default": os.environ["VH_DEFAULT_PREFIX"],
        "endpoint": metadata["endpoint"]["name"],
        "file": metadata["files"]["words"][0]["path"],
    }
    print(json.dumps({"vh_metadata": {"asked": 1}}), flush=True)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(said).encode()]
"""

ECHO = """
import json, os
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path.endswith("/die"):
            os._exit(3)
        self.answer(b"")
    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers["Content-Length"])))
    def answer(self, body):
        seen = {"home": os.path.exists(HOME), "mode": os.environ.get("MODE"), "key": bool(os.environ.get("KEY")), "body": body.decode(),
                "authorization": self.headers.get("Authorization"), "query": self.path.partition("?")[2]}
        print("key is", os.environ.get("KEY"), flush=True)
        data = json.dumps(seen).encode()
        self.send_response(201)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

HTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
"""


@pytest.fixture
def served(project: Any) -> Iterator[tuple[Any, Up]]:
    project.write("valohai.yaml", PROJECT)
    project.write("app/greet.py", GREET)
    project.write("app/__init__.py", "")
    project.write("echo.py", f"HOME = {str(project.folder / 'words.txt')!r}\n" + ECHO)
    project.write("words.txt", "hello")
    up = Up(project)
    yield project, up
    up.stop()


def answered(up: Up, until: Any, path: str) -> Any:
    """The answer, once the application is there: until then the server says 503 and where its log is."""

    def ask() -> Any:
        answer = up.http.get(path)
        if answer.status_code == 503:
            assert "treadle deployments logs" in answer.json()["hint"]
            return None
        return answer

    return until(ask)


def test_two_versions_answer_side_by_side_and_an_alias_moves_at_once(served: Any, until: Any) -> None:
    project, up = served
    first = project.json("deploy", "words", "-e", "greet", "--file", "words=words.txt", "--name", "one", "--alias", "live")
    assert first["aliases"] == ["live"]
    project.write("words.txt", "goodbye")
    project.treadle("deploy", "words", "-e", "greet", "--file", "words=words.txt", "--name", "two")
    one = answered(up, until, "/deployed/default/words/one/greet/a/b").json()
    two = answered(up, until, "/deployed/default/words/two/greet/").json()
    assert (one["words"], two["words"]) == ("hello", "goodbye")
    assert one["path"] == "/deployed/default/words/one/greet/a/b"
    assert (one["prefix"], one["default"]) == ("/deployed/default/words/one/greet",) * 2
    assert (one["endpoint"], one["file"]) == ("greet", "data/words.txt")
    live = up.http.get("/deployed/default/words/live/greet/").json()
    assert (live["words"], live["prefix"], live["default"]) == (
        "hello",
        "/deployed/default/words/live/greet",
        "/deployed/default/words/one/greet",
    )
    project.treadle("deployments", "alias", "words", "live", "two")
    assert up.http.get("/deployed/default/words/live/greet/").json()["words"] == "goodbye"
    assert "vh_metadata" in project.treadle("deployments", "logs", "words", "live", "greet").stdout
    [row] = project.json("deployments")
    assert row["aliases"] == {"live": "two"}
    project.treadle("deployments", "disable", "words", "one")
    assert up.http.get("/deployed/default/words/one/greet/").json()["hint"] == "treadle deployments enable words one"


def test_an_application_sees_what_it_is_given_and_nothing_else_and_comes_back_after_a_crash(served: Any, until: Any) -> None:
    project, up = served
    project.treadle("projects", "variable", "default", "KEY", "hunter2hunter2", "--secret")
    project.treadle("deploy", "echo", "-e", "echo", "--env", "MODE=fast", "--group", "project.default", "--name", "v1")
    path = "/deployed/default/echo/v1/echo"
    answer = answered(up, until, f"{path}/?a=1&b=%20")
    assert answer.status_code == 201
    assert answer.json() == {"home": False, "mode": "fast", "key": True, "body": "", "authorization": None, "query": "a=1&b=%20"}
    said = up.http.post(f"{path}/", content=b"x" * 200_000)
    assert said.json()["body"] == "x" * 200_000
    assert "default-src 'none'" in said.headers["content-security-policy"]
    assert "hunter2" not in project.treadle("deployments", "logs", "echo", "v1", "echo").stdout
    assert up.http.get(f"{path}/die").status_code == 503
    assert answered(up, until, f"{path}/").status_code == 201


def test_a_pipeline_deploys_what_it_has_trained(served: Any, until: Any) -> None:
    project, up = served
    assert project.treadle("lint").returncode == 0
    run = project.run("release")
    assert run["state"] == "done"
    live = answered(up, until, "/deployed/default/words/live/greet/").json()
    assert (live["words"], live["endpoint"]) == ("trained", "greet")
    [version] = project.json("deployments", "show", "words")
    assert version["aliases"] == ["live"]
    told = next(child for child in run["children"] if child["step"] == "tell")
    assert number_of("deployment", told["parameters"]["version"]) == version["id"]
    files = json.loads(up.http.get("/api/deployment-versions").content)[0]["applications"]["greet"]["files"]
    assert files["words"]["about"]["source"].startswith("run://")


def test_who_may_not_release_cannot_ask_for_a_pipeline_that_does(project: Any) -> None:
    project.write("valohai.yaml", PROJECT)
    secret = project.json("tokens", "add", "ann", "--role", "member")["secret"]
    up = Up(project, "--no-dispatch")
    try:
        project.environment |= {"TREADLE_URL": up.address, "TREADLE_TOKEN": secret}
        assert "endpoint:release" in project.treadle("run", "release", status=4).stderr
        project.treadle("run", "train", "--detach")
    finally:
        up.stop()


def test_a_server_that_stops_takes_its_applications_with_it(project: Any, until: Any) -> None:
    project.write("valohai.yaml", PROJECT)
    project.write("echo.py", "HOME = '/'\n" + ECHO)
    project.treadle("deploy", "echo", "-e", "echo", "--name", "v1")
    up = Up(project)
    answered(up, until, "/deployed/default/echo/v1/echo/")
    family = psutil.Process(up.process.pid).children(recursive=True)
    assert up.stop() == 0
    until(lambda: not [one for one in family if one.is_running() and one.status() != psutil.STATUS_ZOMBIE])


def test_what_is_wrong_is_told(served: Any) -> None:
    project, up = served
    assert "--file words=PATH" in project.treadle("deploy", "words", "-e", "greet", status=2).stderr
    assert "no endpoint `nothing`" in project.treadle("deploy", "words", "-e", "nothing", status=2).stderr
    assert "`other`" in project.treadle("deploy", "words", "-e", "greet", "-f", "words=words.txt", "-f", "other=words.txt", status=2).stderr
    assert up.http.get("/deployed/default/nothing/v1/greet/").status_code == 404
    project.treadle("deploy", "words", "-e", "greet", "-f", "words=words.txt", "--name", "one")
    assert "already" in project.treadle("deploy", "words", "-e", "greet", "-f", "words=words.txt", "--name", "one", status=6).stderr
    assert json.loads(up.http.get("/deployed/default/words/one/other/").content)["hint"] == "it has greet"


def test_where_tokens_are_asked_for_an_application_asks_for_one_and_never_sees_it(project: Any, until: Any) -> None:
    project.write("valohai.yaml", PROJECT)
    project.write("echo.py", "HOME = '/'\n" + ECHO)
    project.treadle("deploy", "echo", "-e", "echo", "--name", "v1")
    secret = project.json("tokens", "add", "ann", "--role", "reader")["secret"]
    up = Up(project)
    try:
        assert up.http.get("/deployed/default/echo/v1/echo/").status_code == 401
        up.http.headers["Authorization"] = f"Bearer {secret}"
        assert answered(up, until, "/deployed/default/echo/v1/echo/").json()["authorization"] is None
    finally:
        up.stop()
