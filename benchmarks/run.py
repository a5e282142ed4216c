"""Measures Treadle, and peers when asked: `make bench`, or

    python benchmarks/run.py [--quick] [--only NAME ...] [--peers [NAME ...]]

A whole run writes its figures into docs/benchmarks.md; a part of one, or a quick one, only prints them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from measure import compile_environment, machine, packages_of
from pipelines import collected, ours, peers
from pipelines.report import PeerRow, Row, own_table, peer_table, write_between

PROJECT = Path(__file__).resolve().parent.parent
PAGE = PROJECT / "docs" / "benchmarks.md"
GROUPS: dict[str, Callable[[ours.Bench], list[Row]]] = {
    "start": ours.start,
    "chain": ours.chain,
    "fan": ours.fan,
    "frame": ours.frame,
    "log": collected.logging,
    "data": collected.data,
    "drift": collected.drift,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="less work and fewer repetitions: shows that everything runs")
    parser.add_argument("--only", nargs="+", choices=[*GROUPS, "peers"], metavar="NAME", help=f"some of: {', '.join(GROUPS)}, peers")
    parser.add_argument("--peers", nargs="*", metavar="NAME", help="other engines as well, all of them or those named")
    parser.add_argument("--peers-folder", type=Path, default=Path("~/.cache/treadle-bench"), help="where their environments lie")
    parser.add_argument("--folder", type=Path, help="where to measure; the default is the folder for temporary files")
    words = parser.parse_args()
    wanted = words.only or [*GROUPS, *([] if words.peers is None else ["peers"])]
    facts = machine()
    compile_environment(PROJECT / "src", *packages_of(Path(sys.executable)))
    rows: list[Row] = []
    peer_rows: list[PeerRow] = []
    notes: list[str] = []
    with tempfile.TemporaryDirectory(dir=words.folder, prefix="treadle-bench-") as folder:
        bench = ours.Bench(Path(folder), words.quick)
        for name in wanted:
            print(f"{name} ...", file=sys.stderr, flush=True)
            if name == "peers":
                peer_rows, notes = peers.measure_peers(bench, words.peers or (), words.peers_folder.expanduser().absolute())
            else:
                rows += GROUPS[name](bench)
    content = told(facts, rows, peer_rows, notes)
    print(content)
    if not words.quick and not words.only:
        write_between(PAGE, content)


def told(facts: str, rows: list[Row], peer_rows: list[PeerRow], notes: list[str]) -> str:
    """All figures, with what they depend on and the command that repeats them."""
    arguments = " ".join(sys.argv[1:])
    command = f'make bench ARGS="{arguments}"' if arguments else "make bench"
    parts = [f"{facts} before, {machine().rpartition(') ')[2]} after.", f"Repeat it with `{command}`."]
    if rows:
        parts.append(own_table(rows))
    if peer_rows:
        parts += ["### Peers, measured in this run", peer_table(peer_rows), "\n".join(f"- {note}" for note in notes)]
    return "\n\n".join(parts)


if __name__ == "__main__":
    main()
