"""Comments and signing in: two people talk about a run, each in a browser of their own, at a server that asks for tokens."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

expect = pytest.importorskip("playwright.sync_api", reason="the browser's tests need `playwright`: make test installs it").expect

expect.set_options(timeout=20_000)


@pytest.fixture
def guarded(own_server: Any) -> tuple[Any, dict[str, str]]:
    """A server that asks for tokens, and the secrets of ada, grace (members) and rita (a reader)."""
    secrets: dict[str, str] = {}
    for name, role in (("root", "admin"), ("ada", "member"), ("grace", "member"), ("rita", "reader")):
        found = re.search(r"trd_\S+", own_server.treadle("tokens", "add", name, "--role", role))
        assert found
        secrets[name] = found[0]
        own_server.environment["TREADLE_TOKEN"] = secrets["root"]
    return own_server, secrets


def sign_in(watched: Any, path: str, secret: str) -> Any:
    watched.expected = ["401"]
    page = watched.page
    page.goto(watched.address + path)
    page.get_by_label("This server asks for a token").fill(secret)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation")).to_be_visible()
    return page


def test_the_door_opens_for_a_token_and_closes_again(guarded: Any, visit: Callable[..., Any]) -> None:
    server, secrets = guarded
    watched = visit(server)
    watched.expected = ["401"]
    page = watched.page
    page.goto(server.address + "/p/default/models")
    field = page.get_by_label("This server asks for a token")
    expect(field).to_be_visible()
    assert watched.accessible() == []
    field.fill("trd_wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("unknown, expired or revoked")
    field.fill(secrets["rita"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("main h1")).to_have_text("Models")
    expect(page.locator(".who")).to_contain_text("rita reader")
    assert page.evaluate("document.cookie") == ""
    page.reload()
    expect(page.locator("main h1")).to_have_text("Models")
    page.get_by_role("button", name="Sign out").click()
    expect(field).to_be_visible()
    page.reload()
    expect(field).to_be_visible()


def test_a_reader_is_told_why_buttons_do_nothing(guarded: Any, visit: Callable[..., Any]) -> None:
    server, secrets = guarded
    page = sign_in(visit(server), "/p/default/today", secrets["rita"])
    button = page.get_by_role("button", name="Acknowledge").first
    expect(button).to_be_disabled()
    expect(button).to_have_attribute("title", "your role reader does not allow monitor:write")
    page.goto(server.address + "/platform?tab=access")
    expect(page.locator("main")).to_be_visible()


def test_a_token_that_is_revoked_leads_to_the_door(guarded: Any, visit: Callable[..., Any]) -> None:
    server, secrets = guarded
    page = sign_in(visit(server), "/p/default/runs", secrets["grace"])
    expect(page.locator("tbody tr[data-row]").first).to_be_visible()
    server.treadle("tokens", "revoke", "grace")
    page.get_by_role("navigation").get_by_role("link", name="Models").click()
    expect(page.get_by_label("This server asks for a token")).to_be_visible()


def test_two_people_talk_about_a_run(guarded: Any, visit: Callable[..., Any]) -> None:
    server, secrets = guarded
    entry = "/journal?entry=20"
    ada = visit(server)
    page = sign_in(ada, entry, secrets["ada"])
    region = page.get_by_role("region", name="comments about entry:20")
    region.get_by_role("button", name="0 comments").click()
    field = region.get_by_role("textbox", name="Say something")
    field.press_sequentially("look at **this**, @gr")
    expect(region.get_by_role("option", name="@grace")).to_be_visible()
    field.press("Enter")
    expect(field).to_have_value("look at **this**, @grace ")
    field.press("Control+Enter")
    said = region.locator("li")
    expect(said).to_have_count(1)
    expect(said.locator("strong")).to_have_text("this")
    expect(said.locator(".mention")).to_have_text("@grace")
    assert ada.accessible() == []

    other = sign_in(visit(server), "/p/default/today", secrets["grace"])
    words = other.locator(".panel", has_text="Words for you")
    expect(words).to_contain_text("look at this")
    words.get_by_role("link", name="entry:20").click()
    theirs = other.get_by_role("region", name="comments about entry:20")
    expect(theirs.locator("li")).to_contain_text("mentions you")
    expect(theirs.get_by_role("button", name="Edit")).to_have_count(0)
    theirs.get_by_role("textbox", name="Say something").fill("seen, thanks")
    theirs.get_by_role("button", name="Comment", exact=True).click()
    expect(region.locator("li")).to_have_count(2)  # it appears at ada's by itself

    region.get_by_role("button", name="edit comment 1").click()
    again = region.get_by_role("textbox", name="Say it in other words")
    again.fill("look at that, @grace")
    again.press("Control+Enter")
    expect(theirs.locator("li").first).to_contain_text("look at that")
    expect(theirs.locator("li").first).to_contain_text("edited")
    region.locator("li").first.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(theirs.locator("li").first).to_contain_text("ada took it away")
    listed = httpx2.get(
        server.address + "/api/comments", params={"subject": "entry:20"}, headers={"Authorization": f"Bearer {secrets['ada']}"}
    ).json()
    assert [one["text"] for one in listed] == ["", "seen, thanks"]


def test_mentions_are_seen_one_by_one(guarded: Any, visit: Callable[..., Any]) -> None:
    server, secrets = guarded
    for text in ("@grace first", "@grace second"):
        answer = httpx2.post(
            server.address + "/api/comments",
            json={"subject": "run:1", "text": text},
            headers={"Authorization": f"Bearer {secrets['ada']}"},
        )
        assert answer.status_code == 200, answer.text
    page = sign_in(visit(server), "/p/default/today", secrets["grace"])
    words = page.locator(".panel", has_text="Words for you")
    expect(words.locator("li.todo")).to_have_count(2)
    words.locator("li.todo", has_text="second").get_by_role("button", name="Seen", exact=True).click()
    expect(words.locator("li.todo")).to_have_count(1)
    words.get_by_role("button", name="Seen", exact=True).click()
    expect(words).to_have_count(0)
