"""Today: what needs somebody now. Each kind of thing that waits appears by itself, and is done with on the page."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from typing import Any

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="the browser's tests need `playwright`: make test installs it").expect

expect.set_options(timeout=20_000)

TODAY = "/p/default/today"
LONG = 120_000
"""Milliseconds for what a run must end before."""

FLOW = """
    from typing import Any, NamedTuple

    import numpy as np
    import polars as pl

    from treadle import gates, model, pipeline, step

    class Even:
        classes_ = [0, 1]

        def predict_proba(self, rows):
            return np.full((len(rows), 2), 0.5)

    careful = model("careful", label="gone", features=["x"], gates=[
        gates.metric("accuracy", at_least=0.0), gates.approval(four_eyes=False),
    ])

    class Days(NamedTuple):
        training: pl.DataFrame
        holdout: pl.DataFrame

    @step
    def days() -> Days:
        frame = pl.DataFrame({"x": [0.1 * n for n in range(80)], "gone": [n % 2 for n in range(80)]})
        return Days(frame[:40], frame[40:])

    @step(format="pickle")
    def train(training: pl.DataFrame) -> Any:
        return Even()

    @pipeline
    def weekly():
        split = days()
        return careful.register(train(split.training), training=split.training, holdout=split.holdout).evidence

    @step
    def leaky() -> int:
        raise ValueError("the roof leaks")
"""

APPROVED = """
- step:
    name: greet
    image: busybox
    command: echo hello
- pipeline:
    name: guarded
    nodes:
      - name: greet
        type: execution
        step: greet
        actions:
          - {when: node-starting, then: require-approval}
      - {name: after, type: execution, step: greet}
    edges:
      - [greet.metadata.x, after.metadata.x]
"""


def badge(page: Any) -> Any:
    return page.get_by_role("navigation").get_by_role("link", name="Today").locator(".badge")


def test_alarms_wait_until_somebody_has_seen_them(own_server: Any, visit: Callable[..., Any]) -> None:
    alarms = len(own_server.api("alarms?state=open"))
    page = visit(own_server).go(TODAY)
    fresh = page.locator(".panel", has_text="Alarms nobody has seen")
    expect(fresh.locator("li.todo")).to_have_count(alarms)
    expect(badge(page)).to_contain_text(str(alarms))
    fresh.get_by_role("button", name="Acknowledge").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".consequence")).to_contain_text("It stays open until its windows are good again")
    dialog.get_by_role("textbox").fill("the winter schedule")
    dialog.get_by_role("button", name="Acknowledge").click()
    expect(fresh.locator("li.todo")).to_have_count(alarms - 1)
    expect(badge(page)).to_contain_text(str(alarms - 1))
    seen = page.locator(".panel", has_text="Alarms that somebody looks after")
    expect(seen).to_contain_text("the winter schedule")
    seen.get_by_role("link", name="Look").click()
    expect(page).to_have_url(re.compile("/monitors/flights-watch.*alarm="))


def test_the_last_news_are_told_with_their_causes(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(TODAY)
    news = page.locator(".panel", has_text="What happened last")
    expect(news).to_contain_text("flight-delay@v4 was taken back")
    between = news.get_by_role("button", name=re.compile("lines between"))
    before = between.count()
    between.first.click()
    expect(between).to_have_count(before - 1)
    news.get_by_role("link", name="flight-delay@v4").first.click()
    expect(page.locator("main h1")).to_contain_text("flight-delay")


def test_when_nothing_waits_it_says_so(empty_server: Any, visit: Callable[..., Any]) -> None:
    watched = visit(empty_server)
    page = watched.go(TODAY)
    expect(page.get_by_role("status").filter(has_text="Nothing waits")).to_be_visible()
    expect(badge(page)).to_have_count(0)
    expect(page.get_by_text("Nothing has happened yet")).to_be_visible()


def test_a_failed_run_appears_and_is_asked_for_again(empty_server: Any, visit: Callable[..., Any]) -> None:
    (empty_server.folder / "flow.py").write_text(textwrap.dedent(FLOW))
    page = visit(empty_server).go(TODAY)
    empty_server.treadle("run", "flow.py::leaky", "--detach")
    failed = page.locator(".panel", has_text="Failed runs")
    expect(failed).to_contain_text("the roof leaks", timeout=LONG)
    expect(badge(page)).to_contain_text("1")
    failed.get_by_role("button", name="Rerun").click()
    expect(failed).to_contain_text("2 times in a day", timeout=LONG)
    failed.get_by_role("link", name="First error").click()
    expect(page).to_have_url(re.compile(r"/runs/2\?tab=logs"))


def test_a_version_is_approved_with_words_on_the_page(empty_server: Any, visit: Callable[..., Any]) -> None:
    (empty_server.folder / "flow.py").write_text(textwrap.dedent(FLOW))
    empty_server.treadle("run", "flow.py::weekly")
    watched = visit(empty_server)
    page = watched.go(TODAY)
    asked = page.locator(".panel", has_text="Asked of you")
    expect(asked).to_contain_text("careful@v1 waits for a yes", timeout=LONG)
    asked.get_by_text("1 of 1 gates passed").click()
    expect(asked.locator(".gates")).to_contain_text("accuracy")
    assert watched.accessible() == []
    watched.picture("today-approval")
    yes = asked.get_by_role("button", name="Yes")
    expect(yes).to_be_disabled()
    asked.get_by_role("textbox").fill("good enough for the pilot")
    yes.click()
    expect(page.get_by_role("status").filter(has_text="Nothing waits")).to_be_visible()
    version = empty_server.api("model-versions/careful@v1")
    assert (version["stage"], version["approvals"][0]["words"]) == ("approved", "good enough for the pilot")


def test_a_run_that_asks_is_answered_on_the_page(empty_server: Any, visit: Callable[..., Any]) -> None:
    (empty_server.folder / "valohai.yaml").write_text(APPROVED)
    empty_server.treadle("run", "guarded", "--detach")
    page = visit(empty_server).go(TODAY)
    asked = page.locator(".panel", has_text="Asked of you")
    expect(asked).to_contain_text("waits for a yes", timeout=LONG)
    asked.get_by_role("textbox").fill("not today")
    asked.get_by_role("button", name="No", exact=True).click()
    expect(asked).to_have_count(0)
    decided = [one for one in empty_server.api("journal") if one["kind"].startswith("run.") and "not today" in str(one.get("data"))]
    assert decided


def test_a_run_that_nobody_performs_is_stopped(empty_server: Any, visit: Callable[..., Any]) -> None:
    """What has waited for a minute is listed; here the record's own clock says it has."""
    (empty_server.folder / "flow.py").write_text(textwrap.dedent(FLOW))
    watched = visit(empty_server)
    today = empty_server.api("today")
    stuck = {
        "run": 1, "name": "calm-owl", "step": "train", "root": 1, "state": "queued", "engine": "cluster", "since": today["at"] - 300,
        "waits_for": "no dispatcher of the engine `cluster` is alive", "actor": "ada",
    }  # fmt: skip
    told = today | {"stuck": [stuck], "counts": today["counts"] | {"stuck": 1}}
    watched.page.route("**/api/today", lambda route: route.fulfill(json=told))
    watched.expected = ["Failed to load resource"]
    page = watched.go(TODAY)
    line = page.locator(".panel", has_text="Runs that do not get on")
    expect(line).to_contain_text("no dispatcher of the engine `cluster` is alive")
    line.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("dialog").locator(".consequence")).to_contain_text("what it has recorded so far stays")
