"""What stands around every screen: the rail, the themes, the palette, links, and what is said when something is missing."""

from __future__ import annotations

import hashlib
import importlib.util
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from treadle.core.operation import TABLE
from treadle.server import openapi
from treadle.server.pages import BUILT

expect = pytest.importorskip("playwright.sync_api", reason="the browser's tests need `playwright`: make test installs it").expect

WEB = Path(__file__).parents[2] / "web"
SCREENS = ["Today", "Runs", "Pipelines", "Data", "Models", "Endpoints", "Monitors", "Pace", "Platform", "Journal"]


def test_every_screen_opens_from_the_rail(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go("/")
    for name in SCREENS:
        page.get_by_role("navigation").get_by_role("link", name=name).first.click()
        expect(page.locator("main h1")).to_have_text(name)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_is_the_systems_until_one_is_chosen(server: Any, visit: Callable[..., Any], theme: str) -> None:
    page = visit(server, theme=theme).go("/p/default/runs")
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    page.get_by_label("theme").select_option("dark" if theme == "light" else "light")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark" if theme == "light" else "light")


def test_an_address_that_leads_nowhere_says_so(server: Any, visit: Callable[..., Any]) -> None:
    watched = visit(server)
    watched.page.goto(server.address + "/p/default/nowhere")
    expect(watched.page.get_by_role("alert")).to_contain_text("there is no such page")


def test_pages_carry_a_policy_and_nothing_may_be_framed(server: Any) -> None:
    for path in ("/p/default/runs", "/journal", "/platform"):
        answer = httpx2.get(server.address + path)
        assert answer.status_code == 200
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-frame-options"] == "DENY"
    asset = re.search(r'src="(/assets/[^"]+)"', answer.text)
    assert asset
    kept = httpx2.get(server.address + asset[1])
    assert "immutable" in kept.headers["cache-control"]
    assert httpx2.get(server.address + "/assets/../index.html").status_code == 404


def test_programs_that_ask_for_text_get_text(server: Any) -> None:
    assert httpx2.get(server.address + "/").headers["content-type"].startswith("text/plain")
    assert httpx2.get(server.address + "/", headers={"Accept": "text/html"}).headers["content-type"].startswith("text/html")


def test_the_first_load_and_each_screen_stay_within_their_budget() -> None:
    spec = importlib.util.spec_from_file_location("hatch_build", WEB / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    hook = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hook)
    first, screens = hook.weights(BUILT)
    assert first < 150_000
    assert len(screens) >= len(SCREENS)
    assert {name: size for name, size in screens.items() if size >= 60_000} == {}
    assert sum(file.stat().st_size for file in BUILT.rglob("*.gz")) < 500_000


def test_the_types_are_those_of_the_api_of_today() -> None:
    table = (WEB / "src" / "api" / "table.ts").read_text()
    digest = hashlib.sha256(openapi.whole()).hexdigest()
    assert f'DOCUMENT = "{digest}"' in table, "the API has changed: make types"
    assert table.count('": ["') == len(TABLE)
