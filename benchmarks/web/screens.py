"""What the web interface takes in a real browser: first rows of a list among 100,000 runs, frames while one scrolls, fifty long curves.

    python benchmarks/web/screens.py [--runs N] [--wide N] [--points N] [--rounds N]

Records are filled by plain SQL (tracking/fill.py) and by a client's batches (tracking/curves.py), and served by `treadle up`. Times are
those of the page itself: from the end of the answer that it waited for to the frame after which the thing was in sight. The floor of
scrolling is a page of plain HTML with as many cells in sight, in the same browser. Needs `playwright` and a Chromium.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tracking"))

import curves
from fill import fill

from treadle.store.database import Database

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SIZE = {"width": 1440, "height": 900}
FRAMES = 180
STEP = 60
"""Pixels that are scrolled in each frame: two rows."""
CURVES = 50

SEEN = """
    // When the thing that `selector` finds was in sight: the frame after the one in which it appeared.
    window.seen = (selector) => new Promise((resolve) => {
        const look = () => {
            if (!document.querySelector(selector)) return requestAnimationFrame(look);
            requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
        };
        look();
    });
    // When the last answer of an operation was there.
    window.answered = (part) => Math.max(...performance.getEntriesByType("resource")
        .filter((one) => one.name.includes(part)).map((one) => one.responseEnd));
"""
SCROLL = """
    async ([selector, frames, step]) => {
        const box = document.querySelector(selector);
        const next = () => new Promise((resolve) => requestAnimationFrame(resolve));
        let last = await next();
        const gaps = [];
        for (let frame = 0; frame < frames; frame++) {
            box.scrollTop += step;
            const now = await next();
            gaps.push(now - last);
            last = now;
        }
        return gaps;
    }
"""


@contextmanager
def served(home: Path) -> Iterator[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TREADLE_")} | {"TREADLE_HOME": str(home)}
    command = [sys.executable, "-m", "treadle", "up", "--port", "0", "--no-dispatch"]
    process = subprocess.Popen(command, cwd=home, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        found = next(found for line in process.stdout if (found := re.match(r"Treadle serves (\S+)", line)))
        yield found[1]
    finally:
        process.terminate()
        process.communicate()


def after(page: Page, selector: str, operation: str) -> float:
    """Milliseconds from the end of the operation's last answer until the selected thing was in sight."""
    seen = page.evaluate("(selector) => seen(selector)", selector)
    return float(seen) - float(page.evaluate("(part) => answered(part)", operation))


def fresh(browser: Browser) -> Page:
    page = browser.new_context(viewport=SIZE).new_page()
    page.add_init_script(SEEN)
    return page


def told(what: str, values: list[float], unit: str = "ms") -> None:
    values = sorted(values)
    high = values[min(len(values) - 1, int(len(values) * 0.95))]
    print(f"| {what} | {statistics.median(values):.1f} | {high:.1f} | {values[-1]:.1f} | {unit} |", flush=True)


def lists(browser: Browser, address: str, rounds: int) -> None:
    wide = ",".join(f"metrics.m{n}" for n in range(250)) + "," + ",".join(f"params.p{n}" for n in range(250))
    narrow = "state,duration,metrics.m0,metrics.m1,metrics.m2,params.p0,params.p1,tags.team"
    row = "tbody tr[data-row] td:nth-child(4)"
    for what, columns in (("8 columns", narrow), ("500 columns", wide)):
        cold, warm, gaps = [], [], []
        for _ in range(rounds):
            page = fresh(browser)
            page.goto(f"{address}/p/default/runs?columns={columns}")
            cold.append(after(page, row, "/api/runs"))
            page.reload()
            warm.append(after(page, row, "/api/runs"))
            gaps += page.evaluate(SCROLL, [".table-scroll", FRAMES, STEP])
            page.context.close()
        told(f"first rows after the answer, {what}, a browser's first load", cold)
        told(f"first rows after the answer, {what}, its second", warm)
        told(f"between two frames of scrolling, {what}", gaps)


def floor(browser: Browser, rounds: int) -> None:
    """Rows of plain HTML that nothing but the browser draws: what scrolling takes on this machine."""
    rows = "".join("<tr>" + "".join(f"<td>{row * n / 7:.5f}</td>" for n in range(12)) + "</tr>" for row in range(2000))
    gaps: list[float] = []
    for _ in range(rounds):
        page = fresh(browser)
        page.set_content(f"<div id=box style='height:800px;overflow:auto'><table style='width:100%;line-height:28px'>{rows}</table></div>")
        gaps += page.evaluate(SCROLL, ["#box", FRAMES, STEP])
        page.context.close()
    told("between two frames of scrolling, plain HTML (floor)", gaps)


def charts(browser: Browser, address: str, rounds: int) -> None:
    ticked = ",".join(str(run) for run in range(1, CURVES + 1))
    drawn, whole = [], []
    for _ in range(rounds):
        page = fresh(browser)
        page.goto(f"{address}/p/default/runs?ticked={ticked}&metric=loss")
        drawn.append(after(page, ".uplot canvas", "/points"))
        whole.append(float(page.evaluate("performance.now()")))
        page.context.close()
    told(f"{CURVES} curves, from the last answer until they are drawn", drawn)
    told(f"{CURVES} curves, from opening the link until they are drawn", whole)


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--wide", type=int, default=1000)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    words = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="treadle-bench-") as folder, sync_playwright() as playwright:
        many, long = Path(folder) / "many", Path(folder) / "long"
        for home in (many, long):
            home.mkdir()
        database = Database(f"sqlite:///{many / 'treadle.db'}").prepare()
        fill(f"sqlite:///{many / 'treadle.db'}", words.runs, named=20)
        fill(f"sqlite:///{many / 'treadle.db'}", words.wide, words.runs + 1001, named=500)
        database.close()
        database = Database(f"sqlite:///{long / 'treadle.db'}").prepare()
        curves.fill(database, CURVES, words.points)
        database.close()
        found = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
        browser: Any = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        print("| what | median | 95 of 100 within | longest | |\n|---|---|---|---|---|")
        floor(browser, words.rounds)
        with served(many) as address:
            lists(browser, address, words.rounds)
        with served(long) as address:
            charts(browser, address, words.rounds)
        browser.close()


if __name__ == "__main__":
    main()
