"""Runs: which run is best, and why? Every act of the screen, on the runs of the flights demo."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="the browser's tests need `playwright`: make test installs it").expect

expect.set_options(timeout=20_000)

RUNS = "/p/default/runs"
TRAINED = f"{RUNS}?children=all&q=step%20%3D%20train"


def _rows(page: Any) -> Any:
    return page.get_by_role("region", name="runs", exact=True).locator("tbody tr[data-row]")


def test_a_query_is_completed_as_one_types(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(f"{RUNS}?children=all")
    line = page.get_by_role("combobox", name="query")
    page.keyboard.press("/")
    expect(line).to_be_focused()
    line.press_sequentially("ste")
    offers = page.get_by_role("listbox", name="what may follow").get_by_role("option")
    expect(offers).to_have_text(["step text"])
    line.press("Tab")
    line.press_sequentially("= tra")
    expect(offers.first).to_have_text("train text")
    line.press("ArrowDown")
    line.press("Enter")
    expect(line).to_have_value("step = train ")
    line.press("Escape")
    line.press("Enter")
    expect(page).to_have_url(re.compile(r"q=step\+%3D\+train"))
    expect(_rows(page)).to_have_count(4)
    expect(page.locator(".lead")).to_contain_text("4 match")


def test_what_cannot_be_read_is_underlined_and_the_way_out_is_told(server: Any, visit: Callable[..., Any]) -> None:
    watched = visit(server)
    watched.expected.append("400")
    page = watched.go(f"{RUNS}?q=state%20%3D%20don")
    expect(page.locator(".query-mirror u")).to_have_text("don")
    expect(page.get_by_role("alert")).to_contain_text("`don` is not a state")
    page.get_by_role("button", name="clear the query").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(_rows(page)).to_have_count(4)


def test_columns_are_searched_and_their_order_is_the_address(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(f"{TRAINED}&columns=state")
    page.get_by_role("button", name=re.compile("^Columns")).click()
    page.get_by_label("search columns").fill("validation_loss lowest")
    page.get_by_role("checkbox", name="metrics.validation_loss.lowest").check()
    expect(page.get_by_role("columnheader", name=re.compile("validation_loss"))).to_be_visible()
    page.get_by_role("button", name="metrics.validation_loss.lowest further left").click()
    expect(page).to_have_url(re.compile(r"columns=metrics.validation_loss.lowest%2Cstate"))
    expect(_rows(page).locator(".best")).to_have_count(1)
    lowest = min(
        metric["lowest"]
        for run in server.api("runs?children=true&query=step%20%3D%20train")["runs"]
        for metric in run["metrics"]
        if metric["name"] == "validation_loss"
    )
    expect(_rows(page).locator(".best")).to_have_text(f"{lowest:.4g}")
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("validation_loss")).click()
    expect(page).to_have_url(re.compile("sort=-metrics.validation_loss.lowest"))


def test_ticked_runs_are_drawn_in_the_signs_they_have_in_the_table(server: Any, visit: Callable[..., Any]) -> None:
    watched = visit(server)
    page = watched.go(f"{TRAINED}&metric=validation_loss")
    expect(_rows(page).nth(1)).to_be_visible()
    expect(page.locator(".chart")).to_have_count(0)
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page).to_have_url(re.compile("ticked=18%2C13"))
    legend = page.get_by_role("list", name="values")
    expect(legend.get_by_role("listitem")).to_have_count(2)
    expect(_rows(page).nth(0).locator(".sign")).to_have_text("●")
    expect(_rows(page).nth(1).locator(".sign")).to_have_text("▲")
    expect(page.locator(".plot canvas")).to_be_visible()
    page.get_by_label("tick 18").uncheck()
    expect(_rows(page).nth(1).locator(".sign")).to_have_text("▲")
    watched.picture("runs-ticked")


def test_a_closer_look_asks_the_server_for_that_range_and_a_double_click_goes_back(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(f"{TRAINED}&metric=validation_loss&ticked=18")
    over = page.locator(".plot .u-over")
    box = over.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 40, steps=4)
    with page.expect_request(lambda request: request.url.endswith("/tracking/points") and '"start":' in (request.post_data or "")):
        page.mouse.up()
    expect(page).to_have_url(re.compile(r"zoom=\d"))
    over.dblclick()
    expect(page).not_to_have_url(re.compile("zoom="))


def test_curves_can_be_read_as_a_table_and_kept_as_files(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(f"{TRAINED}&metric=validation_loss&ticked=18&smooth=0.6")
    expect(page.locator(".chart").first).to_contain_text("smoothing 0.6 (raw shown faint)")
    menu = page.get_by_role("button", name="validation_loss: as a table, picture or file", exact=True)
    for item, ending in (("Save as CSV", ".csv"), ("Save as PNG", ".png")):
        menu.click()
        with page.expect_download() as begun:
            page.get_by_role("button", name=item).click()
        assert begun.value.suggested_filename == f"validation_loss{ending}"
        assert Path(begun.value.path()).stat().st_size > 1000
    menu.click()
    page.get_by_role("button", name="Show as a table").click()
    expect(page.get_by_role("region", name="the curves as a table")).to_contain_text("18")


def test_what_matters_is_drawn_in_three_ways(server: Any, visit: Callable[..., Any]) -> None:
    watched = visit(server)
    page = watched.go(f"{RUNS}?children=all&ticked=19&metric=auc&axes=params.threshold,metrics.brier,metrics.auc")
    expect(page.locator(".parallel .axis-name")).to_have_text(["threshold", "brier", "auc"])
    page.get_by_role("button", name="brier", exact=True).press("ArrowRight")
    expect(page.locator(".parallel .axis-name")).to_have_text(["threshold", "auc", "brier"])
    axis = page.locator(".parallel .brushable").nth(1).bounding_box()
    assert axis
    page.mouse.move(axis["x"] + 10, axis["y"] + 4)
    page.mouse.down()
    page.mouse.move(axis["x"] + 10, axis["y"] + axis["height"] / 2, steps=4)
    page.mouse.up()
    page.get_by_role("button", name="Add to the query").click()
    expect(page.get_by_role("combobox", name="query")).to_have_value(re.compile(r"metrics\.auc >= 0\.\d+ and metrics\.auc <= 0\.\d+"))
    name = page.locator(".parallel .axis-name", has_text="auc")
    name.focus()
    for key in ("Delete", "ArrowUp", "ArrowUp", "ArrowDown"):
        page.keyboard.press(key)
    expect(name).to_contain_text("10 to 95 % of its range")
    choice = page.get_by_label("shown as")
    choice.select_option("scatter")
    expect(page.get_by_role("img", name=re.compile("auc against"))).to_be_visible()
    choice.select_option("importance")
    expect(page.get_by_text("That takes at least 10 runs")).to_be_visible()


def test_groups_tell_mean_and_spread_and_open_to_their_runs(server: Any, visit: Callable[..., Any]) -> None:
    watched = visit(server)
    page = watched.go(f"{RUNS}?children=all&columns=metrics.auc&metric=training_loss")
    page.get_by_label("Group").select_option("step")
    expect(page).to_have_url(re.compile("group=step"))
    row = page.get_by_role("region", name="groups by step").locator("tbody tr", has_text="evaluate")
    expect(row).to_contain_text("±")
    row.get_by_role("button", name="evaluate").click()
    expect(page.locator("td.opened a", has_text=re.compile(r"^\d+ "))).to_have_count(4)
    expect(page.get_by_role("link", name="All of them as a list")).to_have_attribute("href", re.compile("step"))
    page.get_by_label("tick the group train").check()
    expect(page.get_by_role("list", name="values")).to_contain_text("mean of 4 runs, band from lowest to highest")
    watched.picture("runs-groups")


def test_a_view_is_saved_chosen_and_forgotten(own_server: Any, visit: Callable[..., Any]) -> None:
    page = visit(own_server).go(f"{TRAINED}&columns=state,metrics.trees&sort=-metrics.trees")
    page.get_by_role("button", name=re.compile("^View")).click()
    page.get_by_label("name of the view").fill("most trees")
    page.get_by_role("button", name="Save this view").click()
    expect(page.get_by_role("button", name="View: most trees")).to_be_visible()
    page.goto(own_server.address + RUNS)
    page.get_by_role("button", name=re.compile("^View")).click()
    page.get_by_role("button", name="most trees", exact=True).click()
    expect(page).to_have_url(re.compile("sort=-metrics.trees"))
    page.get_by_role("button", name=re.compile("^View")).click()
    page.get_by_role("button", name="forget the view most trees").click()
    expect(page.get_by_text("No view is saved yet")).to_be_visible()


def test_ticked_runs_are_tagged_rerun_and_compared(own_server: Any, visit: Callable[..., Any]) -> None:
    page = visit(own_server).go(f"{RUNS}?children=all&q=step%20%3D%20evaluate&ticked=19,14&columns=state,tags.team")
    tools = page.get_by_role("toolbar", name="the ticked runs")
    expect(tools.get_by_role("button", name="Stop")).to_be_disabled()
    tools.get_by_role("button", name="Tag").click()
    page.get_by_label("tag", exact=True).fill("team")
    page.get_by_role("textbox", name=re.compile("^value")).fill("blue")
    page.get_by_role("button", name="Set the tag").click()
    expect(_rows(page).filter(has_text="blue")).to_have_count(2)
    tools.get_by_role("button", name="Rerun").click()
    page.get_by_role("dialog").get_by_role("button", name="Rerun").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".lead")).to_contain_text("6 match")
    page.get_by_role("heading", name="Runs").click()
    page.keyboard.press("c")
    expect(page).to_have_url(re.compile(r"/compare\?runs=19%2C14"))


def test_a_new_run_is_like_an_earlier_one_with_other_parameters(own_server: Any, visit: Callable[..., Any]) -> None:
    page = visit(own_server).go(f"{RUNS}?ticked=14")
    page.get_by_role("button", name="New run").click()
    page.get_by_role("dialog").get_by_role("textbox", name="threshold").fill("0.4")
    page.get_by_role("button", name="Run with threshold changed").click()
    expect(page).to_have_url(re.compile(r"/runs/\d+$"))
    number = page.url.rsplit("/", 1)[1]
    assert own_server.api(f"runs/{number}")["parameters"] == {"threshold": 0.4}


def test_a_new_run_appears_without_a_reload(own_server: Any, visit: Callable[..., Any]) -> None:
    page = visit(own_server).go(f"{RUNS}?children=all&columns=state,note")
    expect(_rows(page)).to_have_count(20)
    expect(page.get_by_role("status").filter(has_text="live")).to_be_visible()
    own_server.treadle("rerun", "19")
    expect(_rows(page)).to_have_count(21)


def test_an_empty_record_teaches(empty_server: Any, visit: Callable[..., Any]) -> None:
    page = visit(empty_server).go(RUNS)
    expect(page.get_by_text("treadle run pipeline.py::train")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_everybody_can_use_it(server: Any, visit: Callable[..., Any], theme: str, size: tuple[int, int]) -> None:
    watched = visit(server, theme, size)
    page = watched.go(f"{TRAINED}&ticked=18,13&metric=validation_loss&columns=state,metrics.validation_loss,duration")
    expect(page.locator(".plot canvas")).to_be_visible()
    expect(page.locator(".parallel canvas")).to_be_visible()
    assert watched.accessible() == []
    watched.picture(f"runs-{theme}-{size[0]}")
    page.get_by_label("Group").select_option("step")
    expect(page.get_by_role("region", name="groups by step")).to_be_visible()
    assert watched.accessible() == []
