"""Writes the report of a run to report.md and says how the run came about: `python report.py [RUN]`, by default the last run."""

from __future__ import annotations

import sys
from pathlib import Path

from treadle import connect
from treadle.contract.runs import Run, RunRef, get_run

FILE = Path(__file__).parent / "report.md"


def main(ref: str = "@-1") -> None:
    """Writes the report of a run of the pipeline."""
    with connect() as client:
        run = client(get_run, RunRef(run=ref))
        found = next((output for output in run.outputs if output.name == "report"), None)
        if found is None:
            sys.exit(f"{run.title} has no report")
        FILE.write_bytes(found.inline if found.inline is not None else client.contents.read(found.digest))
    print(f"{how(run)}; the report is in {FILE.name}")


def how(run: Run) -> str:
    """Which steps of a run were performed, and which were answered from the cache."""
    performed = [child.step for child in run.children if not child.reused_from]
    if all(step.endswith(".check") for step in performed):
        return f"run {run.id}: all other steps answered from the cache, nothing but the check was performed"
    return f"run {run.id}: performed {', '.join(performed)}; {len(run.children) - len(performed)} steps answered from the cache"


if __name__ == "__main__":
    main(*sys.argv[1:])
