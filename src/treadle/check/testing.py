"""Model tests as ordinary tests: a folder of pytest, performed with fixtures of what the check has."""

from __future__ import annotations

import io
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadle.core.errors import DataError, FormatError
from treadle.sdk.gates import Gate

if TYPE_CHECKING:
    from treadle.check.look import Case

MOST_SHOWN = 50
_AUTOLOAD = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"
_OK, _NO_TESTS = 0, 5  # pytest's exit codes, https://docs.pytest.org/en/stable/reference/exit-codes.html


class Fixtures:
    """The pytest plugin of a check: fixtures, and what became of each test."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.results: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Notes the outcome of a test; a failure while setting up or tearing down counts for it."""
        known = self.results.setdefault(report.nodeid, {"test": report.nodeid, "outcome": "passed", "seconds": 0.0})
        known["seconds"] = round(known["seconds"] + report.duration, 4)
        if report.outcome != "passed" and known["outcome"] != "failed":
            known["outcome"] = report.outcome
            known["why"] = _reason(report)

    def pytest_collectreport(self, report: Any) -> None:
        """A file that cannot be imported is a test that failed."""
        if report.failed:
            self.results[report.nodeid] = {"test": report.nodeid, "outcome": "failed", "seconds": 0.0, "why": _reason(report)}


def _reason(report: Any) -> str:
    crash = getattr(getattr(report, "longrepr", None), "reprcrash", None)
    if crash is not None:
        return f"{crash.message.splitlines()[0][:300]} ({Path(crash.path).name}:{crash.lineno})"
    text = report.longrepr[-1] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return (text.strip().splitlines() or [""])[-1][:300]


def tests(case: Case, gate: Gate) -> tuple[bool, str, dict[str, Any]]:
    """Performs the folder's tests in this process; passes when there are some and none fails."""
    try:
        import pytest
    except ModuleNotFoundError as error:
        raise FormatError("gates.tests needs the package `pytest`, which is not installed", hint="uv pip install pytest") from error
    folder = _folder(case, gate.settings["folder"])
    plugin = _with_fixtures(pytest, case)
    said = io.StringIO()
    # The tests' own folder only: no configuration of the project, no cache on disk, no plug-ins that happen to be installed.
    words = [
        str(folder),
        "-q",
        "-p",
        "no:cacheprovider",
        "--import-mode=importlib",
        f"--rootdir={folder}",
        "-c",
        "/dev/null",
        "--no-header",
    ]
    before = sys.dont_write_bytecode, list(sys.path), os.environ.get(_AUTOLOAD)
    sys.dont_write_bytecode = True
    os.environ[_AUTOLOAD] = "1"
    sys.path.insert(0, str(folder.parent))
    try:
        with redirect_stdout(said), redirect_stderr(said):
            status = int(pytest.main(words, plugins=[plugin]))
    finally:
        sys.dont_write_bytecode, sys.path[:] = before[0], before[1]
        os.environ.pop(_AUTOLOAD)
        if before[2] is not None:
            os.environ[_AUTOLOAD] = before[2]
        _forget(folder)
    return _concluded(list(plugin.results.values()), status, gate.settings["folder"], said.getvalue())


def _forget(folder: Path) -> None:
    """Another gate may have tests of the same names: what was imported from this folder is imported anew next time."""
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(f"{folder}{os.sep}"):
            del sys.modules[name]


def _with_fixtures(pytest: Any, case: Case) -> Any:
    """The plugin with its fixtures: pytest finds them as attributes of the object it is given."""

    def had(value: Any, reason: str) -> Any:
        if value is None:
            pytest.skip(reason)
        return value

    def model(_plugin: Any) -> Any:
        return case.value

    def champion(_plugin: Any) -> Any:
        return had(case.champion_value, "there is no champion yet")

    def holdout(_plugin: Any) -> Any:
        return had(case.holdout, "the check has no holdout").clone()

    def training(_plugin: Any) -> Any:
        return had(case.training, "the check has no training data").clone()

    def ask(_plugin: Any) -> Any:
        """The model as gates ask it: a table in, answers by name out."""
        return case.need("asked").answers

    made = {function.__name__: pytest.fixture(function) for function in (model, champion, holdout, training, ask)}
    return type("WithFixtures", (Fixtures,), made)(case)


def _concluded(results: list[dict[str, Any]], status: int, folder: str, said: str) -> tuple[bool, str, dict[str, Any]]:
    counts = {outcome: sum(one["outcome"] == outcome for one in results) for outcome in ("passed", "failed", "skipped")}
    evidence = {"folder": folder, "counts": counts, "tests": sorted(results, key=lambda one: one["outcome"] != "failed")[:MOST_SHOWN]}
    if status == _NO_TESTS or not results:
        raise DataError(f"`{folder}` holds no tests", hint="pytest finds files named test_*.py with functions named test_*")
    if status not in (_OK, 1) and not counts["failed"]:
        raise DataError(f"pytest could not perform `{folder}`: {(said.strip().splitlines() or ['?'])[-1][:300]}")
    sentence = f"{counts['passed']} of {len(results)} tests passed"
    if counts["skipped"]:
        sentence += f", {counts['skipped']} were skipped"
    broken = [one for one in results if one["outcome"] == "failed"]
    if broken:
        sentence += f"; {broken[0]['test']}: {broken[0].get('why', 'failed')}"
    return not broken and counts["passed"] > 0, sentence, evidence


def _folder(case: Case, name: str) -> Path:
    """The folder of tests: in the project, above the file that declares the model."""
    file = Path(case.declared._place[0])
    for place in file.parents:
        if (place / name).is_dir():
            return place / name
    raise DataError(f"there is no folder `{name}` in the project", where=str(file.name), hint=f"mkdir {name}, and write test_*.py into it")
