"""Run: what happened, can I trust it, can I repeat it. Every act, looked up in the record afterwards; runs that go on meanwhile."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from treadle.valohai import view

expect = pytest.importorskip("playwright.sync_api", reason="the browser's tests need `playwright`: make test installs it").expect

expect.set_options(timeout=20_000)

RUN = "/p/default/runs"
STEPS = '''
"""Steps that go on when the test says so, and say what it looks for."""

import sys
import time
from pathlib import Path

from treadle import log, pipeline, step, table

RATE = 1


def wait(folder, name):
    while not Path(folder, name).exists():
        time.sleep(0.02)


@step
def follow(folder: str, rounds: int = 3) -> int:
    """Says and measures something for each file that comes."""
    for number in range(rounds):
        wait(folder, f"go-{number}")
        print(f"\\x1b[32mround {number}\\x1b[0m has begun")
        for line in range(150):
            print(f"round {number} line {line}")
        print(f"round {number} is over", flush=True)
        log(loss=1 / (number + 1), step=number)
    return rounds


@pipeline
def chain(folder: str) -> int:
    return follow(folder)


@step(retries=1)
def shaky(folder: str) -> int:
    """Fails until a file is there."""
    if not Path(folder, "mended").exists():
        raise ValueError("the folder is not mended")
    return 1


@step
def talk() -> int:
    """Prints, and something goes wrong twice."""
    for line in range(400):
        print(f"line {line}")
        if line in (120, 300):
            print(f"ERROR: disk {line} is full", file=sys.stderr, flush=True)
    print("\\x1b[31mred\\x1b[0m and \\x1b[1;34mblue\\x1b[0m and <b>bold</b>")
    return 1


@step
def learn(rate: float = 0.1, rounds: int = 2, kind: str = "forest") -> dict:
    """Learns nothing."""
    table("slices", [{"origin": "JFK", "auc": 0.7}, {"origin": None, "auc": 0.8}])
    log(loss=rate * RATE)
    return {"rate": rate}
'''


class Project:
    """A folder with small steps, and a server that performs them."""

    def __init__(self, server: Any) -> None:
        self.server = server
        self.folder: Path = server.folder
        self.write("work.py", STEPS)

    def write(self, name: str, text: str = "") -> None:
        (self.folder / name).write_text(text)

    def start(self, step: str, *words: str) -> int:
        """Asks for a run that the server performs, without waiting for it."""
        return int(self.server.json("run", step if "::" in step or "." in step else f"work.py::{step}", *words, "--detach")["id"])

    def done(self, step: str, *words: str) -> int:
        return int(self.server.json("run", f"work.py::{step}", *words)["id"])

    def run(self, number: int | str) -> Any:
        return self.server.api(f"runs/{number}")


@pytest.fixture
def project(empty_server: Any) -> Project:
    return Project(empty_server)


def _number(page: Any) -> str:
    """The run whose page is shown."""
    found = re.search(r"/runs/(\d+)", page.url)
    assert found
    return found[1]


def _state(page: Any, words: str) -> None:
    expect(page.locator("main h1")).to_contain_text(words)


def test_a_running_run_is_followed_in_its_log_and_its_curves(project: Project, visit: Callable[..., Any]) -> None:
    number = project.start("follow", "-p", f"folder={project.folder}")
    watched = visit(project.server)
    page = watched.go(f"{RUN}/{number}?tab=logs")
    curves = visit(project.server).go(f"{RUN}/{number}?curves=loss")
    _state(page, "running")
    log = page.get_by_role("log")
    project.write("go-0")
    expect(log).to_contain_text("round 0 is over")
    expect(curves.get_by_role("region", name="metrics").locator("tbody tr")).to_contain_text("loss")
    expect(curves.locator(".legend")).to_contain_text("loss")
    page.get_by_role("button", name="‖ Pause").click()
    place = log.evaluate("box => box.scrollTop")
    project.write("go-1")
    expect(page.locator(".log-foot")).to_contain_text("304 lines")
    expect(curves.locator(".legend")).to_contain_text("0.5")
    assert log.evaluate("box => box.scrollTop") == place
    expect(log).not_to_contain_text("round 1 is over")
    page.get_by_role("button", name="▶ Follow").click()
    expect(log).to_contain_text("round 1 is over")
    project.write("go-2")
    expect(log).to_contain_text("round 2 is over")
    _state(page, "done")
    _state(curves, "done")
    expect(curves.locator(".legend")).to_contain_text("0.3333")
    assert project.run(number)["metrics"][0]["points"] == 3


def test_what_waits_below_the_page_stays_where_it_is_read(project: Project, visit: Callable[..., Any]) -> None:
    number = project.start("follow", "-p", f"folder={project.folder}", "-p", "rounds=2")
    project.write("go-0")
    page = visit(project.server).go(f"{RUN}/{number}?tab=logs")
    log = page.get_by_role("log")
    expect(log).to_contain_text("round 0 is over")
    log.hover()
    page.mouse.wheel(0, -5000)
    expect(page.get_by_role("button", name="▶ Follow")).to_be_visible()
    expect(log).to_contain_text("round 0 has begun")
    project.write("go-1")
    expect(page.locator(".log-foot")).to_contain_text("304 lines")
    expect(log).to_contain_text("round 0 has begun")


def test_a_log_is_searched_and_the_first_error_is_found(project: Project, visit: Callable[..., Any]) -> None:
    number = project.done("talk")
    page = visit(project.server).go(f"{RUN}/{number}?tab=logs")
    now = page.locator(".log-row.now")
    page.get_by_role("button", name="First error").click()
    expect(now).to_contain_text("ERROR: disk 120 is full")
    page.get_by_role("button", name="Next error").click()
    expect(now).to_contain_text("ERROR: disk 300 is full")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("e")
    expect(now).to_contain_text("ERROR: disk 120 is full")
    page.keyboard.press("/")
    page.keyboard.type("line 77")
    expect(page.get_by_role("status").filter(has_text="1 of 1")).to_be_visible()
    expect(now).to_contain_text("line 77")
    assert now.locator("mark").inner_text() == "line 77"
    expect(page).to_have_url(re.compile("find=line"))
    page.get_by_label("find in the log").fill("disk")
    expect(now).to_contain_text("disk 300")
    page.get_by_role("button", name="previous hit").click()
    expect(now).to_contain_text("disk 120")
    page.get_by_label("find in the log").fill("nowhere")
    expect(page.get_by_role("status").filter(has_text="not found")).to_be_visible()
    page.get_by_role("combobox", name="of", exact=True).select_option("stderr")
    expect(page.get_by_text("Nothing of stderr is here")).to_be_visible()


def test_a_log_keeps_its_colours_and_is_downloaded_as_it_was_printed(project: Project, visit: Callable[..., Any]) -> None:
    number = project.done("talk")
    page = visit(project.server).go(f"{RUN}/{number}?tab=logs")
    log = page.get_by_role("log")
    expect(log).to_contain_text("red and blue and <b>bold</b>")
    inks = [log.locator(f"span:text-is('{word}')").evaluate("it => getComputedStyle(it).color") for word in ("red", "blue")]
    assert len({*inks, log.evaluate("it => getComputedStyle(it).color")}) == 3
    with page.expect_download() as begun:
        page.get_by_role("button", name="Download").click()
    assert begun.value.suggested_filename == f"run-{number}.log"
    printed = Path(begun.value.path()).read_text()
    assert "\x1b[31mred\x1b[0m and" in printed
    assert printed == project.server.treadle("logs", str(number))


def test_a_running_pipeline_is_stopped_and_resumed_after_its_consequence_was_said(project: Project, visit: Callable[..., Any]) -> None:
    number = project.start("chain", "-p", f"folder={project.folder}")
    watched = visit(project.server)
    page = watched.go(f"{RUN}/{number}")
    expect(page.get_by_role("region", name="steps")).to_contain_text("running")
    page.get_by_role("button", name="Stop", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("It has started 1 run that has not ended, and it is stopped, too: 1 running, 0 waiting (follow)")
    assert watched.accessible() == []
    dialog.get_by_label("Why, for the record").fill("the wrong folder")
    dialog.get_by_role("button", name="Stop", exact=True).click()
    _state(page, "stopped")
    run = project.run(number)
    assert [run["state"], run["children"][0]["state"]] == ["stopped", "stopped"]
    assert "the wrong folder" in project.server.treadle("journal", "--subject", f"run:{number}", "--json")
    for round_ in range(3):
        project.write(f"go-{round_}")
    page.get_by_role("button", name="Resume").click()
    _state(page, "done")
    assert project.run(number)["state"] == "done"


def test_attempts_are_told_one_by_one_and_another_one_is_asked_for(project: Project, visit: Callable[..., Any]) -> None:
    number = project.start("shaky", "-p", f"folder={project.folder}")
    watched = visit(project.server)
    page = watched.go(f"{RUN}/{number}")
    _state(page, "failed")
    attempts = page.get_by_role("radiogroup", name="attempt").get_by_role("radio")
    expect(attempts).to_have_count(2)
    ended = page.get_by_role("region", name="how it ended")
    expect(ended).to_contain_text("ValueError: the folder is not mended")
    expect(ended.locator(".traceback")).to_contain_text("in shaky")
    attempts.first.click()
    expect(page).to_have_url(re.compile("attempt=1"))
    page.get_by_role("link", name="Its log").click()
    expect(page.get_by_role("combobox", name="attempt")).to_have_value("1")
    page.go_back()
    project.write("mended")
    page.get_by_role("button", name="Resume").click()
    _state(page, "done")
    expect(attempts).to_have_count(3)
    assert [one["end"]["kind"] for one in project.run(number)["attempts"]] == ["raised", "raised", "done"]
    assert watched.accessible() == []


@pytest.mark.skipif(not view.possible(), reason="this machine lets no ordinary process make namespaces")
@pytest.mark.parametrize("answer", ["Approve", "Reject"])
def test_a_step_that_waits_for_a_person_is_decided_on_its_page(project: Project, visit: Callable[..., Any], answer: str) -> None:
    project.write(
        "valohai.yaml",
        """
- step: {name: ship, image: busybox, command: echo shipped}
- pipeline:
    name: release
    nodes:
      - {name: ship, type: execution, step: ship, actions: [{when: node-starting, then: require-approval}]}
    edges: []
""",
    )
    number = int(project.server.json("run", "release", "--detach")["id"])
    watched = visit(project.server)
    page = watched.go(f"{RUN}/{number}")
    page.get_by_role("region", name="steps").get_by_role("link").first.click()
    page.get_by_role("button", name=answer).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("What waits behind it")
    assert watched.accessible() == []
    dialog.get_by_label("Why, for the record").fill("it is Tuesday")
    dialog.get_by_role("button", name=answer).click()
    _state(page, "done" if answer == "Approve" else "failed")
    decided = project.run(_number(page))
    assert decided["kind"] == "approval"
    page.get_by_role("link", name=f"within run {number}").click()
    if answer == "Approve":  # what waited has begun; its image may be one that this machine cannot make
        expect(page.get_by_role("region", name="steps").locator("tbody tr")).to_have_count(2)
        assert [child["step"] for child in project.run(number)["children"]] == ["approve ship", "ship"]
    else:
        _state(page, "failed")
    assert "it is Tuesday" in project.server.treadle("journal", "--subject", f"run:{decided['id']}", "--json")


def test_a_run_is_repeated_as_it_was_and_with_other_parameters(project: Project, visit: Callable[..., Any]) -> None:
    number = project.done("learn")
    watched = visit(project.server)
    page = watched.go(f"{RUN}/{number}")
    page.get_by_role("button", name="Rerun", exact=True).click()
    page.wait_for_url(re.compile(rf"/runs/(?!{number}$)\d+$"))
    _state(page, "done")
    again = project.run(_number(page))
    assert [again["parameters"], again.get("reused_from")] == [project.run(number)["parameters"], number]
    page.goto(f"{project.server.address}{RUN}/{number}")
    page.get_by_role("button", name="Rerun with changes").click()
    dialog = page.get_by_role("dialog")
    assert watched.accessible() == []
    dialog.get_by_label(re.compile("^rounds")).fill("two")
    expect(dialog).to_contain_text("rounds is a number, and `two` is none")
    expect(dialog.get_by_role("button", name="Run again")).to_be_disabled()
    dialog.get_by_label(re.compile("^rounds")).fill("2")
    dialog.get_by_label(re.compile("^rate")).fill("0.5")
    dialog.get_by_label("Note").fill("a bolder try")
    expect(dialog.locator("footer")).to_contain_text("rate 0.1 → 0.5")
    dialog.get_by_role("button", name="Run with 1 change").click()
    page.wait_for_url(re.compile(rf"/runs/(?!{number}$|{again['id']}$)\d+$"))
    _state(page, "done")
    made = project.run(_number(page))
    assert made["parameters"] == {"rate": 0.5, "rounds": 2, "kind": "forest"}
    assert made["note"] == "a bolder try"
    expect(page.locator(".panel", has_text="Parameters").first).to_contain_text("usually 0.1")


def test_a_model_is_registered_from_a_run(project: Project, visit: Callable[..., Any]) -> None:
    number = project.done("learn")
    watched = visit(project.server)
    page = watched.go(f"{RUN}/{number}")
    page.get_by_role("button", name="Register").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("It becomes a candidate")
    assert watched.accessible() == []
    dialog.get_by_label("Model").fill("rates")
    dialog.get_by_label(re.compile("^Label")).fill("first")
    dialog.get_by_role("button", name="Register").click()
    expect(page.locator("main h1")).to_have_text("rates")
    version = project.server.json("models", "show", "rates@v1")
    assert [version["run"], version["label"]] == [number, "first"]


def test_tags_and_the_note_are_edited_where_they_stand(project: Project, visit: Callable[..., Any]) -> None:
    number = project.done("learn", "-t", "team=red")
    page = visit(project.server).go(f"{RUN}/{number}")
    tags = page.locator(".tags")
    page.get_by_label("a new tag").fill("stage = trial")
    page.get_by_role("button", name="Tag", exact=True).click()
    expect(tags).to_contain_text("stage=trial")
    page.get_by_role("button", name="remove the tag team").click()
    expect(tags).not_to_contain_text("team")
    page.get_by_role("button", name="Write a note").click()
    page.get_by_role("textbox", name="note").fill("loss was **odd**")
    page.get_by_role("button", name="Keep").click()
    expect(page.locator(".markdown strong")).to_have_text("odd")
    run = project.run(number)
    assert [run["tags"], run["note"]] == [{"stage": "trial"}, "loss was **odd**"]
    page.get_by_role("button", name="Change the note").click()
    page.get_by_role("textbox", name="note").fill("")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_text("no note")).to_be_visible()
    assert not project.run(number).get("note")


def test_people_talk_about_a_run_on_its_page(project: Project, visit: Callable[..., Any]) -> None:
    number = project.done("learn")
    page = visit(project.server).go(f"{RUN}/{number}")
    page.get_by_role("button", name="0 comments").click()
    comments = page.get_by_role("region", name=f"comments about run:{number}")
    comments.get_by_role("textbox").fill("why is the loss *so* low?")
    comments.locator("form button[type=submit]").click()
    expect(comments).to_contain_text("1 comment")
    said = project.server.api(f"comments?subject=run:{number}")
    assert [one["text"] for one in said] == ["why is the loss *so* low?"]


def test_the_code_of_a_run_is_read_and_held_against_the_run_before(project: Project, visit: Callable[..., Any]) -> None:
    first = project.done("learn")
    project.write("work.py", STEPS.replace("RATE = 1", "RATE = 2"))
    project.write("notes.md", "not a part of the code")
    second = project.done("learn")
    page = visit(project.server).go(f"{RUN}/{second}?tab=code")
    text = page.get_by_role("region", name="text of work.py")
    expect(text).to_contain_text("RATE = 2")
    assert text.locator("mark").inner_text() == "@step"
    expect(page.get_by_role("region", name="files of the code")).to_contain_text("work.py")
    expect(page.get_by_role("heading", name=f"What differs from run {first}")).to_be_visible()
    difference = page.get_by_role("region", name="difference of work.py")
    expect(difference.locator(".removed")).to_contain_text("RATE = 1")
    expect(difference.locator(".added")).to_contain_text("RATE = 2")
    expect(page.get_by_text("≠ work.py::RATE changed")).to_be_visible()
    other = page.get_by_label("another run to hold it against")
    other.fill(str(second))
    other.press("Enter")
    expect(page.get_by_text("✓ the same files")).to_be_visible()
    expect(page).to_have_url(re.compile(f"against={second}"))
    page.goto(f"{project.server.address}{RUN}/{first}?tab=code")
    expect(page.get_by_text("It is the first run of learn")).to_be_visible()
    with page.expect_download() as begun:
        page.get_by_role("link", name="snapshot").click()
    assert b"RATE = 1" in Path(begun.value.path()).read_bytes()


def test_what_was_not_committed_is_shown_file_by_file(project: Project, visit: Callable[..., Any]) -> None:
    who = ["-c", "user.name=ada", "-c", "user.email=ada@example.com"]
    for words in (["init", "-q"], ["add", "work.py"], [*who, "commit", "-qm", "first"]):
        subprocess.run(["git", *words], cwd=project.folder, check=True)
    project.write("work.py", STEPS.replace("RATE = 1", "RATE = 3"))
    number = project.done("learn")
    page = visit(project.server).go(f"{RUN}/{number}?tab=code")
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=project.folder, check=True, capture_output=True, text=True).stdout.strip()
    expect(page.get_by_text("with changes that were not committed")).to_be_visible()
    expect(page.get_by_role("heading", name=f"Changed since commit {commit[:12]}")).to_be_visible()
    difference = page.get_by_role("region", name="difference of work.py")
    expect(difference.locator(".added")).to_contain_text("RATE = 3")
    with page.expect_download() as begun:
        page.get_by_role("link", name="patch").click()
    assert "+RATE = 3" in Path(begun.value.path()).read_text()


def test_files_are_opened_by_name_and_a_name_that_is_not_there_says_so(server: Any, visit: Callable[..., Any]) -> None:
    watched = visit(server)
    page = watched.go(f"{RUN}/18?tab=code")
    page.get_by_role("button", name="scores.py").click()
    expect(page).to_have_url(re.compile("file=scores.py"))
    expect(page.get_by_role("region", name="text of scores.py")).to_contain_text("def scores")
    expect(page.get_by_role("button", name="scores.py")).to_have_attribute("aria-current", "true")
    page.get_by_role("combobox", name="from", exact=True).select_option("8")
    expect(page.get_by_role("heading", name="What differs from run 8")).to_be_visible()
    watched.expected = ["404"]
    page.goto(f"{server.address}{RUN}/18?tab=code&file=nothing.py")
    expect(page.get_by_role("alert")).to_contain_text("has no file `nothing.py`")
    page.get_by_role("button", name="Show the file of the step").click()
    expect(page.get_by_role("region", name="text of pipeline.py")).to_be_visible()


def test_tables_that_a_run_gave_or_logged_are_previewed(server: Any, project: Project, visit: Callable[..., Any]) -> None:
    page = visit(server).go(f"{RUN}/9")
    page.get_by_role("button", name="slices").click()
    logged = page.locator(".panel", has_text="Logged")
    expect(logged.locator(".preview tbody tr")).to_have_count(18)
    expect(logged.locator(".preview th", has_text="auc").first.locator("svg")).to_be_visible()
    expect(logged).to_contain_text("6 columns; the headings tell of all 18 rows")
    page.get_by_role("button", name="by_slice").click()
    expect(page.locator(".panel", has_text="Outputs").locator(".preview tbody tr")).to_have_count(18)
    page.get_by_role("button", name="report").click()
    expect(page.locator(".kept pre")).to_contain_text("Arrivals more than 15 minutes late")
    number = project.done("learn")
    page = visit(project.server).go(f"{RUN}/{number}")
    page.get_by_role("button", name="slices").click()
    expect(page.locator(".preview tbody tr")).to_have_count(2)
    expect(page.locator(".preview th", has_text="origin").first).to_contain_text("1 missing")


def test_files_that_a_client_kept_are_previewed_too(project: Project, visit: Callable[..., Any]) -> None:
    run = project.server.json("api", "clients.open", "-f", f"key={'a' * 32}")
    project.write("days.csv", "day,amount\n1,10\n2,30\n")
    project.write("notes.md", "# The days")
    for name in ("days.csv", "notes.md"):
        words = ("-f", f"owner=runs/{'a' * 32}", "-f", f"path=tables/{name}", "--file", name)
        project.server.treadle("api", "files.put", *words)
    page = visit(project.server).go(f"{RUN}/{run['id']}")
    page.get_by_role("button", name="tables/days.csv").click()
    expect(page.locator(".preview tbody tr")).to_have_text(["110", "230"])
    page.get_by_role("button", name="tables/notes.md").click()
    expect(page.locator(".kept pre")).to_have_text("# The days")


def test_the_environment_is_searched_and_saved(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(f"{RUN}/18?tab=environment")
    recorded = server.api("runs/18")["environment"]
    expect(page.locator(".facts").first).to_contain_text(recorded["python"])
    page.get_by_label("find a package").fill("polars")
    row = page.get_by_role("region", name="packages").locator("tbody tr").filter(has=page.get_by_text("polars", exact=True))
    expect(row).to_contain_text(recorded["distributions"]["polars"])
    with page.expect_download() as begun:
        page.get_by_role("button", name="CSV").click()
    assert f"polars,{recorded['distributions']['polars']}" in Path(begun.value.path()).read_text()


def test_the_curves_of_a_run_are_zoomed_and_the_address_keeps_it(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(f"{RUN}/18")
    page.get_by_role("region", name="metrics").locator("tr", has_text="validation_loss").get_by_role("checkbox").check()
    plot = page.locator(".plot")
    expect(plot.locator("canvas")).to_be_visible()
    plot.focus()
    with page.expect_request(lambda request: '"start":' in (request.post_data or "")):
        page.keyboard.press("+")
    expect(page).to_have_url(re.compile(r"curves-zoom=[\d.]+"))
    page.reload()
    page.get_by_role("button", name="whole range").click()
    expect(page).not_to_have_url(re.compile("curves-zoom"))


def test_the_four_tabs_of_every_object(server: Any, visit: Callable[..., Any]) -> None:
    page = visit(server).go(f"{RUN}/18")
    expect(page.get_by_role("tab")).to_have_text(["Overview", "Logs", "Code", "Environment", "Why", "Compare", "Raw"])
    page.get_by_role("tab", name="Why").click()
    expect(page.get_by_role("heading", name=re.compile("performed because"))).to_be_visible()
    expect(page.locator(".lineage-box").get_by_role("link", name="flight-delay@v4")).to_be_visible()
    page.get_by_role("tab", name="Raw").click()
    assert page.locator("pre").first.inner_text() == "treadle show 18 --json"
    assert server.json("show", "18")["id"] == 18
    expect(page.locator("pre.raw")).to_contain_text('"step": "train"')
    page.get_by_role("tab", name="Compare").click()
    champion = page.get_by_role("link", name=re.compile("champion of flight-delay: v2, from run 8"))
    expect(champion).to_be_visible()
    page.get_by_role("row", name=re.compile("balmy-curlew")).get_by_role("link", name="Compare").click()
    expect(page.locator("main h1")).to_have_text("Compare")
    expect(page.locator(".tile")).to_have_count(3)


def test_a_run_that_does_not_exist_says_so(server: Any, visit: Callable[..., Any]) -> None:
    watched = visit(server)
    watched.expected = ["404"]
    page = watched.go(f"{RUN}/4711")
    expect(page.get_by_role("alert")).to_contain_text("4711")
    expect(page.get_by_role("alert").locator("code")).to_contain_text("treadle runs")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("tab", ["overview&curves=validation_loss", "logs", "code&file=scores.py", "environment", "why", "compare", "raw"])
def test_nothing_is_wrong_for_who_cannot_see_it(server: Any, visit: Callable[..., Any], theme: str, tab: str) -> None:
    watched = visit(server, theme=theme)
    page = watched.go(f"{RUN}/18?tab={tab}")
    page.wait_for_load_state("networkidle")
    expect(page.locator(".waiting")).to_have_count(0)
    assert watched.accessible() == []
    watched.picture(f"run-{tab.split('&')[0]}-{theme}")


def test_on_a_phone_the_page_is_no_wider_than_the_screen(server: Any, visit: Callable[..., Any]) -> None:
    for tab in ("overview", "logs", "code", "environment", "why", "compare", "raw"):
        page = visit(server, size=(390, 844)).go(f"{RUN}/18?tab={tab}")
        expect(page.locator(".waiting")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
