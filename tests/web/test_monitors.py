"""Monitors: is the world still as it was in training. Every act, and the ways in few clicks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="the browser's tests need `playwright`: make test installs it").expect

expect.set_options(timeout=20_000)

WATCH = "/p/default/monitors/flights-watch"


def place(page: Any, window: int) -> int:
    """Where a window stands in the strip: whoever has tried the demo's endpoint since has given it further windows."""
    expect(page.get_by_role("grid").locator("thead th").first).to_be_attached()
    heads = page.get_by_role("grid").locator("thead th[scope=col]").all_inner_texts()
    return int(heads.index(str(window))) - 1


def test_the_list_shows_the_last_windows_and_open_alarms(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go("/p/default/monitors")
    row = page.get_by_role("row").filter(has_text="flights-watch")
    expect(row.get_by_role("link", name=re.compile(r"^windows .*\d+ bad"))).to_be_visible()
    expect(row).to_contain_text("watching")
    kinds = Counter(one["kind"] for one in server.api("alarms?state=open"))
    row.get_by_role("link", name=f"▲ {kinds['drift']} drift, {kinds['performance']} performance").click()
    expect(page).to_have_url(re.compile("flights-watch.alarm="))


def test_an_alarm_is_found_by_its_number_and_tells_why_it_was_retrained(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go("/p/default/monitors?alarm=6")
    expect(page.locator("main h1")).to_have_text("flights-watch")
    expect(page.locator("#alarm-6 .story")).to_contain_text("trigger retrain fired")
    expect(page.locator("#alarm-6 .story")).to_contain_text("flight-delay@v2 is live at flights, in place of flight-delay@v1")
    page.goto(f"{server.address}/p/default/monitors?alarm=99")
    expect(page.get_by_text("There is no alarm 99 in this project")).to_be_visible()


def test_what_was_done_about_an_alarm_in_one_click(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(WATCH)
    page.locator("#alarm-6").get_by_role("button", name="What was done").click()
    expect(page.locator("#alarm-6 .story")).to_contain_text("run 6 misty-cedar (late_arrivals) was asked for")
    expect(page).to_have_url(re.compile("alarm=6"))
    page.get_by_role("tab", name="Why").click()
    expect(page.locator(".story")).to_contain_text("alarm 6 (performance) closed")


def test_the_strip_is_walked_with_the_keyboard_and_tells_in_words(server: Any, visit: Callable[..., Any]) -> None:
    watched = visit(server)
    page = watched.go(WATCH)
    grid = page.get_by_role("grid", name="features of flights-watch by windows")
    expect(grid.locator("tbody th").first).to_have_text("quality")
    names = [one.strip() for one in grid.locator("tbody th").all_inner_texts()]
    assert names[:5] == ["quality", "drift", "predictions", "performance", "traffic"]
    assert {"dewp", "temp"} <= set(names[5:8]), "features stand worst first"
    expect(grid.locator("tr.marks")).to_contain_text("from here on v2 answers most, before it v1")
    expect(grid.get_by_role("link", name="alarm 6 performance, closed")).to_have_attribute("href", re.compile("alarm=6"))
    grid.locator(f'[data-cell="0 {place(page, 21)}"]').focus()
    for _ in range(names.index("temp")):
        page.keyboard.press("ArrowDown")
    told = page.locator(".heat .told")
    expect(told).to_contain_text("temp, window 21 (2013-08-15 to 2013-08-22): drifted, KS")
    page.keyboard.press("ArrowLeft")
    expect(told).to_contain_text("temp, window 20")
    page.keyboard.press("Enter")
    feature = page.get_by_role("region", name="temp in window 20")
    expect(feature).to_contain_text("threshold")
    expect(feature).to_contain_text("the profile of flight-delay@v2")
    expect(feature.locator(".pair .bars")).to_have_count(10)
    assert watched.accessible() == []
    watched.picture("monitor-feature")
    feature.get_by_role("button", name="← before").click()
    expect(page.get_by_role("region", name="temp in window 19")).to_be_visible()
    expect(page).to_have_url(re.compile("w=19"))
    page.reload()
    expect(page.get_by_role("region", name="temp in window 19")).to_be_visible()


def test_a_slice_is_looked_at_by_itself(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(WATCH)
    page.get_by_role("combobox", name=re.compile("^of")).select_option("origin=EWR")
    expect(page).to_have_url(re.compile("slice=origin"))
    grid = page.get_by_role("grid")
    expect(grid.locator(f'[data-cell="3 {place(page, 21)}"]')).to_have_attribute(
        "aria-label", re.compile(r"performance, window 21: good; log_loss 0.419")
    )
    expect(page.get_by_role("img", name=re.compile("^log_loss over .. windows"))).to_be_visible()


def test_performance_is_read_with_the_keyboard(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(WATCH)
    chart = page.get_by_role("img", name=re.compile("^log_loss over .. windows, 0.4912 in the first"))
    chart.focus()
    for _ in range(15):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".perf p")).to_contain_text(
        "window 15 (2013-07-04 to 2013-07-11), measured, bad: log_loss 0.6158 (0.5991 to 0.6325"
    )


def test_windows_are_listed_reported_and_compared(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(WATCH)
    page.get_by_role("button", name="report of window 18").click()
    report = page.locator(".panel").filter(has_text="Report of window 18")
    expect(report).to_contain_text(re.compile(r"flight-delay@v1 \([\d,]+ rows\)"))
    expect(report).to_contain_text("of 6739 failed")
    page.get_by_role("tab", name="Compare").click()
    page.get_by_role("combobox", name=re.compile("^compare")).select_option("15")
    expect(page).to_have_url(re.compile("a=15"))
    expect(page.get_by_role("row").filter(has_text="log_loss").first).to_contain_text("0.6158")
    versions = page.locator(".panel").filter(has_text="windows that are shown")
    expect(versions.get_by_role("row").filter(has_text="v1")).to_contain_text(re.compile("1[78]"))
    page.get_by_role("tab", name="Raw").click()
    expect(page.get_by_text("treadle monitors show flights-watch --json")).to_be_visible()


def test_an_alarm_is_acknowledged_judged_and_closed(own_server: Any, visit: Callable[..., Any]) -> None:
    page = visit(own_server).go(WATCH)
    page.locator("#alarm-1").get_by_role("button", name="Acknowledge").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("What you have to say about it").fill("it is summer")
    dialog.get_by_label("✕ noise").check()
    dialog.get_by_role("button", name="Acknowledge", exact=True).click()
    expect(page.locator("#alarm-1")).to_contain_text("it is summer")
    expect(page.locator("#alarm-1")).to_contain_text("✕ noise")
    expect(page.locator(".head .lead")).to_contain_text("0 useful, 1 noise")
    page.locator("#alarm-8").get_by_role("button", name="Acknowledge").click()
    dialog.get_by_label("✓ useful").check()
    dialog.get_by_label("close it").check()
    dialog.get_by_role("button", name="Acknowledge and close").click()
    expect(page.locator("#alarm-8 .state")).to_contain_text("closed")
    expect(page.locator(".head .lead")).to_contain_text("1 useful, 1 noise")
    found = {one["id"]: one for one in own_server.api("alarms")}
    assert (found[1]["words"], found[1]["useful"], found[8]["state"]) == ("it is summer", False, "closed")


def test_it_is_paused_looked_at_and_set_anew(own_server: Any, visit: Callable[..., Any]) -> None:
    watched = visit(own_server)
    page = watched.go(WATCH)
    for label, state in (("Pause", "paused"), ("Resume", "watching")):
        page.get_by_role("button", name=label).click()
        page.get_by_role("dialog").get_by_role("button", name=label).click()
        expect(page.locator(".head .lead .state")).to_contain_text(state)
    page.get_by_role("button", name="Edit settings…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Drift counts from").fill("0.2")
    dialog.get_by_label("All inputs but these").fill("wind_gust, pressure, visib")
    expect(dialog.locator(".consequence")).to_contain_text("a feature counts as drifted from 0.2 on")
    assert watched.accessible() == []
    dialog.get_by_role("button", name="Save settings").click()
    expect(page.get_by_text("all inputs but wind_gust, pressure, visib")).to_be_visible()
    settings = own_server.api("monitors/flights-watch")["settings"]
    assert (settings["material"], settings["ignore"]) == (0.2, ["wind_gust", "pressure", "visib"])
    assert settings["performance"]["worse_by"] == 0.06
    assert settings["slices"] == ["origin"]
    page.get_by_role("button", name="Look now").click()
    expect(page.get_by_role("button", name="Look now")).to_be_enabled()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_trigger_is_made_from_here_and_no_other_is_lost(own_server: Any, visit: Callable[..., Any]) -> None:
    watched = visit(own_server)
    page = watched.go(WATCH)
    page.get_by_role("button", name="Make a trigger from here…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("retrain")
    expect(dialog.get_by_role("alert")).to_contain_text("there is a trigger retrain already")
    expect(dialog.get_by_role("button", name="Make the trigger")).to_be_disabled()
    dialog.get_by_label("Name").fill("retrain-drift")
    dialog.get_by_role("checkbox", name="drift").check()
    expect(dialog.locator(".consequence")).to_contain_text(
        "When an alarm of performance or drift of all rows opens at flights, late_arrivals runs with the newest data"
    )
    assert watched.accessible() == []
    dialog.get_by_role("button", name="Make the trigger").click()
    expect(page.get_by_role("link", name="retrain-drift")).to_be_visible()
    found = {one["name"]: one for one in own_server.api("triggers")}
    assert set(found) == {"release", "retrain", "retrain-drift"}
    made = found["retrain-drift"]
    assert made["declared"]["limits"]["match"] == {"endpoint": "flights", "kind": ["performance", "drift"], "slice": ""}
    submission = made["declared"]["do"][0]["submission"]
    assert submission["definition"]["name"] == "late_arrivals"
    assert submission["code"]["snapshot"]
    assert not submission.get("bindings")
    tested = own_server.json("triggers", "test", "retrain-drift", "-f", "endpoint=flights", "-f", "kind=drift", "-f", "slice=")
    assert tested["state"] == "due"
