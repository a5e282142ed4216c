"""The pictures of the README: taken here from the demo's record, and copied to docs/pictures by `make pictures`."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="the browser's tests need `playwright`: make test installs it").expect

expect.set_options(timeout=20_000)

ROOT = Path(__file__).parents[2]
FOLDER = "docs/pictures"
SIZE = (1440, 1000)


def test_the_story_of_a_model_beside_its_graph(server: Any, visit: Callable[..., Any]) -> None:
    watched = visit(server, size=SIZE)
    page = watched.go("/p/default/models/flight-delay?v=2&tab=why")
    expect(page.get_by_text("flight-delay@v2 is live at flights").first).to_be_visible()
    expect(page.locator(".lineage-box svg")).to_be_visible()
    expect(page.locator(".waiting")).to_have_count(0)
    watched.picture("readme/model-why")


def test_features_against_windows(server: Any, visit: Callable[..., Any]) -> None:
    watched = visit(server, size=SIZE)
    page = watched.go("/p/default/monitors/flights-watch")
    expect(page.get_by_text("alarm 1 drift").first).to_be_visible()
    expect(page.locator(".waiting")).to_have_count(0)
    watched.picture("readme/monitor")


def test_the_readme_shows_these_and_no_others() -> None:
    shown = set(re.findall(rf"\({FOLDER}/(\S+)\.png\)", (ROOT / "README.md").read_text()))
    kept = {path.stem for path in (ROOT / FOLDER).iterdir()}
    assert shown == kept == {"model-why", "monitor"}
