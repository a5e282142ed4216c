"""Models: which version is live, is the next one better, may it go. Every act, and the ways in few clicks."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="the browser's tests need `playwright`: make test installs it").expect

expect.set_options(timeout=20_000)

MODEL = "/p/default/models/flight-delay"


def test_from_the_list_to_the_data_that_trained_the_live_version_in_two_clicks(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go("/p/default/models")
    live = page.locator(".answers", has_text="live").first
    expect(live).to_contain_text("flights")
    live.get_by_role("link", name="v2").click()
    page.locator(".glance").get_by_role("link", name="flights@v18").click()
    expect(page.locator("main h1")).to_have_text("flights")
    expect(page.locator(".head .lead")).to_contain_text("v18")


def test_why_it_was_retrained_in_one_click(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(MODEL)
    expect(page.locator(".head .lead")).to_contain_text("champion")
    page.get_by_role("tab", name="Why").click()
    story = page.locator(".story")
    expect(story).to_contain_text("trigger retrain fired")
    expect(story.get_by_role("link", name=re.compile("^alarm")).first).to_have_attribute("href", re.compile("monitors"))
    expect(story).to_contain_text("is live at flights")
    expect(page.get_by_text("What it is made of")).to_be_visible()


def test_the_graph_leads_from_data_to_the_endpoint_and_folds(server: Any, visit: Callable[..., Any]) -> None:
    watched = visit(server)
    page = watched.go(f"{MODEL}?v=2&tab=why")
    graph = page.locator(".lineage-box")
    for name in ("flights@v18", "weather@v18", "flight-delay@v2", "flights-watch"):
        expect(graph.get_by_role("link", name=name)).to_be_visible()
    before = graph.locator("g rect").count()
    page.get_by_role("button", name="Fold pipelines").click()
    expect(page).to_have_url(re.compile("folded="))
    folded = graph.locator(".fold").first
    expect(folded).to_be_visible()
    assert graph.locator("g rect").count() < before
    folded.click()
    expect(graph.locator(".fold")).to_have_count(page.locator(".fold").count())
    page.get_by_label("look").select_option("up")
    expect(graph.get_by_role("link", name="flights-watch")).to_have_count(0)
    expect(graph.get_by_role("link", name="flights@v18")).to_be_visible()
    watched.picture("models-why")


def test_gates_are_a_checklist_with_evidence(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(f"{MODEL}?v=3")
    gates = page.locator(".gates > li")
    expect(gates).to_have_count(8)
    failed = gates.filter(has_text="champion log_loss")
    expect(failed.locator(".state").first).to_contain_text("failed")
    failed.get_by_text("evidence").click()
    expect(failed.locator(".facts")).to_contain_text("champion ref")
    slices = gates.filter(has_text="auc by origin")
    slices.get_by_text("evidence").click()
    expect(slices.locator("table.plain")).to_contain_text("EWR")


def test_versions_show_the_metrics_that_were_chosen_and_the_address_keeps_it(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(MODEL)
    versions = page.get_by_role("navigation", name="versions")
    expect(versions).to_contain_text("auc 0.7442")
    page.get_by_role("button", name="choose the metrics shown").click()
    page.get_by_role("checkbox", name="brier").check()
    expect(page).to_have_url(re.compile(r"m=auc%2Clog_loss%2Cbrier|m=auc,log_loss,brier"))
    page.reload()
    expect(versions).to_contain_text("brier")


def test_a_version_is_compared_with_the_champion_or_any_other(server: Any, visit: Callable[..., Any], tmp_path: Path) -> None:
    page = visit(server).go(f"{MODEL}?v=3&tab=compare")
    expect(page.get_by_label("v3 against")).to_have_value("2")
    metrics = page.locator("table.metrics")
    expect(metrics.locator("tr", has_text="auc ↑").first).to_contain_text("! other rows")
    expect(page.get_by_text("They were judged on different rows")).to_be_visible()
    expect(page.locator("table.made-of")).to_contain_text("≠ parameters")
    expect(page.locator("table.made-of")).to_contain_text("= code")
    with page.expect_download() as kept:
        page.get_by_role("button", name="CSV of metrics").click()
    kept.value.save_as(tmp_path / "metrics.csv")
    lines = list(csv.DictReader((tmp_path / "metrics.csv").read_text().splitlines()))
    assert {line["metric"].split()[0] for line in lines} >= {"auc", "log_loss"}
    page.get_by_label("v3 against").select_option("4")
    expect(page).to_have_url(re.compile("with=4"))
    expect(page.get_by_text("They were judged on different rows")).to_have_count(0)
    expect(page.get_by_text("≠ True")).to_be_visible()


def test_raw_says_the_lines_that_give_the_same(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(f"{MODEL}?v=2&tab=raw")
    line = page.locator("pre").first.inner_text()
    assert line == "treadle models show flight-delay@v2 --json"
    assert server.json("models", "show", "flight-delay@v2")["number"] == 2
    expect(page.locator("pre.raw")).to_contain_text('"model": "flight-delay"')


def test_a_failed_version_is_let_through_only_with_words_and_says_so_for_good(own_server: Any, visit: Callable[..., Any]) -> None:
    own_server.treadle("triggers", "pause", "release")
    page = visit(own_server).go(f"{MODEL}?v=3")
    page.get_by_text("Let it through although gates failed").click()
    box = page.locator(".deciding")
    expect(box).to_contain_text("This is an override")
    expect(box).to_contain_text("champion log_loss")
    yes = box.get_by_role("button", name="Yes, override")
    expect(yes).to_be_disabled()
    box.get_by_label("Why").fill("a drill for the night shift")
    yes.click()
    expect(page.locator(".head .lead")).to_contain_text("approved")
    expect(page.locator(".approval")).to_contain_text("although gates had failed")
    expect(page.locator(".approval")).to_contain_text("a drill for the night shift")
    page.get_by_text("Reject it after all").click()
    box.get_by_label("Why").fill("the drill is over")
    box.get_by_role("button", name="No, reject").click()
    expect(page.locator(".head .lead")).to_contain_text("rejected")
    assert own_server.json("models", "show", "flight-delay@v3")["stage"] == "rejected"


def test_a_yes_says_which_trigger_it_sets_off(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(f"{MODEL}?v=3")
    page.get_by_text("Let it through although gates failed").click()
    expect(page.locator(".deciding")).to_contain_text("A yes sets off release: when version.approved (model flight-delay)")


def test_aliases_are_put_moved_and_removed_and_say_what_follows(own_server: Any, visit: Callable[..., Any]) -> None:
    page = visit(own_server).go(f"{MODEL}?v=4")
    page.get_by_role("button", name="Put an alias…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Alias").fill("champion")
    expect(dialog).to_contain_text("It leaves v2")
    expect(dialog).to_contain_text("flights goes on answering with v2")
    dialog.get_by_label("Alias").fill("tuesday")
    dialog.get_by_label("Why").fill("to be looked at")
    dialog.get_by_role("button", name="Put it").click()
    expect(page.locator(".head .lead")).to_contain_text("tuesday")
    expect(page.get_by_text("to be looked at")).to_be_visible()
    names = page.locator(".names")
    names.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("dialog")).to_contain_text("model://flight-delay@tuesday")
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.locator(".head .lead")).not_to_contain_text("tuesday")
    assert own_server.json("models")[0]["aliases"] == {"champion": 2}


def test_a_card_is_written_section_by_section(own_server: Any, visit: Callable[..., Any]) -> None:
    page = visit(own_server).go(f"{MODEL}?v=4")
    page.get_by_role("button", name="Write", exact=True).click()
    page.get_by_label("Markdown of Intended use").fill("Flights **from New York**.")
    expect(page.locator(".writing .markdown strong")).to_have_text("from New York")
    page.get_by_role("button", name="Keep the section").click()
    expect(page.locator(".markdown")).to_contain_text("Flights from New York.")
    page.get_by_role("button", name="The whole card").click()
    expect(page.locator(".markdown table").first).to_be_visible()
    assert "Flights **from New York**." in own_server.treadle("models", "card", "flight-delay@v4")


def test_a_version_is_released_stage_by_stage(own_server: Any, visit: Callable[..., Any]) -> None:
    page = visit(own_server).go(f"{MODEL}?v=4")
    page.get_by_role("button", name="Release…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Endpoint")).to_have_value("flights")
    dialog.get_by_label("How").select_option("once")
    expect(dialog.locator(".consequence")).to_contain_text("in place of flight-delay@v2, which is kept ready for going back")
    dialog.get_by_label("How").select_option("shadow")
    dialog.get_by_label("seconds of stage 2").fill("600")
    expect(dialog.locator(".consequence")).to_contain_text("shadow until 500 rows, then 20 % until 500 rows and 10 min")
    dialog.get_by_role("button", name="Release flight-delay@v4").click()
    expect(page.locator(".head .lead")).to_contain_text("shadow")
    rollout = own_server.api("endpoints/flights")["rollout"]
    assert [stage["share"] for stage in rollout["stages"]] == [0.0, 0.2]


def test_what_is_said_about_a_version_stands_on_its_page(own_server: Any, visit: Callable[..., Any]) -> None:
    page = visit(own_server).go(f"{MODEL}?v=4")
    page.get_by_role("button", name="0 comments").click()
    comments = page.get_by_role("region", name="comments about model:flight-delay@v4")
    comments.get_by_role("textbox").fill("taken back because of the drill")
    comments.locator("form button[type=submit]").click()
    expect(comments).to_contain_text("1 comment")
    expect(comments.locator(".markdown")).to_have_text("taken back because of the drill")


def test_an_empty_page_teaches(empty_server: Any, visit: Callable[..., Any]) -> None:
    page = visit(empty_server).go("/p/default/models")
    expect(page.locator(".empty")).to_contain_text("treadle models register")


def test_a_version_that_is_not_there_says_so(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(f"{MODEL}?v=99")
    expect(page.locator(".empty")).to_contain_text("flight-delay has no version or alias 99")
    watched = visit(server)
    watched.expected = ["404"]
    watched.go("/p/default/models/nothing")
    expect(watched.page.get_by_role("alert")).to_contain_text("nothing")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("place", ["/p/default/models", f"{MODEL}?v=3", f"{MODEL}?v=2&tab=why", f"{MODEL}?v=3&tab=compare"])
def test_nothing_is_wrong_for_who_cannot_see_it(server: Any, visit: Callable[..., Any], theme: str, place: str) -> None:
    watched = visit(server, theme=theme)
    page = watched.go(place)
    page.wait_for_load_state("networkidle")
    expect(page.locator(".waiting")).to_have_count(0)
    assert watched.accessible() == []


def test_on_a_phone_the_page_is_no_wider_than_the_screen(server: Any, visit: Callable[..., Any]) -> None:
    for tab in ("overview", "why", "compare", "raw"):
        page = visit(server, size=(390, 844)).go(f"{MODEL}?v=3&tab={tab}")
        expect(page.locator(".waiting")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
