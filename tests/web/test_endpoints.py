"""Endpoints: is it healthy, what answers, can I go back. Every act, and the ways in few clicks."""

from __future__ import annotations

import json
import re
import selectors
import socket
import time
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

expect = pytest.importorskip("playwright.sync_api", reason="the browser's tests need `playwright`: make test installs it").expect

expect.set_options(timeout=20_000)

LIST = "/p/default/endpoints"
FLIGHTS = "/p/default/endpoints/flights"
SLOW = 180
"""Seconds until an endpoint's processes have loaded their models on a busy machine."""


def test_the_list_tells_what_answers_and_how_it_fares(server: Any, visit: Callable[..., Any]) -> None:
    failed = sum(one.get("errors", 0) for one in server.api("endpoints/flights")["traffic"])
    assert failed > 0
    watched = visit(server)
    page = watched.go(LIST)
    row = page.get_by_role("row").filter(has_text="flight-delay@v2")
    expect(row).to_contain_text("v2 100 %")
    expect(row).to_contain_text(f"✕ {failed}")
    expect(row).to_contain_text(re.compile("≤ [0-9]+ ms"))
    alarms = len(server.api("alarms?state=open"))
    expect(row.get_by_role("link", name=f"▲ {alarms} open")).to_have_attribute("href", "/p/default/monitors/flights-watch")
    assert watched.accessible() == []
    row.get_by_role("link", name="flights", exact=True).click()
    expect(page.locator("main h1")).to_have_text("flights")


def test_back_to_the_previous_version_in_two_clicks(own_server: Any, visit: Callable[..., Any]) -> None:
    page = visit(own_server).go(LIST)
    page.get_by_role("button", name="Roll back").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("All traffic goes from flight-delay@v2 to flight-delay@v1.")
    dialog.get_by_role("button", name="Roll back").click()
    expect(page.get_by_role("row").filter(has_text="flight-delay@v1")).to_contain_text("v1 100 %")
    assert [one["version"] for one in own_server.api("endpoints/flights")["revisions"] if one["role"] == "live"] == [1]


def test_rollouts_are_told_with_what_their_guardrails_saw(server: Any, visit: Callable[..., Any]) -> None:
    [told] = [one["reason"] for one in server.api("endpoints/flights/rollouts") if one["state"] == "taken back"]
    assert re.match(r"errors: \d+ of \d+ failed, live 0 of \d+", told)
    watched = visit(server)
    page = watched.go(FLIGHTS)
    taken_back = page.get_by_role("region", name="rollouts").get_by_role("row").filter(has_text="taken back")
    expect(taken_back).to_contain_text(told)
    taken_back.get_by_role("button", name="3").click()
    expect(page).to_have_url(re.compile("rollout=3"))
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("shadow until 3,000 rows and 1,500 labels")
    expect(dialog.get_by_role("row").filter(has_text=told.partition(" failed")[0])).to_contain_text("as much as takes it back")
    expect(dialog.get_by_role("row").filter(has_text="loss in shadow")).to_contain_text("0 % of what takes it back")
    assert watched.accessible() == []
    dialog.get_by_role("link", name="what caused it").click()
    expect(page.locator("main h1")).to_have_text("Journal")


def test_why_it_answers_as_it_does_in_one_click(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(FLIGHTS)
    page.get_by_role("tab", name="Why").click()
    expect(page.locator(".story")).to_contain_text("flight-delay@v2 is live at flights")
    expect(page.locator(".story")).to_contain_text("trigger retrain fired")


def test_revisions_are_compared_by_traffic_latencies_and_metrics(server: Any, visit: Callable[..., Any]) -> None:
    traffic = {one["revision"]: one for one in server.api("endpoints/flights")["traffic"]}
    page = visit(server).go(f"{FLIGHTS}?tab=compare")
    expect(page.get_by_role("row").filter(has_text="failed").first).to_contain_text(f"{traffic[3]['errors']} (")
    expect(page.get_by_role("row").filter(has_text="auc")).to_contain_text("0.7492")
    page.get_by_role("combobox", name=re.compile("^with")).select_option("1")
    expect(page).to_have_url(re.compile("b=1"))
    expect(page.get_by_role("row").filter(has_text="requests").first).to_contain_text(f"{traffic[1]['requests']:,}")
    expect(page.get_by_text(re.compile("≤ [0-9]+ ms")).first).to_be_visible()
    page.get_by_role("tab", name="Raw").click()
    expect(page.get_by_text("treadle endpoints show flights --json")).to_be_visible()


def test_a_release_is_planned_steered_and_taken_back(own_server: Any, visit: Callable[..., Any]) -> None:
    watched = visit(own_server)
    page = watched.go(FLIGHTS)
    page.get_by_role("button", name="Release…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Version").select_option("4")
    dialog.get_by_label("How").select_option("canary")
    dialog.get_by_label("rows of stage 1").fill("100000")
    expect(dialog.locator(".consequence")).to_contain_text("flight-delay@v4: 5 % until 100,000 rows, then 25 % until 500 rows")
    assert watched.accessible() == []
    dialog.get_by_role("button", name="Release flight-delay@v4").click()
    stage = page.locator(".stages li[aria-current=step]")
    expect(stage).to_contain_text("stage 1: 5 % until 100,000 rows")
    expect(stage.get_by_role("progressbar")).to_be_visible()
    shares = page.get_by_role("region", name="revisions")
    expect(shares.get_by_role("row").filter(has_text="●live")).to_contain_text("95 %")
    expect(shares.get_by_role("row").filter(has_text="◐canary")).to_contain_text("5 %")
    assert watched.accessible() == []
    watched.picture("endpoint-rollout")
    for act, state in (("Pause", "paused"), ("Resume", "running")):
        page.get_by_role("button", name=act).click()
        page.get_by_label("Why? (for the journal)").fill("a look first")
        page.get_by_role("dialog").get_by_role("button", name=act).click()
        expect(stage).to_contain_text(state)
    page.get_by_role("button", name="Advance").click()
    expect(page.get_by_role("dialog")).to_contain_text("it goes on to stage 2: 25 %")
    page.get_by_role("dialog").get_by_role("button", name="Advance").click()
    expect(stage).to_contain_text("stage 2: 25 %")
    page.get_by_role("button", name="Roll back").click()
    expect(page.get_by_role("dialog")).to_contain_text(
        "The rollout of flight-delay@v4, which answers 25 % of the traffic now, is taken back"
    )
    page.get_by_role("dialog").get_by_role("button", name="Roll back").click()
    expect(stage).to_have_count(0)
    assert own_server.api("endpoints/flights/rollouts")[0]["state"] == "taken back"


def test_a_version_that_is_not_approved_needs_words(own_server: Any, visit: Callable[..., Any]) -> None:
    page = visit(own_server).go(FLIGHTS)
    page.get_by_role("button", name="Release…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Version").select_option("3")
    words = dialog.get_by_label("flight-delay@v3 is failed, not approved.")
    dialog.get_by_role("button", name="Release flight-delay@v3").click()
    expect(dialog).to_be_visible()  # the browser itself asks for the words
    words.fill("a test of the way back")
    dialog.get_by_role("button", name="Release flight-delay@v3").click()
    expect(page.get_by_text("released against the gates: a test of the way back")).to_be_visible()
    assert own_server.api("endpoints/flights")["rollout"]["override"] == "a test of the way back"


def test_it_is_switched_off_and_on(own_server: Any, visit: Callable[..., Any]) -> None:
    page = visit(own_server).go(FLIGHTS)
    for label, state in (("Switch off", "off"), ("Switch on", "on")):
        page.get_by_role("button", name=label).click()
        page.get_by_role("dialog").get_by_role("button", name=label).click()
        expect(page.locator(".head .lead .state")).to_contain_text(state)
        assert own_server.api("endpoints/flights")["state"] == state


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def until(condition: Callable[[], Any]) -> None:
    """Waits until a condition holds, which blocks or is cheap."""
    deadline = time.monotonic() + SLOW
    pause = selectors.DefaultSelector()
    while time.monotonic() < deadline:
        if condition():
            return
        pause.select(0.1)
    raise AssertionError("it did not happen within the deadline")


def ready(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/health/ready", timeout=10).status_code == 200
    except httpx2.TransportError:
        return False


def asked(server: Any) -> bool:
    """Whether the record counts what the endpoint was asked: that arrives a moment after the answers."""
    return any(sum(one["requests"]) for one in server.api("endpoints/flights/series?minutes=60").get("revisions", ()))


def test_it_is_tried_as_a_form_and_as_json_and_its_vitals_are_drawn(own_server: Any, visit: Callable[..., Any]) -> None:
    """A copy of the demo's record remembers the port of the demo: here it gets one of its own, and `treadle up` serves it there."""
    port = free_port()
    watched = visit(own_server)
    page = watched.go(FLIGHTS)
    own_server.treadle("endpoints", "declare", "flights", "--model", "flight-delay", "-s", f"port={port}")
    expect(page.locator(".head .lead")).to_contain_text(f"http://127.0.0.1:{port}", timeout=SLOW * 1000)
    until(lambda: ready(port))
    expect(page.get_by_text("row 1 of the sample kept with the model")).to_be_visible()
    first = page.get_by_label("minute_of_day").input_value()
    page.get_by_role("button", name="Another row").click()
    expect(page.get_by_text("row 2 of the sample kept with the model")).to_be_visible()
    expect(page.get_by_label("minute_of_day")).not_to_have_value(first)
    page.get_by_label("origin").select_option("JFK")
    page.get_by_label("distance").fill("1000")
    page.get_by_role("button", name="Ask flights").click()
    came = page.get_by_role("status").filter(has_text="predictions")
    expect(came).to_contain_text("✓ 200")
    expect(came).to_contain_text("answered by flight-delay@v2, revision 2")
    page.get_by_role("button", name="as JSON").click()
    body = page.get_by_label("Request body")
    row = json.loads(body.input_value())["rows"][0]
    assert (row["origin"], row["distance"]) == ("JFK", 1000)
    body.fill("{")
    expect(page.get_by_text("this is no JSON")).to_be_visible()
    expect(page.get_by_role("button", name="Ask flights")).to_be_disabled()
    body.fill(json.dumps({"rows": [row | {"distance": "far"}]}))
    page.get_by_role("button", name="Ask flights").click()
    expect(page.get_by_role("status").filter(has_text="✕ 4")).to_contain_text("distance")
    body.fill(json.dumps({"rows": [row] * 3}))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="copy as curl").click()
    assert page.evaluate("navigator.clipboard.readText()").startswith(f"curl -s http://127.0.0.1:{port}/predict ")
    page.get_by_role("combobox", name=re.compile("^over the")).select_option("60")
    until(lambda: asked(own_server))
    page.reload()
    rate = page.get_by_role("img", name=re.compile("^rate, requests a second: .*v2 live"))
    expect(rate).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("^latency: p50"))).to_be_visible()
    rate.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".spark .told").first).to_contain_text("v2 live")
    assert watched.accessible() == []
    watched.picture("endpoint-vitals")


VALOHAI = """
- endpoint:
    name: greet
    image: python:3.11
    wsgi: app:application
"""
GREET = """
print("ready to greet", flush=True)

def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]
"""


def test_deployments_are_stopped_started_named_and_read(empty_server: Any, visit: Callable[..., Any]) -> None:
    (empty_server.folder / "valohai.yaml").write_text(VALOHAI)
    (empty_server.folder / "app.py").write_text(GREET)
    for name in ("one", "two"):
        empty_server.treadle("deploy", "words", "-e", "greet", "--name", name, *(["--alias", "live"] if name == "one" else []))
    watched = visit(empty_server)
    page = watched.go(LIST)
    two = page.get_by_role("row").filter(has_text="two")
    two.get_by_role("button", name="Make it live").click()
    expect(page.get_by_role("dialog")).to_contain_text("answered by two at once, no longer by one")
    page.get_by_role("dialog").get_by_role("button", name="Make it live").click()
    expect(two).to_contain_text("live")
    assert empty_server.api("deployments")[0]["aliases"] == {"live": "two"}
    one = page.get_by_role("row").filter(has_text="one").first
    one.get_by_role("button", name="Stop").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop").click()
    expect(one).to_contain_text("off")
    one.get_by_role("button", name="Start").click()
    page.get_by_role("dialog").get_by_role("button", name="Start").click()
    expect(one).to_contain_text("on")
    one.get_by_role("button", name="Alias…").click()
    page.get_by_label("The alias").fill("old")
    page.get_by_role("dialog").get_by_role("button", name="Alias…").click()
    expect(page.get_by_text("old is one")).to_be_visible()
    two.get_by_role("button", name="Log").click()
    expect(page.get_by_role("dialog").locator("pre")).to_be_visible()
    assert watched.accessible() == []
