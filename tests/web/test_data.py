"""Data: what is in it, what changed, who uses it. Every act, on datasets and on the files that runs gave."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="the browser's tests need `playwright`: make test installs it").expect

expect.set_options(timeout=20_000)  # two versions of a large dataset are compared in a few seconds

FLIGHTS = "/p/default/data/flights"


def test_datasets_are_listed_with_what_they_hold(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go("/p/default/data")
    rows = page.get_by_role("region", name="datasets").locator("tbody tr")
    expect(rows).to_have_count(2)
    newest = server.json("data", "versions", "flights")[0]  # how many days there are depends on how long the demo's canary took
    expect(rows.first).to_contain_text(f"{newest['rows']:,}")
    page.get_by_label("names that begin with").fill("wea")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile("q=wea"))
    page.get_by_role("link", name="weather").click()
    expect(page.locator("main h1")).to_have_text("weather")


def test_a_preview_says_in_its_headings_what_columns_hold(server: Any, visit: Callable[..., Any]) -> None:
    watched = visit(server)
    page = watched.go(f"{FLIGHTS}?v=23")
    heading = page.locator(".preview th", has_text="dep_delay").first
    expect(heading).to_contain_text("521 missing")
    assert heading.locator("svg rect").count() == 20
    expect(page.locator(".preview tbody tr")).to_have_count(50)
    page.get_by_role("button", name="2013-04-01.parquet").click()
    expect(page).to_have_url(re.compile("path=2013-04-01.parquet"))
    expect(page.locator(".panel-head", has_text="Preview")).to_contain_text("2013-04-01.parquet")
    watched.picture("data-preview")


def test_a_file_of_a_version_is_downloaded(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(f"{FLIGHTS}?v=23")
    with page.expect_download() as begun:
        page.get_by_role("link", name="download 2013-01.parquet").click()
    assert begun.value.suggested_filename == "2013-01.parquet"
    assert Path(begun.value.path()).read_bytes()[:4] == b"PAR1"


def test_who_uses_a_version_is_told_down_to_the_models(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(f"{FLIGHTS}?v=18")
    uses = page.locator(".panel", has_text="Who uses it")
    expect(uses.get_by_role("link", name="flight-delay@v2")).to_be_visible()
    expect(uses.get_by_role("link", name="run 7", exact=True)).to_have_attribute("href", "/p/default/runs/7")
    expect(uses).to_contain_text("flights-watch")
    expectations = page.locator(".panel", has_text="as gates recorded them")
    expect(expectations).to_contain_text("expectations hold")
    expectations.locator("summary").first.click()
    expect(expectations).to_contain_text("`carrier` present in all rows")


def test_two_versions_are_compared_worst_first(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(f"{FLIGHTS}?v=23&tab=compare")
    against = page.get_by_label("v23 against")
    expect(against).to_have_value("22")
    against.select_option("18")
    expect(page).to_have_url(re.compile("with=18"))
    expect(page.locator(".tile").first).to_contain_text("+5")
    expect(page.locator(".tile").nth(1)).to_contain_text("+33,629")
    expect(page.get_by_text("the columns and their types are the same")).to_be_visible()
    distances = [float(text.replace("=", "")) for text in page.locator(".shifts tbody td:nth-child(2)").all_inner_texts()]
    assert len(distances) == 19
    assert distances == sorted(distances, reverse=True)
    expect(page.get_by_text("2013-08-12.parquet")).to_be_visible()


def test_the_way_down_from_data_is_drawn(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(f"{FLIGHTS}?v=18")
    page.get_by_role("link", name="the whole way down").click()
    graph = page.locator(".lineage-box")
    expect(graph.get_by_role("link", name="flight-delay@v2")).to_be_visible()
    expect(page.locator(".story")).to_contain_text("flights@v18 was made")


def test_names_are_given_moved_and_removed(own_server: Any, visit: Callable[..., Any]) -> None:
    page = visit(own_server).go(f"{FLIGHTS}?v=23")
    page.get_by_role("button", name="Label…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("A label is given once")
    dialog.get_by_label("Label", exact=True).fill("august")
    dialog.get_by_role("button", name="Label…").click()
    expect(page.locator(".head .lead")).to_contain_text("august")
    expect(page.get_by_role("button", name="Label…")).to_have_count(0)
    for version in (23, 22):
        page.goto(f"{own_server.address}{FLIGHTS}?v={version}")
        page.get_by_role("button", name="Put an alias…").click()
        dialog.get_by_label("Alias").fill("checked")
        expect(dialog).to_contain_text("dataset://flights@checked")
        dialog.locator("button[type=submit]").click()
        expect(page.locator(".head .lead")).to_contain_text("checked")
    assert own_server.api("dataset-versions/flights@checked")["number"] == 22
    page.locator(".names").get_by_role("button", name="Remove").click()
    dialog.get_by_role("button", name="Remove").click()
    expect(page.locator(".head .lead")).not_to_contain_text("checked")
    assert "aliases" not in own_server.api("dataset-versions/flights@v22")
    assert own_server.api("dataset-versions/flights@august")["number"] == 23


def test_files_that_runs_gave_are_found_described_and_named(own_server: Any, visit: Callable[..., Any]) -> None:
    page = visit(own_server).go("/p/default/data?list=files")
    rows = page.get_by_role("region", name="files that runs gave").locator("tbody tr[data-row]")
    page.get_by_label("name of the file").fill("hold*")
    expect(rows.first).to_contain_text("holdout")
    expect(page.get_by_text("4 files")).to_be_visible()
    rows.first.get_by_role("button").click()
    dialog = page.get_by_role("dialog").first
    expect(dialog).to_contain_text("datum://")
    dialog.get_by_label("tags").fill("checked, july")
    dialog.get_by_label("property", exact=True).fill("rows")
    dialog.get_by_label("value of the property").fill("13141")
    dialog.get_by_role("button", name="Keep").click()
    expect(dialog.locator(".facts").first).to_contain_text("13,141")
    dialog.get_by_label("alias").fill("last-holdout")
    dialog.get_by_role("button", name="Move it here").click()
    expect(dialog.locator(".chip")).to_have_text("last-holdout")
    dialog.get_by_role("button", name="close").click()
    expect(rows.first).to_contain_text("july")
    expect(rows.first).to_contain_text("last-holdout")
    named = own_server.api("datums/last-holdout")
    assert named["properties"]["rows"] == 13141
    assert named["tags"] == ["checked", "july"]


def test_a_file_is_let_go_with_what_follows_told_first(own_server: Any, visit: Callable[..., Any]) -> None:
    page = visit(own_server).go("/p/default/data?list=files&datum=40")
    page.get_by_role("dialog").first.get_by_role("button", name="Let go of it").click()
    asking = page.get_by_role("dialog", name="Let go of result?")
    expect(asking).to_contain_text("the bytes do not come back")
    asking.get_by_role("button", name="Let go of it").click()
    expect(page.get_by_role("dialog")).to_have_count(1)
    expect(page.get_by_role("button", name="Let go of it")).to_have_count(0)
    assert own_server.api("datums/40")["purged_at"]
    page.get_by_role("dialog").get_by_role("button", name="close").click()
    page.get_by_label("also those that were let go").check()
    expect(page.locator("tr[data-row]", has_text="let go")).to_have_count(1)


def test_an_empty_page_teaches(empty_server: Any, visit: Callable[..., Any]) -> None:
    page = visit(empty_server).go("/p/default/data")
    expect(page.locator(".empty")).to_contain_text("treadle data add FOLDER --as NAME")
    page.get_by_role("tab", name="Files that runs gave").click()
    expect(page.locator(".empty")).to_contain_text("treadle run")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "place",
    ["/p/default/data", "/p/default/data?list=files&datum=40", f"{FLIGHTS}?v=18", f"{FLIGHTS}?v=23&tab=compare", f"{FLIGHTS}?tab=why"],
)
def test_nothing_is_wrong_for_who_cannot_see_it(server: Any, visit: Callable[..., Any], theme: str, place: str) -> None:
    watched = visit(server, theme=theme)
    page = watched.go(place)
    page.wait_for_load_state("networkidle")
    expect(page.locator(".waiting")).to_have_count(0)
    assert watched.accessible() == []


def test_on_a_phone_the_page_is_no_wider_than_the_screen(server: Any, visit: Callable[..., Any]) -> None:
    for tab in ("overview", "why", "compare", "raw"):
        page = visit(server, size=(390, 844)).go(f"{FLIGHTS}?v=23&tab={tab}")
        expect(page.locator(".waiting")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
