"""Platform: what runs where, what it costs, what is stored, and who may; with the forms that change it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

expect = pytest.importorskip("playwright.sync_api", reason="the browser's tests need `playwright`: make test installs it").expect

expect.set_options(timeout=20_000)

PLATFORM = "/platform"


def tile(page: Any, title: str) -> Any:
    return page.locator(".tile", has_text=title).locator("b")


def test_what_runs_where(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(PLATFORM)
    expect(tile(page, "running now")).to_have_text("0")
    expect(tile(page, "endpoints that answer")).to_have_text("1")
    expect(page.get_by_label("engines").locator("tbody")).to_contain_text("local")
    expect(page.get_by_label("endpoints", exact=True).get_by_role("link", name="flights")).to_be_visible()
    health = page.locator(".panel", has_text="Health")
    expect(health).to_contain_text("sqlite")
    expect(health).to_contain_text("agrees with this browser's")
    for path in ("/metrics", "/openapi.json", "/health/ready"):
        expect(health.get_by_role("link", name=path)).to_have_attribute("href", path)
        assert httpx2.get(server.address + path, timeout=30).status_code == 200
    tile(page, "running now").get_by_role("link").click()
    expect(page.locator("main h1")).to_have_text("Runs")
    expect(page).to_have_url(re.compile("state"))


def test_what_it_costs_adds_up_and_opens_what_it_counts(server: Any, visit: Callable[..., Any], tmp_path: Path) -> None:
    watched = visit(server)
    page = watched.go(f"{PLATFORM}?tab=cost&days=365")
    usage = server.json("api", "delivery.usage", "-f", "days=365")
    expect(tile(page, "attempts")).to_have_text(f"{usage['cost']['attempts']:,}")
    steps = page.get_by_label("By step")
    expect(steps.locator("tbody tr[data-row]")).to_have_count(len(usage["cost_by_step"]))
    panel = page.locator(".panel", has=page.get_by_role("heading", name="By step"))
    with page.expect_download() as kept:
        panel.get_by_role("button", name="CSV of By step").click()
    kept.value.save_as(tmp_path / "cost.csv")
    assert len((tmp_path / "cost.csv").read_text().splitlines()) == len(usage["cost_by_step"]) + 1
    assert watched.accessible() == []
    watched.picture("platform-cost")
    steps.get_by_role("link", name="train", exact=True).click()
    expect(page.locator("main h1")).to_have_text("Runs")
    known = server.json("runs", "step = 'train'", "--all")
    expect(page.locator("tbody tr[data-row]")).to_have_count(len(known))


def test_what_is_stored(server: Any, visit: Callable[..., Any]) -> None:
    watched = visit(server)
    page = watched.go(f"{PLATFORM}?tab=storage")
    usage = server.json("api", "delivery.usage", "-f", "days=30")
    rows = page.get_by_label("what is stored").locator("tbody tr[data-row]")
    expect(rows).to_have_count(len(usage["stored"]))
    assert watched.accessible() == []
    watched.picture("platform-storage")


def test_a_project_is_made_changed_and_given_variables(own_server: Any, visit: Callable[..., Any]) -> None:
    watched = visit(own_server)
    watched.expected = ["400", "409", "422"]
    page = watched.go(f"{PLATFORM}?tab=projects")
    page.get_by_role("button", name="New project…").click()
    dialog = page.get_by_role("dialog")
    assert watched.accessible() == []
    dialog.get_by_label(re.compile("^Name")).fill("fraud desk")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("fraud desk")
    dialog.get_by_label(re.compile("^Name")).fill("fraud")
    dialog.get_by_label("What it is for").fill("finds stolen cards")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    project = page.locator(".panel", has=page.get_by_role("heading", name=re.compile("^fraud")))
    expect(project).to_contain_text("finds stolen cards")
    expect(project).to_contain_text("its runs are given no variables")

    project.get_by_role("button", name="Change…").click()
    dialog.get_by_label("What it is for").fill("finds stolen cards early")
    dialog.get_by_role("button", name="Save").click()
    expect(project).to_contain_text("finds stolen cards early")

    for name, value, secret in (("REGION", "north", False), ("BANK_KEY", "4711-not-to-be-seen", True)):
        project.get_by_role("button", name="Set a variable…").click()
        dialog.get_by_label("Name").fill(name)
        dialog.get_by_label("Value").fill(value)
        dialog.get_by_label(re.compile("Secret: kept")).set_checked(secret)
        dialog.get_by_role("button", name="Save").click()
        expect(dialog).to_have_count(0)
    expect(project).to_contain_text("north")
    expect(project).to_contain_text("BANK_KEY")
    page.reload()
    expect(project).to_contain_text("BANK_KEY")
    expect(page.locator("body")).not_to_contain_text("4711-not-to-be-seen")
    variables = {one["name"]: one for one in own_server.json("projects")}["fraud"]["variables"]
    assert variables["REGION"]["value"] == "north"
    assert variables["BANK_KEY"]["secret"]
    assert not variables["BANK_KEY"].get("value")

    project.locator("dd", has_text="north").get_by_role("button", name="Forget").click()
    expect(dialog).to_contain_text("are started without it")
    dialog.get_by_role("button", name="Forget").click()
    expect(project).not_to_contain_text("north")
    assert "REGION" not in {one["name"]: one for one in own_server.json("projects")}["fraud"]["variables"]

    project.get_by_role("link", name="fraud", exact=True).click()
    expect(page).to_have_url(re.compile("/p/fraud/today"))


def test_the_first_token_closes_the_door_and_a_revoked_one_opens_nothing(own_server: Any, visit: Callable[..., Any]) -> None:
    watched = visit(own_server)
    watched.expected = ["401"]
    page = watched.go(f"{PLATFORM}?tab=tokens")
    expect(page.get_by_text("Nobody needs a token")).to_be_visible()
    page.get_by_role("button", name="Add a token…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("closes the door")
    dialog.get_by_label("Name", exact=True).fill("ada")
    dialog.get_by_role("button", name="Make it").click()
    secret = dialog.locator("code.secret").inner_text()
    assert secret.startswith("trd_")
    assert watched.accessible() == []
    assert httpx2.get(f"{own_server.address}/api/runs", timeout=30).status_code == 401
    dialog.get_by_role("button", name="close").click()
    expect(page.locator(".who")).to_contain_text("ada admin")

    tokens = page.get_by_label("tokens")
    expect(tokens.locator("tbody tr[data-row]")).to_have_count(1)
    page.get_by_role("button", name="Add a token…").click()
    dialog.get_by_label("Name", exact=True).fill("reader-of-a-week")
    dialog.get_by_label("Role").select_option("reader")
    dialog.get_by_label(re.compile("^Days")).fill("7")
    dialog.get_by_role("button", name="Make it").click()
    weekly = dialog.locator("code.secret").inner_text()
    page.keyboard.press("Escape")
    row = tokens.locator("tbody tr[data-row]", has_text="reader-of-a-week")
    expect(row).to_contain_text("reader")
    expect(page.locator("body")).not_to_contain_text(weekly)
    bearer = {"Authorization": f"Bearer {weekly}"}
    assert httpx2.get(f"{own_server.address}/api/runs", headers=bearer, timeout=30).status_code == 200
    row.get_by_role("button", name="Revoke").click()
    expect(dialog).to_contain_text("refused from now on")
    watched.picture("platform-revoke")
    dialog.get_by_role("button", name="Revoke").click()
    expect(row.get_by_role("button", name="Revoke")).to_have_count(0)
    assert httpx2.get(f"{own_server.address}/api/runs", headers=bearer, timeout=30).status_code == 401
