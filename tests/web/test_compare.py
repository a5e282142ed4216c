"""Compare: what differs, and did it matter? Two runs or more beside each other, the champion's first."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="the browser's tests need `playwright`: make test installs it").expect

expect.set_options(timeout=20_000)  # two versions of a large dataset are compared in a few seconds

COMPARE = "/p/default/compare"
TRAINED = f"{COMPARE}?runs=13,18"
"""Two runs of `train`; the champion came from run 8."""


def _panel(page: Any, title: str) -> Any:
    return page.locator(".panel").filter(has=page.get_by_role("heading", name=title, exact=True))


def _saved(page: Any, words: str) -> Any:
    """What a chart's menu saves."""
    page.get_by_role("button", name=re.compile("as a table, picture or file")).click()
    with page.expect_download() as begun:
        page.get_by_role("button", name=words).click()
    return begun.value


def _rows(saved: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(Path(saved.path()).read_text().splitlines()))


def test_the_champion_is_the_baseline_and_what_differs_comes_first(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(TRAINED)
    expect(page.locator(".head .lead")).to_have_text("3 runs, differences from run 8, the champion's")
    assert server.json("models", "show", "flight-delay@champion")["run"] == 8
    expect(page.locator(".tile")).to_have_count(3)
    expect(page.locator(".tile").first).to_contain_text("baseline")
    expect(page.locator(".panel h2").first).to_have_text("Parameters")
    parameters = page.get_by_role("region", name="parameters side by side", exact=True)
    expect(parameters.locator("tbody tr")).to_have_count(2)
    expect(parameters.locator("tr", has_text="share").locator("td")).to_have_text(["1", "0.002", "1"])
    expect(parameters.locator("td.differs")).to_have_text(["0.002", "error"])
    _panel(page, "Parameters").get_by_text("5 equal ones").click()
    expect(page.get_by_role("region", name="parameters side by side, equal ones")).to_contain_text("learning_rate")


def test_metrics_say_better_only_where_their_names_do(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(f"{COMPARE}?runs=14,19")
    metrics = page.get_by_role("region", name="metrics side by side")
    expect(page.locator(".head .lead")).to_contain_text("2 runs")
    expect(metrics.get_by_role("row", name=re.compile("^auc ↑")).locator("td").nth(1)).to_contain_text("better")
    expect(metrics.get_by_role("row", name=re.compile("^log_loss ↓")).locator("td").nth(1)).to_contain_text("better")
    flights = metrics.get_by_role("row", name=re.compile("^flights "))
    expect(flights.locator("td").nth(1)).to_have_text("13,141 =")
    shares = page.get_by_role("row", name=re.compile("^late_share "))
    expect(shares).not_to_contain_text(re.compile("better|worse"))


def test_the_baseline_is_chosen_and_the_link_shows_the_same_to_somebody_else(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(f"{COMPARE}?runs=azure-stork,18")
    expect(page).to_have_url(re.compile(r"runs=8%2C18&baseline=8$"))
    page.get_by_label("baseline").select_option("18")
    expect(page.locator(".head .lead")).to_have_text("2 runs, differences from run 18")
    page.get_by_label("curve of").select_option("validation_loss")
    expect(page.locator(".legend li")).to_have_count(2)
    expect(page).to_have_url(re.compile("baseline=18.*metric=validation_loss"))
    shown = page.locator("main").inner_text()
    again = visit(server).go(page.url.removeprefix(server.address))
    expect(again.locator(".legend li")).to_have_count(2)
    expect(again.locator(".waiting")).to_have_count(0)
    assert _without_times(again.locator("main").inner_text()) == _without_times(shown)
    page.go_back()
    expect(page.locator(".head .lead")).to_contain_text("run 8, the champion's")


def _without_times(text: str) -> str:
    return re.sub(r"\d+ \w+ ago|just now", "", text)


def test_curves_lie_over_each_other_and_the_server_is_asked_for_what_is_zoomed(server: Any, visit: Callable[..., Any]) -> None:
    watched = visit(server)
    page = watched.go(f"{TRAINED}&metric=validation_loss")
    plot = page.locator(".plot")
    expect(plot.locator("canvas")).to_be_visible()
    expect(page.locator(".legend li")).to_have_count(3)
    watched.picture("compare-curves")
    plot.scroll_into_view_if_needed()
    box = plot.locator(".u-over").bounding_box()
    middle = box["y"] + box["height"] / 2
    with page.expect_request(lambda request: '"start":' in (request.post_data or "")) as asked:
        page.mouse.move(box["x"] + box["width"] * 0.25, middle)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.5, middle, steps=4)
        page.mouse.up()
    expect(page).to_have_url(re.compile(r"zoom=[\d.]+"))
    answered = asked.value.response().json()
    steps = [step for curve in answered for step in curve["steps"]]
    assert steps
    assert min(steps) > 30
    assert max(steps) < 150
    page.reload()
    expect(page.get_by_role("button", name="whole range")).to_be_visible()
    plot.locator(".u-over").dblclick()
    expect(page).not_to_have_url(re.compile("zoom="))
    expect(page.get_by_role("button", name="whole range")).to_have_count(0)
    plot.focus()
    page.keyboard.press("+")
    expect(page).to_have_url(re.compile("zoom="))
    page.get_by_role("button", name="whole range").click()
    expect(page).not_to_have_url(re.compile("zoom="))
    plot.focus()
    page.keyboard.press("+")
    page.get_by_role("combobox", name="x", exact=True).select_option("relative")
    expect(page).to_have_url(re.compile("axis=relative"))
    expect(page).not_to_have_url(re.compile("zoom="))
    expect(page.locator(".legend li")).to_have_count(3)


def test_curves_and_tables_are_saved(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(f"{TRAINED}&metric=validation_loss")
    expect(page.locator(".legend li")).to_have_count(3)
    picture = _saved(page, "Save as PNG")
    assert picture.suggested_filename == "validation_loss.png"
    assert Path(picture.path()).read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    points = _rows(_saved(page, "Save as CSV"))
    assert {row["name"] for row in points} == {"run 8", "run 13", "run 18"}
    recorded = next(one for one in server.api("runs/18")["metrics"] if one["name"] == "validation_loss")
    mine = [row for row in points if row["name"] == "run 18"]
    assert [len(mine), float(mine[-1]["value"])] == [recorded["points"], recorded["last"]]
    with page.expect_download() as begun:
        page.get_by_role("button", name="CSV", exact=True).click()
    assert begun.value.suggested_filename == "compare-8-13-18.csv"
    rows = _rows(begun.value)
    share = next(row for row in rows if (row["section"], row["name"]) == ("parameters", "share"))
    assert [share["run 8"], share["run 13"], share["run 18"], share["equal"]] == ["1", "0.002", "1", "false"]


def test_data_that_two_pipelines_took_in_is_compared(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(f"{COMPARE}?runs=16")
    expect(page.locator(".head .lead")).to_have_text("2 runs, differences from run 6, the champion's")
    data = _panel(page, "Data")
    link = data.get_by_role("link", name="flights@v18 → flights@v23")
    expect(link).to_be_visible()
    expect(data).to_contain_text("33,629 rows added")
    expect(data).to_contain_text("values moved most")
    link.click()
    expect(page.get_by_label("v23 against")).to_have_value("18")


def test_code_is_compared_line_by_line(empty_server: Any, visit: Callable[..., Any]) -> None:
    steps = (
        "from treadle import log, step\n\nRATE = 1\n\n\n@step\ndef learn(rounds: int = 2) -> int:\n    log(loss=RATE)\n    return rounds\n"
    )
    runs = []
    for rate in (1, 2, 2):
        (empty_server.folder / "work.py").write_text(steps.replace("RATE = 1", f"RATE = {rate}"))
        runs.append(empty_server.json("run", "work.py::learn", "--no-cache")["id"])
    page = visit(empty_server).go(f"{COMPARE}?runs={','.join(map(str, runs))}")
    code = _panel(page, "Code")
    difference = code.get_by_role("region", name="difference of work.py")
    expect(difference.locator(".removed")).to_contain_text("RATE = 1")
    expect(difference.locator(".added")).to_contain_text("RATE = 2")
    expect(code).to_contain_text("✓ the same packages")
    code.get_by_label("with").select_option(str(runs[2]))
    expect(page).to_have_url(re.compile(f"code={runs[2]}"))
    page.get_by_label("baseline").select_option(str(runs[1]))
    expect(code).to_contain_text("✓ the same files")
    assert empty_server.api(f"code-diff/{runs[1]}/{runs[2]}").get("files", []) == []


def test_nothing_chosen_one_alone_and_one_that_is_not_there_say_so(server: Any, visit: Callable[..., Any]) -> None:
    watched = visit(server)
    page = watched.go(COMPARE)
    expect(page.locator(".empty")).to_contain_text("Tick runs on the screen Runs")
    watched.go(f"{COMPARE}?runs=8")
    expect(page.locator(".empty")).to_contain_text("One run alone differs from nothing")
    watched.expected = ["404"]
    watched.go(f"{COMPARE}?runs=8,4711")
    expect(page.get_by_role("alert")).to_contain_text("4711")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("runs", ["13,18&metric=validation_loss", "16"])
def test_nothing_is_wrong_for_who_cannot_see_it(server: Any, visit: Callable[..., Any], theme: str, runs: str) -> None:
    watched = visit(server, theme=theme)
    page = watched.go(f"{COMPARE}?runs={runs}")
    expect(page.locator(".tile").first).to_be_visible()
    expect(page.locator(".waiting")).to_have_count(0)
    assert watched.accessible() == []
    watched.picture(f"compare-{runs[:2]}-{theme}")


def test_on_a_phone_the_page_is_no_wider_than_the_screen(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server, size=(390, 844)).go(f"{TRAINED}&metric=validation_loss")
    expect(page.locator(".legend li")).to_have_count(3)
    expect(page.locator(".waiting")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
