"""A version's card as Markdown: facts filled in from the record, words by people. Pure.

The sections follow "Model Cards for Model Reporting" (Mitchell et al., 2019): details, intended use, factors, metrics, evaluation
data, training data, quantitative analyses, ethical considerations, caveats. What is a fact we fill in; the rest is for people.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from treadle.contract.registry import AliasChange, Column, GateResult, ModelVersion

WORDS = ("Intended use", "Out of scope", "Ethical considerations", "Caveats")
"""Sections that every card shows, as a question where nobody has written them yet."""
_MARKS = {"passed": "passed", "failed": "FAILED", "waiting": "waiting", "error": "BROKE"}
_MOST_COLUMNS = 60
_MOST_WORDS = 8


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a version came from, as far as the record knows."""

    run: str | None = None
    step: str | None = None
    parameters: Mapping[str, Any] = {}
    seed: int | None = None
    code: str | None = None
    environment: str | None = None
    inputs: Sequence[tuple[str, str]] = ()


def markdown(version: ModelVersion, words: Mapping[str, str], origin: Origin, moves: Sequence[AliasChange]) -> str:
    """The whole card. `words` are the sections that people wrote, `moves` the history of the model's aliases."""
    parts = [
        f"# {version.ref}",
        _opening(version),
        *[f"## {name}\n\n{text.strip()}" for name, text in words.items() if name not in WORDS],
        "## Details\n\n" + _details(version, origin),
        "## Intended use\n\n" + _said(words, "Intended use"),
        "## Out of scope\n\n" + _said(words, "Out of scope"),
        "## Data\n\n" + _data(version, origin),
        "## Metrics\n\n" + _metrics(version),
        *_slices(version.gates),
        "## Gates\n\n" + _gates(version),
        "## Decisions\n\n" + _decisions(version, moves),
        *(["## Inputs and outputs\n\n" + _signature(version)] if version.signature else []),
        "## Limits\n\n" + _limits(version),
        "## Ethical considerations\n\n" + _said(words, "Ethical considerations"),
        "## Caveats\n\n" + _said(words, "Caveats"),
    ]
    return "\n\n".join(parts) + "\n"


def _opening(version: ModelVersion) -> str:
    names = f" It is the {' and the '.join(version.aliases)}." if version.aliases else ""
    registered = f"Registered {_day(version.created_at)} by {version.actor}."
    return f"Version {version.number} of the model `{version.model}`, {version.stage}.{names} {registered}"


def _said(words: Mapping[str, str], section: str) -> str:
    return words.get(section, "").strip() or "*Nobody has written this yet.*"


def _details(version: ModelVersion, origin: Origin) -> str:
    artifact = version.artifact
    libraries = ", ".join(f"{name} {number}" for name, number in artifact.about.get("libraries", {}).items())
    parameters = ", ".join(f"{name} = {_short(value)}" for name, value in origin.parameters.items())
    rows = [
        ("kind", artifact.about.get("class") or artifact.format),
        ("format", f"{artifact.format}, {artifact.size:,} bytes" + (" (loading it executes code)" if artifact.pickled else "")),
        ("digest", artifact.digest),
        ("libraries", libraries),
        ("trained by", origin.run),
        ("parameters", parameters),
        ("seed", origin.seed),
        ("code", origin.code),
        ("environment", origin.environment),
        ("checked by", f"run {version.check}" if version.check else None),
        ("faster form", f"ONNX, {version.onnx.size:,} bytes" if version.onnx else version.facts.notes.get("onnx")),
    ]
    return _table(["what", "is"], [[name, str(value)] for name, value in rows if value not in (None, "")])


def _data(version: ModelVersion, origin: Origin) -> str:
    rows: list[list[str]] = [[name, source, ""] for name, source in origin.inputs]
    for name in ("training", "holdout"):
        source = version.facts.sources.get(name)
        if source:
            count = version.facts.rows.get(name)
            rows.append([f"{name} (of the check)", source, f"{count:,}" if count is not None else ""])
    table = _table(["what", "source", "rows"], rows) if rows else "The record knows no data of it."
    until = f"\n\nThe newest moment in the training data is {_day(version.data_until)}." if version.data_until is not None else ""
    return table + until


def _metrics(version: ModelVersion) -> str:
    if not version.metrics:
        return "None were measured."
    champion = version.facts.sources.get("champion")
    rows = []
    for name, value in version.metrics.items():
        low, high = version.facts.intervals.get(name, (None, None))
        rows.append([name, f"{value:.5g}", f"{low:.5g} to {high:.5g}" if low is not None and high is not None else ""])
    compared = f"\n\nCompared, row by row, with {champion}." if champion else ""
    return _table(["metric", "on the holdout", "95% interval"], rows) + compared


def _slices(gates: Sequence[GateResult]) -> list[str]:
    made = []
    for gate in gates:
        slices = gate.evidence.get("slices") if gate.kind == "slices" else None
        if slices:
            rows = [[str(one["slice"]), f"{one['rows']:,}", _number(one.get("value"))] for one in slices[:50]]
            table = _table(["slice", "rows", str(gate.evidence.get("metric"))], rows)
            made.append(f"## Slices by {gate.evidence.get('column')}\n\n{table}")
    return made


def _gates(version: ModelVersion) -> str:
    if not version.gates:
        return "No gate has looked at this version."
    return _table(["gate", "verdict", "why"], [[gate.gate, _MARKS.get(gate.state, gate.state), gate.sentence] for gate in version.gates])


def _decisions(version: ModelVersion, moves: Sequence[AliasChange]) -> str:
    lines = []
    for one in version.approvals:
        did = "let it through although it had not passed" if one.overridden else f"said {one.decision}"
        lines.append(f"- {_day(one.at)}: {one.actor} {did}: {one.words}")
    for move in moves:
        if version.number in (move.version, move.former):
            reason = f": {move.reason}" if move.reason else ""
            lines.append(f"- {_day(move.at)}: {_moved(move, version.number)}, by {move.actor}{reason}")
    return "\n".join(lines) or "None yet."


def _moved(move: AliasChange, number: int) -> str:
    if move.version == number:
        return f"`{move.alias}` came here" + (f" from v{move.former}" if move.former else "")
    return f"`{move.alias}` moved on to v{move.version}" if move.version is not None else f"`{move.alias}` was removed"


def _signature(version: ModelVersion) -> str:
    signature = version.signature
    assert signature is not None
    rows = [["in", *_column(column)] for column in signature.inputs[:_MOST_COLUMNS]]
    if len(signature.inputs) > _MOST_COLUMNS:
        rows.append(["in", f"... and {len(signature.inputs) - _MOST_COLUMNS} more", "", "", ""])
    rows += [["out", *_column(column)] for column in signature.outputs]
    return (
        _table(["", "column", "type", "missing values", "seen"], rows)
        + f"\n\nSeen in {signature.rows:,} rows; called by `{signature.method}`."
    )


def _column(column: Column) -> list[str]:
    if column.categories is not None:
        words = ", ".join(column.categories[:_MOST_WORDS])
        seen = words + (f" and {len(column.categories) - _MOST_WORDS} more" if len(column.categories) > _MOST_WORDS else "")
    else:
        seen = f"{column.lowest:.6g} to {column.highest:.6g}" if column.lowest is not None and column.highest is not None else ""
    return [column.name, column.type, "yes" if column.nullable else "no", seen]


def _limits(version: ModelVersion) -> str:
    lines = []
    if version.signature is not None:
        lines.append("- What lies outside of the ranges and words above was never seen in training: answers for it are guesses.")
    if version.data_until is not None:
        lines.append(f"- Nothing after {_day(version.data_until)} was seen in training.")
    if version.artifact.pickled:
        lines.append("- Loading this model executes code from its bytes.")
    lines += [f"- {sentence}" for name, sentence in version.facts.notes.items() if name != "onnx"]
    lines += [f"- The gate {gate.gate} was not passed: {gate.sentence}" for gate in version.gates if gate.state in ("failed", "error")]
    return "\n".join(lines) or "None are known to the record, which does not mean that there are none."


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(" ".join(str(cell).split()).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 60 else text[:59] + "…"


def _number(value: Any) -> str:
    return f"{value:.5g}" if isinstance(value, int | float) else ""


def _day(at: float | None) -> str:
    return "" if at is None else datetime.datetime.fromtimestamp(at, datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
