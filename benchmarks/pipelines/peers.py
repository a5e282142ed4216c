"""Other engines with the same trivial work, each in an environment of its own; their figures next to ours of the same run.

Homes and databases of the peers are set up before the first measured run, and only results are taken away for a cold one; ours starts
in an empty home.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from measure import Failed, Figures, Taken, compile_environment, expect, median, packages_of, run
from pipelines import ours
from pipelines.report import PeerRow

PROGRAMS = Path(__file__).resolve().parent / "programs"
INSTALL_SECONDS = 300
CHAIN, CHAIN_CACHED = "chain of 10", "chain of 10, cached"
FAN, FAN_CACHED = "fan-out of 100", "fan-out of 100, cached"
QUIET = {
    "KEDRO_DISABLE_TELEMETRY": "1",
    "DVC_NO_ANALYTICS": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "METAFLOW_USER": "bench",
    "PYTHONWARNINGS": "ignore",
}


class Case(NamedTuple):
    """One work of one peer: what is run, what makes it cold, and what shows that the work was done."""

    work: str
    command: Sequence[str | Path]
    words: tuple[str, ...] = ()
    cold: Callable[[], object] | None = None
    answer: Path | None = None


class Place(NamedTuple):
    """Where one peer lives and works."""

    programs: Path
    bin: Path
    folder: Path


class Peer(NamedTuple):
    name: str
    packages: tuple[str, ...]
    isolation: str
    cases: Callable[[Place], list[Case]]
    variables: Callable[[Place], Mapping[str, str]]


def metaflow(place: Place) -> list[Case]:
    store = place.folder / ".metaflow"

    def cases(work: str, cached: str, program: str) -> list[Case]:
        command = [place.bin / "python", place.programs / f"{program}.py"]
        return [
            Case(work, [*command, "run", "--max-workers", str(cores())], ("Done!",), lambda: remove(store)),
            Case(cached, [*command, "resume"], ("Done!",)),
        ]

    return cases(CHAIN, CHAIN_CACHED, "chain") + cases(FAN, FAN_CACHED, "fan")


def prefect(place: Place) -> list[Case]:
    def cases(work: str, cached: str, flow: str, answer: str) -> list[Case]:
        command = [place.bin / "python", place.programs / "flow.py", flow]
        return [Case(work, command, (answer,), lambda: remove(place.folder / "storage")), Case(cached, command, (answer,))]

    return cases(CHAIN, CHAIN_CACHED, "chain", "= 10") + cases(FAN, FAN_CACHED, "fan", "= 5050")


def dvc(place: Place) -> list[Case]:
    def cases(work: str, cached: str, name: str, lines: list[str], answer: str) -> list[Case]:
        folder = place.folder / name
        folder.mkdir()
        shutil.copy(place.programs / "step.py", folder)
        (folder / "dvc.yaml").write_text("\n".join(["stages:", *lines, ""]))
        command = ["env", "-C", folder, place.bin / "dvc"]
        run([*command, "init", "--no-scm", "--quiet"], folder=folder, variables=QUIET)

        def cold() -> None:
            for left in [*folder.glob("*.txt"), folder / "dvc.lock", folder / ".dvc" / "cache"]:
                remove(left)

        result = folder / "total.txt"
        return [
            Case(work, [*command, "repro"], (answer,), cold, result),
            Case(cached, [*command, "repro"], ("up to date", answer), None, result),
        ]

    python = place.bin / "python"

    def stage(name: str, given: str, output: str, needs: list[str]) -> list[str]:
        needed = [f"    - {need}" for need in ("step.py", *needs)]
        return [f"  {name}:", f"    cmd: {python} step.py {output} {given}", "    deps:", *needed, "    outs:", f"    - {output}"]

    chain: list[str] = []
    for number in range(10):
        output = "total.txt" if number == 9 else f"{number}.txt"
        before = [] if number == 0 else [f"{number - 1}.txt"]
        chain += stage(f"step{number}", before[0] if before else "0", output, before)
    wide = [line for number in range(100) for line in stage(f"step{number}", str(number), f"{number}.txt", [])]
    files = [f"{number}.txt" for number in range(100)]
    wide += stage("join", " ".join(files), "total.txt", files)
    return cases(CHAIN, CHAIN_CACHED, "chain", chain, "10") + cases(FAN, FAN_CACHED, "fan", wide, "5050")


def flyte(place: Place) -> list[Case]:
    shutil.copy(place.programs / "flow.py", place.folder)

    def cases(work: str, cached: str, flow: str, answer: str) -> list[Case]:
        command = [place.bin / "flyte", "run", "--local", "flow.py", flow]
        return [Case(work, command, (answer,), lambda: remove(place.folder / ".flyte")), Case(cached, command, (answer,))]

    return cases(CHAIN, CHAIN_CACHED, "chain", "10") + cases(FAN, FAN_CACHED, "fan", "5050")


def kedro(place: Place) -> list[Case]:
    version = subprocess.run(
        [place.bin / "python", "-c", "import kedro; print(kedro.__version__)"], capture_output=True, text=True, check=True
    ).stdout.strip()
    package = place.folder / "src" / "bench"
    package.mkdir(parents=True)
    for name in ("__init__.py", "settings.py"):
        (package / name).write_text("")
    shutil.copy(place.programs / "pipeline_registry.py", package)
    for name in ("base", "local"):
        (place.folder / "conf" / name).mkdir(parents=True)
    (place.folder / "conf" / "base" / "parameters.yml").write_text(f"number: 0\nnumbers: {list(range(100))}\n")
    settings = [
        "[tool.kedro]",
        'package_name = "bench"',
        'project_name = "bench"',
        f'kedro_init_version = "{version}"',
        'source_dir = "src"',
    ]
    (place.folder / "pyproject.toml").write_text("\n".join([*settings, ""]))
    command = [place.bin / "kedro", "run", "--pipeline"]
    return [Case(CHAIN, [*command, "chain"], ("completed successfully",)), Case(FAN, [*command, "fan"], ("completed successfully",))]


def redun(place: Place) -> list[Case]:
    shutil.copy(place.programs / "flow.py", place.folder)

    def cases(work: str, cached: str, flow: str, answer: str) -> list[Case]:
        command = [place.bin / "redun", "run", "flow.py", flow]
        return [Case(work, command, (answer,), lambda: remove(place.folder / ".redun")), Case(cached, command, (answer,))]

    return cases(CHAIN, CHAIN_CACHED, "chain", "10") + cases(FAN, FAN_CACHED, "fan", "5050")


PEERS = (
    Peer("Metaflow", ("metaflow",), "a process a step", metaflow, lambda p: {"METAFLOW_DATASTORE_SYSROOT_LOCAL": str(p.folder)}),
    Peer("DVC", ("dvc",), "a process a stage", dvc, lambda p: {}),
    Peer("Flyte 2, local", ("flyte",), "all in one process", flyte, lambda p: {}),
    Peer("Kedro", ("kedro",), "all in one process, no cache, no record", kedro, lambda p: {}),
    Peer("redun", ("redun",), "threads of one process", redun, lambda p: {}),
    # newer releases of FastAPI are within the range that Prefect allows, but its server does not start with them
    Peer(
        "Prefect",
        ("prefect", "fastapi==0.139.0"),
        "threads of one process, and a server",
        prefect,
        lambda p: {"PREFECT_HOME": str(p.folder)},
    ),
)


def measure_peers(bench: ours.Bench, names: Sequence[str], environments: Path) -> tuple[list[PeerRow], list[str]]:
    """The rows, and a line for each peer: its version and how it runs steps, or why there are no figures of it."""
    own = own_figures(bench)
    rows: list[PeerRow] = []
    notes: list[str] = []
    for work, figures in own.items():
        rows.append(PeerRow("Treadle", work, figures.cpu, figures.wall, figures.memory, median(figures.cpu)))
    for peer in PEERS:
        if names and not any(name.lower() in peer.name.lower() for name in names):
            continue
        print(f"  {peer.name}", file=sys.stderr, flush=True)
        try:
            place = Place(PROGRAMS / peer.packages[0], environment(environments, peer), bench.empty(f"peer-{peer.packages[0]}"))
            version = version_of(place.bin / "python", peer.packages[0])
            for case in peer.cases(place):
                figures = measured(bench, place, peer, case)
                rows.append(PeerRow(peer.name, case.work, figures.cpu, figures.wall, figures.memory, median(own[case.work].cpu)))
            notes.append(f"{peer.name} {version}: {peer.isolation}.")
        except (Failed, OSError, subprocess.SubprocessError) as error:
            told = str(error).strip().splitlines() or [type(error).__name__]
            notes.append(f"{peer.name}: no (further) figures, because it {told[0]}")
            print("\n".join(told[-12:]), file=sys.stderr, flush=True)
    order = [CHAIN, CHAIN_CACHED, FAN, FAN_CACHED]
    return sorted(rows, key=lambda row: (order.index(row.work), row.ratio)), notes


def own_figures(bench: ours.Bench) -> dict[str, Figures]:
    made: dict[str, Figures] = {}
    wide = ("-p", "width=100")
    made[CHAIN], made[CHAIN_CACHED] = ours.cold_and_cached(bench, "chain.py::chain", (), "= 10", bench.times(5), 10)
    made[FAN], made[FAN_CACHED] = ours.cold_and_cached(bench, "chain.py::fan", wide, "= 5050", bench.times(3), 101)
    return made


def measured(bench: ours.Bench, place: Place, peer: Peer, case: Case) -> Figures:
    """Three repetitions after one that warms up; one without, where it takes long."""
    variables = {**QUIET, "HOME": str(place.folder), "PATH": f"{place.bin}:/usr/bin:/bin", **peer.variables(place)}

    def once() -> Taken:
        if case.cold:
            case.cold()
        taken = run(case.command, folder=place.folder, variables=variables, seconds=180)
        return expect(taken._replace(output=taken.output + (case.answer.read_text() if case.answer else "")), *case.words)

    begin = time.monotonic()
    taken = [once()]
    if time.monotonic() - begin < 15:
        taken = [once() for _ in range(bench.times(3))]
    return Figures(tuple(t.wall for t in taken), tuple(t.cpu for t in taken), max(t.memory for t in taken), taken[-1].output)


def environment(environments: Path, peer: Peer) -> Path:
    """The folder of the peer's programs; installed and byte-compiled when it is not there yet."""
    folder = environments / "-".join(package.replace("==", "-") for package in peer.packages)
    if not (folder / "complete").exists():
        remove(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        uv = Path(sys.executable).parent / "uv"
        program = str(uv) if uv.exists() else "uv"
        commands = (
            [program, "venv", "--quiet", "--python", sys.executable, str(folder)],
            [program, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(folder / "bin" / "python"), *peer.packages],
        )
        for command in commands:
            done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS)
            if done.returncode:
                raise Failed(f"was not installed: {done.stderr.strip()[-500:]}")
        compile_environment(*packages_of(folder / "bin" / "python"))
        (folder / "complete").touch()
    return folder / "bin"


def version_of(python: Path, package: str) -> str:
    code = f"import importlib.metadata; print(importlib.metadata.version({package!r}))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def cores() -> int:
    return len(os.sched_getaffinity(0))
