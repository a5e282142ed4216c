"""What holds on every screen: it can be read and used by everybody, in both themes, empty and full, and says so when it cannot be shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="the browser's tests need `playwright`: make test installs it").expect

PLACES = {
    "today": "/p/default/today",
    "runs": "/p/default/runs",
    "runs-grouped": "/p/default/runs?children=all&group=step",
    "run": "/p/default/runs/1",
    "run-logs": "/p/default/runs/3?tab=logs",
    "run-code": "/p/default/runs/3?tab=code",
    "run-environment": "/p/default/runs/3?tab=environment",
    "run-why": "/p/default/runs/1?tab=why",
    "run-raw": "/p/default/runs/1?tab=raw",
    "compare": "/p/default/compare?runs=3,8",
    "pipelines": "/p/default/pipelines",
    "pipeline": "/p/default/pipelines/late_arrivals",
    "data": "/p/default/data",
    "dataset": "/p/default/data/flights",
    "dataset-why": "/p/default/data/flights?tab=why",
    "dataset-compare": "/p/default/data/flights?tab=compare",
    "models": "/p/default/models",
    "model": "/p/default/models/flight-delay",
    "model-why": "/p/default/models/flight-delay?tab=why",
    "model-compare": "/p/default/models/flight-delay?tab=compare",
    "endpoints": "/p/default/endpoints",
    "endpoint": "/p/default/endpoints/flights",
    "endpoint-why": "/p/default/endpoints/flights?tab=why",
    "endpoint-compare": "/p/default/endpoints/flights?tab=compare",
    "monitors": "/p/default/monitors",
    "monitor": "/p/default/monitors/flights-watch",
    "monitor-why": "/p/default/monitors/flights-watch?tab=why",
    "monitor-compare": "/p/default/monitors/flights-watch?tab=compare",
    "pace": "/p/default/pace",
    "platform": "/platform",
    "journal": "/journal",
}
SCREENS = ("today", "runs", "pipelines", "data", "models", "endpoints", "monitors", "pace", "platform", "journal")


def settled(page: Any) -> None:
    """Waits until nothing is being loaded any more."""
    page.wait_for_load_state("load")
    expect(page.locator(".waiting")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PLACES)
def test_every_screen_is_accessible_in_both_themes(server: Any, visit: Callable[..., Any], name: str, theme: str) -> None:
    watched = visit(server, theme=theme)
    settled(watched.go(PLACES[name]))
    watched.picture(f"{name}-{theme}")
    assert watched.accessible() == []
    expect(watched.page.get_by_role("alert")).to_have_count(0)


BARE = """
    () => [...document.querySelectorAll("main table")]
        .filter((table) => table.getAttribute("role") !== "grid" && !table.closest(".markdown, form, .preview"))
        .filter((table) => {
            for (let at = table.parentElement; at && at.tagName !== "MAIN"; at = at.parentElement)
                if ([...at.querySelectorAll("button")].some((button) => button.textContent.trim().startsWith("CSV"))) return false;
            return true;
        })
        .map((table) => table.closest("[aria-label]")?.getAttribute("aria-label") ?? table.outerHTML.slice(0, 200))
"""


@pytest.mark.parametrize("name", [name for name in PLACES if name not in ("journal", "compare")])
def test_every_table_can_be_taken_along(server: Any, visit: Callable[..., Any], name: str) -> None:
    """Previews have the file itself beside them; the journal and a comparison are exported whole, from their heads."""
    watched = visit(server)
    settled(watched.go(PLACES[name]))
    assert watched.page.evaluate(BARE) == []


@pytest.mark.parametrize("name", SCREENS)
def test_every_screen_fits_a_telephone(server: Any, visit: Callable[..., Any], name: str) -> None:
    watched = visit(server, size=(390, 844))
    settled(watched.go(PLACES[name]))
    watched.picture(f"{name}-narrow")
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("name", SCREENS)
def test_an_empty_screen_teaches(empty_server: Any, visit: Callable[..., Any], name: str) -> None:
    watched = visit(empty_server)
    settled(watched.go(PLACES[name]))
    watched.picture(f"{name}-empty")
    expect(watched.page.get_by_role("alert")).to_have_count(0)
    assert watched.accessible() == []


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_whose_data_is_forbidden_or_away_says_so(server: Any, visit: Callable[..., Any], name: str) -> None:
    watched = visit(server)
    watched.expected = ["Failed to load resource"]
    body = '{"title": "the record is away for a moment", "code": "E0503", "status": 503, "hint": "treadle doctor"}'
    watched.page.route(
        "**/api/**",
        lambda route: (
            route.continue_()
            if route.request.url.endswith(("/api/me", "/api/news"))
            else route.fulfill(status=503, content_type="application/problem+json", body=body)
        ),
    )
    watched.go(PLACES[name])
    alert = watched.page.get_by_role("alert").first
    expect(alert).to_contain_text("the record is away for a moment")
    expect(alert).to_contain_text("treadle doctor")
    watched.page.unroute("**/api/**")
    alert.get_by_role("button", name="Ask again").click()
    expect(watched.page.locator("main").get_by_text("the record is away for a moment")).to_have_count(0)


def test_the_palette_goes_anywhere_and_does_anything(server: Any, visit: Callable[..., Any]) -> None:
    watched = visit(server)
    page = watched.go("/p/default/runs")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="what to find or do")
    expect(field).to_be_focused()
    field.fill("flight-delay")
    found = page.get_by_role("listbox", name="what was found")
    expect(found.get_by_role("option").first).to_contain_text("flight-delay")
    assert watched.accessible() == []
    watched.picture("palette")
    page.keyboard.press("Enter")
    expect(page.locator("main h1")).to_contain_text("flight-delay")
    page.keyboard.press("Control+k")
    field.fill("journal.health")
    page.get_by_role("option", name="journal.health").click()
    expect(page.get_by_text("treadle api journal.health")).to_be_visible()
    page.get_by_role("button", name="Perform").click()
    expect(page.locator(".answer")).to_contain_text('"dialect": "sqlite"')
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_g_and_a_letter_go_to_a_screen(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go("/p/default/today")
    page.keyboard.press("g")
    page.keyboard.press("m")
    expect(page.locator("main h1")).to_have_text("Models")


def test_rows_are_reached_by_the_keyboard(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go("/p/default/runs")
    expect(page.locator("tbody tr[data-row]").first).to_be_visible()
    page.keyboard.press("j")
    expect(page.locator("tr.at")).to_have_attribute("data-row", "0")
    page.keyboard.press("j")
    expect(page.locator("tr.at")).to_have_attribute("data-row", "1")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.locator("main h1")).to_contain_text("run 16")


def test_a_server_that_has_gone_is_told_and_comes_back(own_server: Any, visit: Callable[..., Any]) -> None:
    watched = visit(own_server)
    port = str(urlsplit(own_server.address).port)
    watched.expected = ["Failed to load resource", "net::ERR"]
    page = watched.go("/journal")
    expect(page.get_by_text("● live")).to_be_visible()
    own_server.stop()
    expect(page.get_by_text("the server does not answer")).to_be_visible()
    again = type(own_server)(own_server.folder, "--port", port)
    try:
        expect(page.get_by_text("● live")).to_be_visible()
        again.treadle("projects", "add", "meanwhile")
        expect(page.get_by_label("entries").locator("tbody tr[data-row]").first).to_contain_text("project.created")
    finally:
        again.stop()
