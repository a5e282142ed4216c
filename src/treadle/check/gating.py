"""Gates at work: each is asked, its verdict is a sentence with the numbers in it, and what it saw is kept as evidence."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from treadle.check import behaving, comparing, expecting, testing
from treadle.check.plain import number, plain, text
from treadle.contract.registry import GateResult
from treadle.core.errors import TreadleError
from treadle.sdk.gates import Gate

if TYPE_CHECKING:
    from treadle.check.look import Case

LEAST_CALLS, MOST_SECONDS = 20, 4.0

Verdict = tuple[bool | None, str, dict[str, Any]]
"""Passed (None: a person must say), the sentence, the evidence."""


def verdicts(case: Case, gates: Sequence[Gate]) -> tuple[GateResult, ...]:
    """What every gate says, in order. A gate that raises is `error`, and the others are asked all the same."""
    return tuple(_verdict(case, gate) for gate in gates)


def _verdict(case: Case, gate: Gate) -> GateResult:
    try:
        passed, sentence, evidence = _PERFORM[gate.kind](case, gate)
        state = "waiting" if passed is None else "passed" if passed else "failed"
    except Exception as error:  # a gate is user code at its heart: whatever it raises is its verdict
        state = "error"
        sentence, evidence = _broken(error)
    return GateResult(gate=gate.name, kind=gate.kind, state=state, sentence=text(sentence[:1000]), evidence=plain(evidence))


def _broken(error: Exception) -> tuple[str, dict[str, Any]]:
    first = (str(error).strip().splitlines() or [""])[0][:300]
    what = error.what if isinstance(error, TreadleError) else f"{type(error).__name__}: {first}"
    frames = traceback.extract_tb(error.__traceback__)
    ours = str(Path(__file__).parent.parent)
    theirs = [frame for frame in frames if not frame.filename.startswith(ours)]
    place = f"{Path(theirs[-1].filename).name}:{theirs[-1].lineno}" if theirs and not isinstance(error, TreadleError) else None
    hint = error.hint if isinstance(error, TreadleError) else None
    return f"the gate could not be asked: {what}" + (f" ({place})" if place else ""), {"error": what, "place": place, "hint": hint}


def _metric(case: Case, gate: Gate) -> Verdict:
    told = gate.settings
    found = case.need("judged").metric(told["metric"])
    low, high = (found.low, found.high) if told["surely"] else (found.value, found.value)
    reached = [low >= told["at_least"]] if told["at_least"] is not None else []
    reached += [high <= told["at_most"]] if told["at_most"] is not None else []
    passed = all(reached)  # NaN reaches no bound
    bounds = " and ".join(
        f"{word} {told[key]:g}" for key, word in (("at_least", "at least"), ("at_most", "at most")) if told[key] is not None
    )
    surely = " with its whole interval" if told["surely"] else ""
    asked = f"{bounds}{surely} as asked" if passed else f"asked for {bounds}{surely}"
    sentence = f"{found.name} is {number(found.value)} ({number(found.low)} to {number(found.high)}), {asked}"
    evidence = {"metric": found.name, "value": found.value, "low": found.low, "high": found.high, "rows": found.rows, **told}
    return passed, sentence, evidence


def _size(case: Case, gate: Gate) -> Verdict:
    most = int(gate.settings["most"])
    size = case.artifact.size if case.artifact is not None else _size_of(case.value)
    return size <= most, f"the model takes {size:,} bytes of at most {most:,}", {"bytes": size, "most": most}


def _size_of(value: Any) -> int:
    """What a model would take where nothing was stored yet: saved aside for a look."""
    from treadle.sdk import formats

    with tempfile.TemporaryDirectory() as folder:
        saved = formats.save(value, Path(folder) / "model")
        if saved.data is not None:
            return len(saved.data)
        assert saved.path is not None
        return sum(file.stat().st_size for file in saved.path.rglob("*")) if saved.tree else saved.path.stat().st_size


def _latency(case: Case, gate: Gate) -> Verdict:
    """Calls with one thread, as an endpoint's workers make them; at most MOST_SECONDS of them."""
    import numpy

    told, asked = gate.settings, case.need("asked")
    table = case.tables()[-1]
    rows, calls = int(told["rows"]), int(told["calls"])
    starts = [(place * rows) % max(1, table.height - rows + 1) for place in range(min(50, calls))]
    batches = [asked.rows(table.slice(start, rows)) for start in starts]
    seconds: list[float] = []
    with _one_thread():
        for batch in batches[:10]:  # first calls allocate and import
            asked.ask(batch)
        while len(seconds) < calls and (len(seconds) < LEAST_CALLS or sum(seconds) < MOST_SECONDS):
            began = time.perf_counter()
            asked.ask(batches[len(seconds) % len(batches)])
            seconds.append(time.perf_counter() - began)
    found = {"p50": float(numpy.quantile(seconds, 0.5)), "p99": float(numpy.quantile(seconds, 0.99))}
    passed = all(found[name] <= limit for name, limit in told["limits"].items())
    parts = [f"{name} is {found[name] * 1e3:.3g} ms of at most {limit * 1e3:,g} ms" for name, limit in told["limits"].items()]
    sentence = f"{' and '.join(parts)}, in {len(seconds)} calls of {rows} row{'s' if rows > 1 else ''}"
    return passed, sentence, {**told, **found, "calls": len(seconds)}


def _one_thread() -> Any:
    """Holds the libraries that compute in many threads to one, where the package that can is there (it comes with scikit-learn)."""
    try:
        return importlib.import_module("threadpoolctl").threadpool_limits(limits=1)
    except ModuleNotFoundError:
        return contextlib.nullcontext()


def _function(case: Case, gate: Gate) -> Verdict:
    given = {
        "model": case.value,
        "champion": case.champion_value,
        "holdout": case.holdout,
        "training": case.training,
        "answers": case.answers,
        "label": case.label,
        "metrics": {name: metric.value for name, metric in case.judged.measure().items()} if case.judged is not None else {},
    }
    wanted = inspect.signature(gate.function).parameters
    unknown = [name for name in wanted if name not in given]
    if unknown:
        raise TypeError(f"the function asks for `{unknown[0]}`; a gate can have {', '.join(given)}")
    try:
        answer = gate.function(**{name: given[name] for name in wanted})
    except AssertionError as error:
        return False, str(error).strip() or "an assertion failed", {}
    said, sentence = answer if isinstance(answer, tuple) and len(answer) == 2 else (answer, "")
    if not isinstance(said, bool) and type(said).__name__ not in ("bool", "bool_"):
        raise TypeError(f"the function returned {type(said).__name__}, and a gate says True or False")
    return bool(said), str(sentence) or f"{gate.name} says {'yes' if said else 'no'}", {}


def _expectations(case: Case, gate: Gate) -> Verdict:
    on = gate.settings["on"]
    report = expecting.examine(case.need(on), gate.function, reference=case.training if on == "holdout" else None)
    return report.passed, report.sentence(), {"on": on, **report.evidence()}


def _approval(_case: Case, gate: Gate) -> Verdict:
    told = gate.settings
    who = told["person"] or (f"somebody with the role {told['role']}" if told["role"] else "somebody who may approve")
    other = ", who did not train it" if told["four_eyes"] else ""
    return None, f"waits for a word of {who}{other}", dict(told)


_PERFORM: dict[str, Callable[[Any, Gate], Verdict]] = {
    "metric": _metric,
    "champion": comparing.champion,
    "slices": comparing.slices,
    "expectations": _expectations,
    "latency": _latency,
    "size": _size,
    "invariant": behaving.invariant,
    "behaviour": behaving.behaviour,
    "tests": testing.tests,
    "function": _function,
    "approval": _approval,
}
