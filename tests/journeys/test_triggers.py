"""The loop with real processes: applied from a project's file, fired by real news, done by a keeper, told as a story."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

DEADLINE = 120.0

PIPELINE = """
    from treadle import pipeline, step


    @step
    def add(a: int, b: int = 2) -> int:
        return a + b


    @pipeline
    def late(a: int = 1) -> int:
        return add(a)
"""
LOOP = """
    from treadle import do, trigger, when

    from pipeline import add, late

    trigger("retrain", when.news("token.added", role="reader"), do.run(late, a=5), cooldown="1d")
"""


def until(found: Callable[[], Any]) -> Any:
    """The first answer that is something, within the deadline."""
    end = time.monotonic() + DEADLINE
    while not (answer := found()):
        assert time.monotonic() < end, "nothing came"
    return answer


@pytest.fixture
def looped(project: Any) -> Any:
    project.write("pipeline.py", PIPELINE)
    project.write("loop.py", LOOP)
    return project


@pytest.fixture
def keeper(looped: Any) -> Iterator[subprocess.Popen[str]]:
    process = looped.start("work", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield process
    process.send_signal(signal.SIGTERM)
    process.wait(DEADLINE)


def done(project: Any, trigger: str, count: int = 1) -> list[dict[str, Any]]:
    """The firings of a trigger, oldest first, once so many are done."""
    found: list[dict[str, Any]] = []

    def look() -> bool:
        found[:] = project.json("triggers", "firings", trigger)[::-1]
        assert all(one["state"] != "failed" for one in found), found
        return sum(one["state"] == "done" for one in found) >= count

    until(look)
    return found


def test_apply_shows_its_plan_and_changes_only_what_changed(looped: Any) -> None:
    refused = looped.treadle("apply", "loop.py", status=2)
    assert "treadle apply FILE --yes" in refused.stderr
    (planned,) = looped.json("apply", "loop.py", "--plan")
    assert (planned["act"], planned["kind"], planned["name"], len(planned["code"])) == ("create", "trigger", "retrain", 12)
    assert looped.json("triggers") == []
    looped.treadle("apply", "loop.py", "--yes")
    assert [step["act"] for step in looped.json("apply", "loop.py", "--yes")] == ["unchanged"]
    looped.write("loop.py", LOOP.replace('"1d"', '"2d"') + '    trigger("nightly", when.schedule("0 3 * * *"), do.run(add, a=1))\n')
    steps = {step["name"]: step for step in looped.json("apply", "loop.py", "--yes")}
    assert (steps["retrain"]["act"], steps["retrain"]["fields"], steps["nightly"]["act"]) == (
        "change",
        ["cooldown: 86400.0 -> 172800.0"],
        "create",
    )
    looped.write("pipeline.py", PIPELINE.replace("a + b", "a - b"))
    changed = {step["name"]: step for step in looped.json("apply", "loop.py", "--plan")}
    assert [field.partition(":")[0] for field in changed["retrain"]["fields"]] == ["do[0].code", "do[0].snapshot"]
    looped.write("pipeline.py", PIPELINE)
    looped.write("loop.py", LOOP)
    assert [step["act"] for step in looped.json("apply", "loop.py", "--plan", "--prune")] == ["change", "remove"]
    looped.treadle("apply", "loop.py", "--yes", "--prune")
    assert [one["name"] for one in looped.json("triggers")] == ["retrain"]


def test_mistakes_in_a_declaration_are_named(looped: Any) -> None:
    for text, said in (
        ('trigger("x", when.news("a.b"), do.run(late, c=1))', "`late` has no parameter `c`"),
        ('trigger("x", when.news("a.b"), do.run(late, a="many"))', "parameter `a` of `late`"),
        ('trigger("x", when.news("a.b"), late)', "was given pipeline late to do"),
        ('trigger("x", when.news("a.b"), do.run(late), cooldown="soon")', "no duration"),
        ('trigger("x", when.schedule("nightly"), do.run(late))', "`nightly` is no schedule"),
        ('trigger("x", when.news("a.b"), do.call("runs.stop", name=1))', "`runs.stop` has no field `name`"),
        ('from treadle import loop; loop.endpoint("e", model="m", prot=1)', "did you mean `port`?"),
    ):
        looped.write("loop.py", LOOP + f"    {text}\n")
        assert said in looped.treadle("apply", "loop.py", "--yes", status=2).stderr
    assert looped.json("triggers") == []


def test_news_makes_a_keeper_run_what_was_applied(looped: Any, keeper: subprocess.Popen[str]) -> None:
    """The working copy is gone by then: the run has the code that was captured."""
    looped.treadle("apply", "loop.py", "--yes")
    (looped.folder / "pipeline.py").unlink()
    looped.treadle("tokens", "add", "ann")
    looped.treadle("tokens", "add", "ben", "--role", "reader")
    looped.treadle("tokens", "add", "cid", "--role", "reader")
    firings = until(lambda: [one for one in done(looped, "retrain") if len(looped.json("triggers", "firings", "retrain")) == 2])
    run = firings[0]["answer"][0]["run"]
    until(lambda: looped.get(str(run))["state"] == "done")
    assert looped.get(str(run))["actor"] == "trigger retrain"
    skipped = looped.json("triggers", "firings", "retrain")[0]
    assert (skipped["state"], "cools down for 1 d" in skipped["why"]) == ("skipped", True)
    story = looped.json("why", f"run:{run}")
    assert [line["kind"] for line in story["lines"]] == ["token.added", "trigger.fired", "run.queued"]
    told = looped.treadle("why", f"firing:{firings[0]['id']}").stdout
    assert "trigger retrain fired" in told
    assert looped.treadle("triggers", "why", str(firings[0]["id"])).stdout.count("\n") == 4
    assert looped.json("triggers", "test", "retrain", "-f", "role=reader")["state"] == "skipped"


def test_a_killed_keeper_has_lost_nothing(looped: Any) -> None:
    looped.treadle("apply", "loop.py", "--yes")
    first = looped.start("work", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    looped.treadle("tokens", "add", "ben", "--role", "reader")
    first.kill()
    first.wait(DEADLINE)
    second = looped.start("work", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        firings = done(looped, "retrain")
        assert len(firings) == 1
        until(lambda: looped.get(str(firings[0]["answer"][0]["run"]))["state"] == "done")
        assert len(looped.json("runs")) == 1
    finally:
        second.send_signal(signal.SIGTERM)
        second.wait(DEADLINE)


def test_the_code_of_a_pushed_commit_is_run(project: Any, tmp_path: Path) -> None:
    """The project lies in a folder of the repository, and its working copy is broken by then."""
    repository = tmp_path / "repository"
    folder = repository / "delays"
    folder.mkdir(parents=True)
    looped = type(project)(folder)

    def git(*words: str) -> str:
        identity = ["-c", "user.name=ada", "-c", "user.email=ada@example.org"]
        return subprocess.run(["git", *identity, *words], cwd=repository, check=True, capture_output=True, text=True).stdout.strip()

    looped.write("pipeline.py", PIPELINE)
    looped.write("loop.py", LOOP + '    trigger("push", when.git("..", branch="main", every=0.3), do.run(late, a=1))\n')
    looped.write(".gitignore", ".treadle/\n")
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-q", "-m", "one")
    looped.treadle("apply", "loop.py", "--yes")
    keeper = looped.start("work", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: _seen(looped))
        source = looped.write("pipeline.py", PIPELINE.replace("a + b", "a * 100"))
        git("commit", "-q", "-a", "-m", "two")
        source.write_text("broken(")
        (firing,) = done(looped, "push")
        number = str(firing["answer"][0]["run"])
        ended = until(lambda: (found := looped.get(number))["state"] in ("done", "failed") and found)
        assert (ended["state"], ended["code"]["commit"], ended["code"].get("dirty", False)) == ("done", git("rev-parse", "HEAD"), False)
        assert looped.get(str(ended["children"][0]["id"]))["outputs"][0]["inline"] == "MTAw"  # 100, in base64
        assert list((folder / ".treadle" / "cache" / "commits").iterdir()) == []
    finally:
        keeper.send_signal(signal.SIGTERM)
        keeper.wait(DEADLINE)


def _seen(looped: Any) -> bool:
    """Whether the first look has remembered the head."""
    trigger = looped.json("triggers", "show", "push")
    return not trigger.get("note") and trigger["next_at"] > trigger["applied_at"] + 0.2


def test_webhooks_come_in_through_the_server(looped: Any) -> None:
    looped.write("loop.py", LOOP + '    trigger("hook", when.webhook(secret="HOOK_SECRET"), do.run(add, a="{n}"))\n')
    looped.environment["HOOK_SECRET"] = "s3cret"
    looped.treadle("apply", "loop.py", "--yes")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    server = looped.start("up", "--port", str(port), stderr=subprocess.DEVNULL)
    try:
        assert server.stdout is not None
        until(lambda: "Ctrl-C" in server.stdout.readline())
        url = f"http://127.0.0.1:{port}/hooks/hook"
        assert post(url, b'{"n": 5}', delivery="one") == (202, {"new": True})
        assert post(url, b'{"n": 5}', delivery="one") == (200, {"new": False})
        assert post(url, b'{"n": 5}', secret="wrong")[0] == 401
        assert post(url.replace("hooks/hook", "hooks/nobody"), b"{}")[0] == 401
        assert post(url, b"[1]")[0] == 400
        assert post(url, b"{}", kind="text/plain")[0] == 415
        assert post(url, b'{"x": "' + b"a" * (2 << 20) + b'"}')[0] == 413
        (firing,) = done(looped, "hook")
        until(lambda: looped.get(str(firing["answer"][0]["run"]))["state"] == "done")
        counted = httpx2.get(f"http://127.0.0.1:{port}/metrics").text
        assert 'treadle_requests_total{operation="/hooks/{name}",status="401"} 2.0' in counted
        assert [e["kind"] for e in looped.json("journal", "--kind", "webhook.*")] == ["webhook.received"]
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=DEADLINE)


def post(url: str, body: bytes, *, secret: str = "s3cret", delivery: str = "", kind: str = "application/json") -> tuple[int, Any]:
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": kind, "X-Hub-Signature-256": signature, **({"X-GitHub-Delivery": delivery} if delivery else {})}
    answer = httpx2.post(url, content=body, headers=headers, timeout=DEADLINE)
    return answer.status_code, json.loads(answer.content)


def test_what_the_page_declares_can_be_applied(project: Any) -> None:
    """Every file of docs/triggers.md is written and its plan made."""
    page = (Path(__file__).parents[2] / "docs" / "triggers.md").read_text(encoding="utf-8")
    files = {found[1]: found[2] for found in re.finditer(r"^```python\n# (\w+\.py)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)}
    assert list(files) == ["pipeline.py", "loop.py", "standard.py"]
    for name, text in files.items():
        (project.folder / name).write_text(text)
    assert [step["name"] for step in project.json("apply", "loop.py", "--plan")] == ["release", "retrain", "nightly"]
    kinds = [step["kind"] for step in project.json("apply", "standard.py", "--plan")]
    assert kinds == ["endpoint", "monitor", "trigger", "trigger", "trigger"]


def test_pace_of_a_record_without_releases(looped: Any) -> None:
    found = looped.json("pace", "--since", "2w")
    assert (found["per_week"], found["time_to_market"]) == (0.0, {"count": 0})
    assert "--since 30d, 2w or 12h" in looped.treadle("pace", "--since", "soon", status=2).stderr
    assert "taken back\t0" in looped.treadle("pace").stdout
