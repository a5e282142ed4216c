"""Journal: everything that happened is found, followed to its cause and to what it caused, taken along, and proven whole."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="the browser's tests need `playwright`: make test installs it").expect

expect.set_options(timeout=20_000)

JOURNAL = "/journal"
PAGE = 200
"""Entries that the page asks for at once."""


def entries(page: Any) -> Any:
    return page.get_by_label("entries")


def panel(page: Any, number: int) -> Any:
    return page.locator(".panel", has=page.get_by_role("heading", name=f"Entry {number}", exact=True))


def test_the_newest_stands_first_and_the_oldest_is_reached_by_scrolling(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(JOURNAL)
    known = server.json("journal", "-n", "5000")
    assert len(known) > PAGE, "more than a page holds, or this test shows nothing"
    rows = entries(page).locator("tbody tr[data-row]")
    expect(rows.first).to_contain_text(str(known[-1]["id"]))
    bottom = "(element) => element.scrollTo(0, element.scrollHeight)"
    scroll = page.locator(".table-scroll")
    for shown in range(PAGE, len(known), PAGE):
        expect(scroll.locator("table")).to_have_attribute("aria-rowcount", str(shown))
        scroll.evaluate(bottom)
    expect(scroll.locator("table")).to_have_attribute("aria-rowcount", str(len(known)))
    scroll.evaluate(bottom)
    expect(entries(page).get_by_role("link", name="1", exact=True)).to_be_visible()


def test_a_filter_stands_in_the_address_and_on_the_command_line(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(JOURNAL)
    rows = entries(page).locator("tbody tr[data-row]")
    expect(rows.first).to_be_visible()
    page.get_by_label("what: run.*").fill("rollout.*")
    page.get_by_label("what: run.*").press("Enter")
    expect(page).to_have_url(re.compile(r"kind=rollout"))
    expect(rows.first).to_contain_text("rollout.taken_back")
    asked = server.json("journal", "--kind", "rollout.*", "-n", "5000")
    expect(rows).to_have_count(len(asked))
    page.get_by_label("any words").fill("shadow")
    page.get_by_label("any words").press("Enter")
    asked = server.json("journal", "--kind", "rollout.*", "--text", "shadow", "-n", "5000")
    expect(rows).to_have_count(len(asked))
    page.reload()
    expect(rows).to_have_count(len(asked))
    page.get_by_role("button", name="the same on the command line").click()
    expect(page.locator(".says")).to_contain_text("treadle journal --kind 'rollout.*' --text 'shadow'")


def test_nothing_fits_and_says_so(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(f"{JOURNAL}?text=no-such-words")
    expect(page.get_by_text("No entry fits")).to_be_visible()


def test_an_entry_leads_to_its_cause_and_to_what_it_caused(server: Any, visit: Callable[..., Any]) -> None:
    taken = server.json("journal", "--kind", "rollout.taken_back", "-n", "1")[0]
    chain = server.json("journal", "why", str(taken["id"]))
    watched = visit(server)
    page = watched.go(f"{JOURNAL}?kind=rollout.*")
    entries(page).get_by_role("link", name=str(taken["id"]), exact=True).click()
    shown = panel(page, taken["id"])
    expect(shown).to_contain_text("rollout.taken_back")
    expect(shown).to_contain_text("endpoint:flights")
    causes = shown.locator("ol.chain > li")
    expect(causes).to_have_count(len(chain) - 1)
    assert watched.accessible() == []
    watched.picture("journal-entry")
    before = taken["cause"]
    causes.first.get_by_role("link", name=str(before), exact=True).click()
    expect(page).to_have_url(re.compile(f"entry={before}"))
    effects = panel(page, before).locator("ul.chain").first
    expect(effects.get_by_role("link", name=str(taken["id"]), exact=True)).to_be_visible()
    panel(page, before).get_by_role("button", name="close the entry").click()
    expect(page).not_to_have_url(re.compile("entry="))


def test_what_happens_meanwhile_appears_by_itself(own_server: Any, visit: Callable[..., Any]) -> None:
    page = visit(own_server).go(JOURNAL)
    rows = entries(page).locator("tbody tr[data-row]")
    expect(rows.first).to_be_visible()
    own_server.treadle("projects", "add", "meanwhile")
    expect(rows.first).to_contain_text("project.created")
    expect(rows.first).to_contain_text("meanwhile")


def test_what_the_filter_finds_is_taken_along(server: Any, visit: Callable[..., Any], tmp_path: Path) -> None:
    page = visit(server).go(f"{JOURNAL}?kind=run.*")
    expect(entries(page).locator("tbody tr[data-row]").first).to_be_visible()
    known = server.json("journal", "--kind", "run.*", "-n", "5000")
    with page.expect_download() as kept:
        page.get_by_role("button", name="JSON lines").click()
    kept.value.save_as(tmp_path / "journal.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
    assert [one["id"] for one in reversed(lines)] == [one["id"] for one in known]
    with page.expect_download() as kept:
        page.get_by_role("button", name="CSV", exact=True).click()
    kept.value.save_as(tmp_path / "journal.csv")
    rows = list(csv.DictReader((tmp_path / "journal.csv").read_text().splitlines()))
    assert [int(row["entry"]) for row in reversed(rows)] == [one["id"] for one in known]


def test_the_record_is_proven_whole_and_a_changed_entry_is_found(own_server: Any, visit: Callable[..., Any]) -> None:
    watched = visit(own_server)
    page = watched.go(JOURNAL)
    page.get_by_role("button", name="Verify").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("✓ it is:")
    expect(dialog.locator("code")).to_have_text(re.compile("[0-9a-f]{16}"))
    assert watched.accessible() == []
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    own_server.treadle("journal", "verify")
    with closing(sqlite3.connect(own_server.folder / ".treadle" / "treadle.db")) as record:
        record.execute("update journal set actor = 'somebody else' where id = 3")
        record.commit()
    page.get_by_role("button", name="Verify").click()
    expect(dialog).to_contain_text("✕ it is not:")
    link = dialog.get_by_role("link", name="entry 3", exact=True).first
    expect(link).to_be_visible()
    link.click()
    expect(page).to_have_url(re.compile("entry=3"))
    assert urlsplit(page.url).path == JOURNAL
