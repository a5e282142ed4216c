"""Pace: the figures are those of `treadle pace`, each opens what it counts, and a release is told as a story."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="the browser's tests need `playwright`: make test installs it").expect

expect.set_options(timeout=20_000)

PACE = "/p/default/pace"


def test_five_numbers_say_what_they_are_and_open_what_they_count(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(PACE)
    pace = server.json("pace")
    tiles = page.locator(".tiles .tile")
    expect(tiles).to_have_count(5)
    expect(tiles.nth(1)).to_contain_text("50% without a hand")
    expect(tiles.nth(2)).to_contain_text(str(pace["taken_back"]))
    expect(tiles.nth(0)).to_contain_text("nothing to compare with in the 30 days before")
    tiles.nth(2).click()
    expect(page).to_have_url(re.compile("of=taken-back"))
    counted = page.locator(".panel", has_text="rollouts that were ended in favour of what answered before").last
    expect(counted.locator("tbody tr")).to_have_count(pace["taken_back"])
    expect(counted).to_contain_text("flight-delay@v4 was taken back")
    tiles.nth(0).click()
    expect(page.get_by_label("releases").locator("tbody tr[data-row]")).to_have_count(len(pace["releases"]))
    page.reload()
    expect(page.get_by_label("releases").locator("tbody tr[data-row]")).to_have_count(len(pace["releases"]))


def test_the_days_are_chosen_in_the_address(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(f"{PACE}?days=7")
    expect(page.get_by_label("the last")).to_have_value("7")
    page.get_by_label("the last").select_option("365")
    expect(page).to_have_url(re.compile("days=365"))
    page.get_by_role("button", name="the same on the command line").click()
    expect(page.locator(".says")).to_contain_text("treadle pace --since 365d")


def test_a_bar_leads_to_the_story_of_its_release(server: Any, visit: Callable[..., Any]) -> None:
    watched = visit(server)
    page = watched.go(PACE)
    story = page.locator("#story")
    expect(story).to_contain_text("The story of the last release")
    expect(story).to_contain_text("trigger retrain fired")
    page.locator(".bars").get_by_role("link", name="flight-delay@v1").click()
    expect(page).to_have_url(re.compile("release="))
    expect(story).to_contain_text("The story of flight-delay@v1")
    expect(story).to_contain_text("is live at flights")
    story.get_by_role("button", name="the last release").click()
    expect(story).to_contain_text("flight-delay@v2")
    assert watched.accessible() == []


def test_charts_are_kept_as_pictures_tables_and_files(server: Any, visit: Callable[..., Any], tmp_path: Path) -> None:
    page = visit(server).go(PACE)
    with page.expect_download() as kept:
        page.get_by_role("button", name="CSV", exact=True).click()
    kept.value.save_as(tmp_path / "pace.csv")
    rows = list(csv.DictReader((tmp_path / "pace.csv").read_text().splitlines()))
    assert sorted(row["release"] for row in rows) == ["flight-delay@v1", "flight-delay@v2"]
    for row in rows:
        parts = [float(row[name]) for name in ("working", "approval", "rollout", "idle")]
        assert sum(parts) == pytest.approx(float(row["total"]), abs=0.01)
    for title in ("Where the time goes", "Releases and alarms"):
        page.get_by_role("button", name=f"{title}: as a table").click()
        with page.expect_download() as picture:
            page.get_by_role("button", name="Save as PNG").click()
        picture.value.save_as(tmp_path / "chart.png")
        assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")
    page.get_by_role("button", name="Releases and alarms: as a table").click()
    page.get_by_role("button", name="Show as a table").click()
    weeks = page.get_by_label("weeks")
    expect(weeks).to_be_visible()
    weeks.get_by_role("link", name=re.compile("^2$")).first.click()
    expect(page.locator("main h1")).to_have_text("Journal")
    expect(page.locator("tbody tr[data-row]")).to_have_count(2)


def test_health_of_what_is_live(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(PACE)
    health = page.locator(".panel", has_text="Health of what is live")
    expect(health).to_contain_text("✓ all on record")
    health.get_by_role("link", name="flight-delay@v2").click()
    expect(page.locator("main h1")).to_contain_text("flight-delay")
