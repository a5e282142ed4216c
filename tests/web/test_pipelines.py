"""Pipelines: did it run, where did it stop, when next? The graph with the mouse, the keyboard and in words; schedules and triggers."""

from __future__ import annotations

import re
import sqlite3
import textwrap
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="the browser's tests need `playwright`: make test installs it").expect

expect.set_options(timeout=20_000)

LIST = "/p/default/pipelines"
ARRIVALS = f"{LIST}/late_arrivals"
TIMES = "\N{MULTIPLICATION SIGN}"
LONG = 120_000
"""Milliseconds for what a run must end before."""

FLOW = """
    from treadle import pipeline, step

    @step
    def prepare(rows: int = 3) -> int:
        return rows

    @step
    def trial(rows: int, number: int) -> int:
        if number == 7:
            raise ValueError("seven never converges")
        return rows * number

    @step
    def choose(scores: list[int]) -> int:
        return max(scores)

    @pipeline
    def search(width: int = 4, first: int = 0) -> int:
        rows = prepare()
        return choose([trial(rows, number=first + number) for number in range(width)])

    @pipeline
    def weekly() -> int:
        return search(width=2)
"""


@pytest.fixture
def flow(empty_server: Any) -> Any:
    """A server on a record of its own, with pipelines that take no time."""
    (empty_server.folder / "flow.py").write_text(textwrap.dedent(FLOW))
    return empty_server


def boxes(page: Any) -> Any:
    return page.get_by_role("region", name="graph of the run").locator("[data-box]")


def box(page: Any, name: str) -> Any:
    return page.get_by_role("region", name="graph of the run").get_by_label(re.compile(f"^{name}"))


def row(page: Any, trigger: str) -> Any:
    return page.get_by_role("region", name="triggers").get_by_role("row").filter(has=page.get_by_role("link", name=trigger, exact=True))


# --- did it run, where did it stop -----------------------------------------------------------------------------------------


def test_the_list_tells_how_each_pipeline_went_lately(server: Any, visit: Callable[..., Any]) -> None:
    watched = visit(server)
    page = watched.go(LIST)
    (pipeline,) = server.api("pipelines")
    line = page.get_by_role("region", name="pipelines").get_by_role("row").filter(has_text="late_arrivals")
    ribbon = line.locator(".ribbon a")
    expect(ribbon).to_have_count(len(pipeline["last"]))
    newest = pipeline["last"][0]
    expect(ribbon.last).to_have_attribute("aria-label", re.compile(rf"^run {newest['id']} {newest['name']}: done, "))
    expect(line).to_contain_text("✓")
    with page.expect_download() as begun:
        page.get_by_role("button", name="CSV").first.click()
    assert "late_arrivals" in Path(begun.value.path()).read_text()
    line.get_by_role("link", name=str(pipeline["runs"]), exact=True).click()
    expect(page).to_have_url(re.compile(r"/runs\?q=step\+%3D\+%27late_arrivals%27"))
    page.go_back()
    ribbon.last.click()
    expect(page.locator("main h1")).to_contain_text(f"run {newest['id']} {newest['name']} (late_arrivals, done)")
    page.get_by_role("link", name="late_arrivals", exact=True).click()
    expect(page).to_have_url(re.compile(rf"/pipelines/late_arrivals\?run={newest['id']}"))


def test_the_graph_shows_what_became_of_every_step_and_a_box_opens_its_run(server: Any, visit: Callable[..., Any]) -> None:
    watched = visit(server)
    page = watched.go(f"{ARRIVALS}?run=16")
    told = server.api("runs/16/graph")
    expect(boxes(page)).to_have_count(len(told["nodes"]))
    expect(box(page, "prepare")).to_have_attribute("aria-label", re.compile("^prepare: reused, "))
    expect(box(page, "train")).to_have_attribute("aria-label", re.compile("^train: done, .+, after prepare$"))
    expect(box(page, "evaluate")).to_have_attribute("role", "link")
    expect(page.locator("path.edge.critical").first).to_be_visible()
    times = page.locator(".times li")
    expect(times).to_have_count(len(told["nodes"]))
    expect(times.filter(has_text="evaluate").first).to_have_attribute("title", re.compile("^evaluate: waited .+, ran "))
    page.get_by_text("The same as a list, 4 runs").click()
    expect(page.locator("details li").filter(has_text="evaluate")).to_contain_text("after prepare, train")
    with page.expect_download() as begun:
        page.get_by_role("button", name="PNG").click()
    assert Path(begun.value.path()).stat().st_size > 1000
    watched.picture("pipeline-graph")
    train = next(one["id"] for one in told["nodes"] if one["step"] == "train")
    box(page, "train").click()
    expect(page.locator("main h1")).to_contain_text(f"run {train} ")
    page.get_by_role("link", name="within run 16").click()
    expect(page.locator("main h1")).to_contain_text("run 16 ")
    page.get_by_role("link", name="As a graph").click()
    expect(page).to_have_url(re.compile("/pipelines/late_arrivals.run=16"))


def test_another_run_is_chosen_explained_and_compared(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(ARRIVALS)
    page.get_by_role("combobox", name="shown beneath").select_option("6")
    expect(page).to_have_url(re.compile("run=6"))
    expect(page.get_by_role("link", name="open run 6")).to_be_visible()
    page.get_by_role("tab", name="Why").click()
    expect(page.locator(".story")).to_contain_text("run 6")
    page.get_by_role("tab", name="Compare").click()
    page.get_by_role("link", name="run 11 → run 16").click()
    expect(page).to_have_url(re.compile(r"/compare\?runs=16%2C11&baseline=11"))
    page.go_back()
    page.get_by_role("tab", name="Raw").click()
    expect(page.get_by_text("treadle runs \"step = 'late_arrivals'\"")).to_be_visible()
    page.goto(f"{server.address}{LIST}/nothing")
    expect(page.get_by_text("No pipeline nothing has run in this project")).to_be_visible()


def test_steps_are_unfolded_in_the_address_and_walked_with_arrows(flow: Any, visit: Callable[..., Any]) -> None:
    flow.treadle("run", "flow.py::search")
    watched = visit(flow)
    page = watched.go(f"{LIST}/search")
    expect(boxes(page)).to_have_count(3)
    several = box(page, f"trial {TIMES}4: 4 done")
    expect(several).to_have_attribute("aria-label", re.compile("after prepare; unfold$"))
    page.get_by_role("button", name="PNG").focus()
    page.keyboard.press("Tab")
    expect(box(page, "prepare")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(several).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(box(page, "choose")).to_be_focused()
    expect(box(page, "choose")).to_have_attribute("tabindex", "0")
    expect(box(page, "prepare")).to_have_attribute("tabindex", "-1")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("unfolded=trial"))
    expect(boxes(page)).to_have_count(6)
    single = box(page, "trial: done")
    expect(single.nth(0)).to_be_focused()
    assert page.evaluate("getComputedStyle(document.activeElement.querySelector('.front')).strokeWidth") == "4px"
    watched.picture("pipeline-unfolded")
    expect(page.locator(".times li")).to_have_count(6)
    page.reload()
    expect(boxes(page)).to_have_count(6)
    page.get_by_role("button", name="Fold trial").click()
    expect(boxes(page)).to_have_count(3)
    expect(several).to_be_focused()
    expect(page).not_to_have_url(re.compile("unfolded"))
    page.locator(".times").get_by_role("button", name=f"trial {TIMES}4").click()
    expect(boxes(page)).to_have_count(6)
    single.nth(0).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("main h1")).to_contain_text("(trial, done")
    assert watched.accessible() == []


def test_where_a_run_stopped_is_seen_and_a_run_within_a_run_has_its_graph(flow: Any, visit: Callable[..., Any]) -> None:
    flow.treadle("run", "flow.py::weekly")
    flow.treadle("run", "flow.py::search", "-p", "first=6", "--detach")
    page = visit(flow).go(LIST)
    line = page.get_by_role("region", name="pipelines").get_by_role("row").filter(has_text="search")
    expect(line).to_contain_text("failed", timeout=LONG)
    line.get_by_role("link", name="search", exact=True).click()
    expect(box(page, f"trial {TIMES}4: 1 failed, 3 done")).to_be_visible()
    page.get_by_role("combobox", name="shown beneath").get_by_role("option", name=re.compile("failed$")).wait_for(state="attached")
    nested = next(one["id"] for one in flow.api("runs/1/graph")["nodes"] if one["step"] == "search")
    page.goto(f"{flow.address}{LIST}/search?run={nested}")
    expect(box(page, f"trial {TIMES}2: 2 done")).to_be_visible()
    expect(page.get_by_role("link", name=f"open run {nested}", exact=True)).to_be_visible()
    page.goto(f"{flow.address}{LIST}/weekly")
    box(page, "search: done").click()
    expect(page).to_have_url(re.compile(f"/runs/{nested}$"))


# When the first frame with boxes has been drawn and the page's thread is free again: from then on a key or a click is answered.
WATCH = """
    window.drawn = new Promise((resolve) => {
      new MutationObserver((_, watching) => {
        if (!document.querySelector("[data-box]")) return;
        watching.disconnect();
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
      }).observe(document, { childList: true, subtree: true });
    });
"""
FROM_THE_ANSWER = """async () => {
    const drawn = await window.drawn;
    const answers = performance.getEntriesByType("resource").filter((one) => one.name.endsWith("/graph") && one.responseEnd < drawn);
    return (drawn - Math.max(...answers.map((one) => one.responseEnd))) / 1000;
}"""


def test_a_graph_of_two_thousand_runs_is_folded_and_answers_at_once(flow: Any, visit: Callable[..., Any]) -> None:
    width = 2000
    flow.treadle("run", "flow.py::search", "-p", f"width={width}", "-p", "first=8")
    watched = visit(flow)
    watched.page.add_init_script(WATCH)
    page = watched.go(f"{LIST}/search?run=1")
    expect(box(page, f"trial {TIMES}{width}: {width} done")).to_be_visible()
    answered = (
        "Math.max(...performance.getEntriesByType('resource').filter((one) => one.name.endsWith('/graph')).map((one) => one.responseEnd))"
    )
    seconds = page.evaluate(f"async () => ((await window.drawn) - {answered}) / 1000")
    print(f"| graph of {width + 2:,} runs, folded: from the answer to interactive | {seconds:.3f} s |")
    assert len(flow.api("runs/1/graph")["nodes"]) == width + 2
    expect(boxes(page)).to_have_count(3)
    expect(page.locator(".times li")).to_have_count(3)
    box(page, "prepare").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(boxes(page)).to_have_count(1 + 200 + 1 + 1)
    expect(box(page, f"trial {TIMES}{width - 200}: {width - 200} done")).to_have_count(1)
    assert page.locator(".times li").count() <= 60
    assert page.locator("main *").count() < 4000
    page.get_by_role("button", name="Fold trial").click()
    expect(boxes(page)).to_have_count(3)


# --- when next -------------------------------------------------------------------------------------------------------------


def test_a_schedule_is_made_paused_changed_and_removed(flow: Any, visit: Callable[..., Any]) -> None:
    flow.treadle("run", "flow.py::search", "-p", "width=1")
    watched = visit(flow)
    watched.expected.append("400")
    page = watched.go(f"{LIST}/search?tab=triggers")
    expect(page.get_by_text("Nothing happens by itself")).to_be_visible()
    page.get_by_role("button", name="Make a schedule…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("nightly")
    expect(dialog.locator(".consequence")).to_contain_text(
        "when it is 0 3 * * * in UTC: run search (first=0, width=1); at most 1 at a time"
    )
    dialog.get_by_role("textbox", name="Schedule").fill("61 * * * *")
    expect(dialog.get_by_role("alert")).to_contain_text("`61 * * * *` is no schedule")
    expect(dialog.get_by_role("alert")).to_contain_text("minute hour day month weekday")
    dialog.get_by_role("textbox", name="Schedule").fill("30 4 * * *")
    dialog.get_by_label("Time zone").fill("Mars/Base")
    expect(dialog.get_by_role("alert")).to_contain_text("there is no time zone `Mars/Base`")
    dialog.get_by_role("button", name="Make the schedule").click()
    expect(dialog.get_by_role("alert")).to_contain_text("there is no time zone `Mars/Base`")
    assert flow.api("triggers") == []
    dialog.get_by_label("Time zone").fill("UTC")
    expect(dialog.locator(".consequence")).to_contain_text("It would next run in ")
    dialog.get_by_text("The same in a file for treadle apply").click()
    expect(dialog.locator("pre")).to_contain_text('when.schedule("30 4 * * *", zone="UTC")')
    assert watched.accessible() == []
    watched.picture("schedule-form")
    dialog.get_by_role("button", name="Make the schedule").click()
    expect(row(page, "nightly")).to_contain_text("on")
    expect(page.locator(".head .lead")).to_contain_text("next in ")
    (made,) = flow.api("triggers")
    assert made["declared"]["when"] == {"on": "schedule", "cron": "30 4 * * *", "zone": "UTC"}
    assert made["declared"]["do"][0]["submission"]["parameters"] == {"width": 1, "first": 0}
    assert made["declared"]["do"][0]["submission"]["code"]["snapshot"]
    assert made["next_at"] % 86_400 == 4.5 * 3600

    row(page, "nightly").get_by_role("button", name="Pause").click()
    expect(row(page, "nightly")).to_contain_text("paused")
    assert flow.api("triggers")[0]["state"] == "paused"
    row(page, "nightly").get_by_role("link", name="nightly").click()
    expect(page.get_by_text("It is paused: news that come meanwhile are passed over")).to_be_visible()
    expect(page.get_by_role("region", name="why")).to_contain_text("Nothing that it waits for has come since")
    row(page, "nightly").get_by_role("button", name="Go on").click()
    expect(row(page, "nightly")).to_contain_text("on")

    row(page, "nightly").get_by_role("button", name="Change…").click()
    expect(dialog.locator(".consequence")).to_contain_text("As it is: when it is 30 4 * * * in UTC")
    dialog.get_by_role("textbox", name="Schedule").fill("0 5 * * 1")
    dialog.get_by_label("Not again for (hours)").fill("2")
    expect(dialog.locator(".consequence")).to_contain_text("cools down for 2 h")
    dialog.get_by_role("button", name="Change it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    (changed,) = flow.api("triggers")
    assert (changed["declared"]["when"]["cron"], changed["declared"]["limits"]["cooldown"]) == ("0 5 * * 1", 7200)
    assert changed["declared"]["do"] == made["declared"]["do"]
    page.goto(f"{flow.address}{LIST}")
    expect(page.get_by_role("region", name="pipelines").get_by_role("row").filter(has_text="search")).to_contain_text("in ")

    row(page, "nightly").get_by_role("button", name="Remove").click()
    expect(dialog.locator(".consequence")).to_contain_text("nothing follows by itself: when it is 0 5 * * 1")
    assert watched.accessible() == []
    dialog.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Nothing happens by itself")).to_be_visible()
    assert flow.api("triggers") == []


def test_a_schedule_comes_and_says_why(flow: Any, visit: Callable[..., Any]) -> None:
    flow.treadle("run", "flow.py::search", "-p", "width=1")
    page = visit(flow).go(f"{LIST}/search?tab=triggers")
    page.get_by_role("button", name="Make a schedule…").click()
    page.get_by_role("dialog").get_by_label("Name", exact=True).fill("nightly")
    page.get_by_role("dialog").get_by_role("button", name="Make the schedule").click()
    expect(row(page, "nightly")).to_contain_text("never")
    with closing(sqlite3.connect(flow.folder / ".treadle" / "treadle.db")) as record, record:
        record.execute("UPDATE trigger SET next_at = ?", (time.time() - 1,))  # its moment is now, not at three in the night
    expect(row(page, "nightly")).to_contain_text("done", timeout=LONG)
    row(page, "nightly").get_by_role("link", name="nightly").click()
    why = page.get_by_role("region", name="why")
    expect(why).to_contain_text("a moment of 0 3 * * *")
    expect(why).to_contain_text("nothing forbids it")
    expect(why).to_contain_text("everything was done")
    (firing,) = flow.api("firings")
    why.get_by_role("link", name=f"run {firing['answer'][0]['run']}").click()
    expect(page.locator("main h1")).to_contain_text("(search, ")
    expect(page.locator(".head .lead")).to_contain_text("by trigger nightly")


def test_a_trigger_waits_for_news_and_tells_why_it_did_not_act(flow: Any, visit: Callable[..., Any]) -> None:
    flow.treadle("run", "flow.py::search", "-p", "width=1")
    watched = visit(flow)
    watched.expected += ["400", "404"]
    page = watched.go(f"{LIST}/search?tab=triggers")
    page.get_by_role("button", name="Make a trigger…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("after-words")
    dialog.get_by_label("Kind of news").fill("comment.added")
    dialog.get_by_label("Only if").fill("about >")
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_label("Only if").fill("about = 'pipeline:search'")
    dialog.get_by_text("Limits: when it does not act").click()
    dialog.get_by_label("Not again for (hours)").fill("1")
    expect(dialog.locator(".consequence")).to_contain_text("when comment.added (about = 'pipeline:search'): run search")
    assert watched.accessible() == []
    watched.picture("trigger-form")
    dialog.get_by_role("button", name="Make the trigger").click()
    row(page, "after-words").get_by_role("link", name="after-words").click()
    expect(page).to_have_url(re.compile("tab=triggers&trigger=after-words"))
    page.get_by_text("What would it do now?").click()
    expect(page.locator("details").filter(has_text="What would it do now?")).to_contain_text("no match")

    flow.treadle("api", "comments.add", "-f", "subject=run:1", "-f", "text=about something else")
    why = page.get_by_role("region", name="why")
    expect(why).to_contain_text("1 time news of its kind came, and its conditions did not hold", timeout=LONG)
    flow.treadle("api", "comments.add", "-f", "subject=pipeline:search", "-f", "text=once more, please")
    expect(row(page, "after-words")).to_contain_text("done", timeout=LONG)
    expect(why).to_contain_text("everything was done")
    flow.treadle("api", "comments.add", "-f", "subject=pipeline:search", "-f", "text=and again")
    expect(row(page, "after-words")).to_contain_text("skipped", timeout=LONG)
    expect(why).to_contain_text("cools down for 1 h")
    expect(why).to_contain_text("nothing was done")
    would = page.locator("details").filter(has_text="What would it do now?")
    expect(would).to_contain_text("again: it fired")
    expect(would).to_contain_text("run search (first=0, width=1)")
    watched.picture("trigger-why")
    skipped, fired = flow.api("firings")
    page.get_by_role("button", name=f"why, firing {fired['id']}").click()
    expect(page).to_have_url(re.compile(f"firing={fired['id']}"))
    expect(why).to_contain_text("nothing forbids it")
    assert watched.accessible() == []
    why.get_by_role("link", name="what it caused").click()
    expect(page).to_have_url(re.compile(f"/journal.entry={fired['fired']}"))

    page.goto(f"{flow.address}{LIST}?firing={skipped['id']}")
    expect(page.get_by_role("heading", name=f"Why firing {skipped['id']} did, or did not")).to_be_visible()
    row(page, "after-words").get_by_role("button", name="Remove").click()
    dialog.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("this trigger was removed; what it did stays on record")).to_be_visible()
    expect(page.get_by_text("cools down for 1 h")).to_be_visible()
    page.goto(f"{flow.address}{LIST}?firing=99")
    expect(page.get_by_role("alert")).to_contain_text("there is no firing 99")


def test_what_a_trigger_would_run_can_be_run_now(flow: Any, visit: Callable[..., Any]) -> None:
    flow.treadle("run", "flow.py::search", "-p", "width=1")
    page = visit(flow).go(f"{LIST}/search?tab=triggers")
    page.get_by_role("button", name="Make a schedule…").click()
    page.get_by_role("dialog").get_by_label("Name", exact=True).fill("nightly")
    page.get_by_role("dialog").get_by_role("button", name="Make the schedule").click()
    row(page, "nightly").get_by_role("link", name="nightly").click()
    page.get_by_role("button", name="Run now…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".consequence")).to_contain_text("This is no firing of nightly")
    dialog.get_by_role("button", name="Run now…").click()
    expect(page.locator("main h1")).to_contain_text("(search, ")
    number = page.url.rsplit("/", 1)[1]
    run = flow.api(f"runs/{number}")
    assert (run["step"], run["parameters"]["width"]) == ("search", 1)
    assert flow.api("firings") == []


def declared(server: Any) -> dict[str, Any]:
    """What each trigger is declared to be; limits that forbid nothing are left out."""
    told = {one["name"]: one["declared"] for one in server.api("triggers")}
    return {name: one | {"limits": {limit: value for limit, value in one["limits"].items() if value}} for name, one in told.items()}


def test_a_trigger_of_a_file_is_changed_and_nothing_else_of_it(own_server: Any, visit: Callable[..., Any]) -> None:
    before = declared(own_server)
    watched = visit(own_server)
    page = watched.go(LIST)
    row(page, "release").get_by_role("button", name="Change…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("It is declared in loop.py: treadle apply loop.py makes it again what stands there.")
    expect(dialog.get_by_label("Run what this run was")).to_have_count(0)
    expect(dialog).to_contain_text('It stays with model "flight-delay"')
    dialog.get_by_label("Not again for (hours)").fill("3")
    expect(dialog.locator(".consequence")).to_contain_text("cools down for 3 h")
    assert watched.accessible() == []
    dialog.get_by_role("button", name="Change it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    after = declared(own_server)
    assert after["release"] == before["release"] | {"limits": before["release"]["limits"] | {"cooldown": 10_800}}
    assert after["retrain"] == before["retrain"]
    row(page, "retrain").get_by_role("link", name="retrain").click()
    why = page.get_by_role("region", name="why")
    expect(why).to_contain_text("alarm.opened about monitor:flights-watch")
    expect(why.get_by_role("link", name="run 6")).to_be_visible()


def test_a_schedule_is_made_with_the_keyboard_alone(flow: Any, visit: Callable[..., Any]) -> None:
    flow.treadle("run", "flow.py::search", "-p", "width=1")
    page = visit(flow).go("/p/default/today")
    page.keyboard.press("g")
    page.keyboard.press("l")
    expect(page.get_by_role("region", name="pipelines").get_by_role("row").filter(has_text="search")).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("main h1")).to_have_text("search")
    expect(boxes(page)).to_have_count(3)
    page.get_by_role("tab", name="Overview").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Schedule and triggers")).to_be_focused()
    make = page.get_by_role("button", name="Make a schedule…")
    expect(make).to_be_visible()
    page.keyboard.press("Tab")
    expect(make).to_be_focused()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    expect(dialog.get_by_label("It acts")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("15 6 * * *")
    expect(dialog.locator(".consequence")).to_contain_text("when it is 15 6 * * * in UTC")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(make).to_be_focused()
    expect(row(page, "nightly-search")).to_be_visible()
    assert flow.api("triggers")[0]["declared"]["when"]["cron"] == "15 6 * * *"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_everybody_can_use_it(server: Any, visit: Callable[..., Any], theme: str, size: tuple[int, int]) -> None:
    watched = visit(server, theme, size)
    page = watched.go(ARRIVALS)
    expect(boxes(page)).to_have_count(4)
    assert watched.accessible() == []
    watched.picture(f"pipeline-{theme}-{size[0]}")
    page.goto(f"{server.address}{LIST}?trigger=retrain")
    expect(page.get_by_role("region", name="why")).to_contain_text("everything was done")
    assert watched.accessible() == []
    watched.picture(f"pipelines-{theme}-{size[0]}")
    page.get_by_role("button", name="Make a trigger…").click()
    expect(page.get_by_role("dialog").locator(".consequence")).to_contain_text("dataset.committed")
    assert watched.accessible() == []
    watched.picture(f"trigger-form-{theme}-{size[0]}")
