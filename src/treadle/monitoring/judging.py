"""Judging one window: which version is judged, what each check says, and what a report keeps of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from treadle.contract.monitoring import MonitorSettings
from treadle.contract.registry import ModelVersion
from treadle.monitoring import checks, performance, soundness
from treadle.monitoring.inspection import Inspection, Labels
from treadle.monitoring.reading import Reader, Strays
from treadle.monitoring.references import OUTPUT, Reference, reference_of
from treadle.monitoring.rules import Check, Progress, Span, checks_of
from treadle.monitoring.sources import Held, Source, named, read_answers

if TYPE_CHECKING:
    import polars as pl


class Judged(NamedTuple):
    """What one look at one window came to."""

    checks: list[Check]
    report: dict[str, Any]
    rows: int
    labelled: int
    waiting: bool
    """Labels of it may still come."""
    version: ModelVersion | None
    start: float | None
    end: float | None
    """Event times of its first and last row."""
    baselines: performance.Baselines


def judge(reader: Reader, blobs: Any, source: Source, settings: MonitorSettings, progress: Progress, held: Held, strays: Strays) -> Judged:
    """Looks at the window that follows `progress`."""
    asked = checks_of(settings)
    answers, shadows = read_answers(reader, held, settings)
    versions = source.versions(sorted({*answers["revision"].to_list(), *shadows["revision"].to_list()}))
    known = [frame.filter(frame["revision"].is_in(list(versions))) for frame in (answers, shadows)]
    strange = len(answers) + len(shadows) - sum(map(len, known))
    answers, shadows = known
    strays = strays._replace(gone=strange + sum(reader.unreadable.values()))
    if not len(answers):
        found = [Check(kind=kind, verdict="small", sentence="no predictions") for kind in asked if kind != "quality"]
        if "quality" in asked:
            found.append(soundness.quality(_no_reference(), None, soundness.Counted(0, 0, 0, strays), ()))
        report: dict[str, Any] = {
            "read": _read(held.span),
            "checks": {one.key: checks.told(one) for one in found},
            "strays": strays._asdict(),
        }
        return Judged(found, report, 0, 0, waiting=False, version=None, start=None, end=None, baselines=progress.slices)
    rows = Counter(answers["revision"].to_list())
    version = _majority(versions, rows)
    mine = sorted(number for number, one in versions.items() if one.number == version.number)
    window = Inspection(reader, blobs, source, settings, progress, held, answers, version, mine, versions)
    found, lines = window.checks(asked, strays)
    labels = window.performance() if "performance" in asked else None
    if labels is not None:
        found += labels.checks
    honest = answers.filter(~answers["future"])["at"]
    report = {
        "ref": version.ref,
        "versions": dict(sorted(_by_ref(versions, rows).items())),
        "reference": window.reference.words,
        "read": _read(held.span),
        "strays": _told(strays),
        "checks": {one.key: checks.told(one) for one in found},
        "columns": checks.trimmed(lines),
        "shadows": shadow_lines(blobs, shadows, versions, settings),
    }
    return Judged(
        found,
        report,
        len(answers),
        labels.labelled if labels else 0,
        waiting=labels.waiting if labels else False,
        version=version,
        start=float(honest.min()) if len(honest) else None,
        end=float(honest.max()) if len(honest) else None,
        baselines=labels.baselines if labels else progress.slices,
    )


def _no_reference() -> Reference:
    return Reference("", None, None, "there were no predictions")


def _told(strays: Strays) -> dict[str, int]:
    return {name: count for name, count in strays._asdict().items() if count}


def _read(span: Span) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(span)
    return plain


def _majority(versions: Mapping[int, ModelVersion], rows: Mapping[int, int]) -> ModelVersion:
    """The version that answered most rows; of two with equally many, the newer."""
    by_number: Counter[int] = Counter()
    for revision, count in rows.items():
        by_number[versions[revision].number] += count
    most = max(by_number, key=lambda number: (by_number[number], number))
    return next(one for one in versions.values() if one.number == most)


def _by_ref(versions: Mapping[int, ModelVersion], rows: Mapping[int, int]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for revision, count in rows.items():
        counted[versions[revision].ref] += count
    return counted


def judge_again(
    reader: Reader, blobs: Any, source: Source, settings: MonitorSettings, progress: Progress, held: Held, number: int
) -> Labels | None:
    """The performance of window `number` with the labels that have come since; None when it holds nothing that can be judged."""
    answers, _ = read_answers(reader, held, settings)
    versions = source.versions(answers["revision"].unique().to_list())
    answers = answers.filter(answers["revision"].is_in(list(versions)))
    if not len(answers):
        return None
    rows = Counter(answers["revision"].to_list())
    version = _majority(versions, rows)
    mine = sorted(revision for revision, one in versions.items() if one.number == version.number)
    then = msgspec.structs.replace(progress, number=number - 1)
    return Inspection(reader, blobs, source, settings, then, held, answers, version, mine, versions).performance()


def shadow_lines(blobs: Any, shadows: pl.DataFrame, versions: Mapping[int, ModelVersion], settings: MonitorSettings) -> dict[str, Any]:
    """What shadows would have answered, each against its own profile. It is told, and opens nothing."""
    from treadle.statistics import profile

    told: dict[str, Any] = {}
    for revision in sorted(set(shadows["revision"].to_list())):
        version = versions[revision]
        part = shadows.filter(shadows["revision"] == revision)
        reference = reference_of(blobs, version)
        answered = part.filter(part["error"].is_null())
        outputs = profile.window(named(answered, OUTPUT), reference.outputs) if reference.outputs is not None else None
        drift, _ = checks.drift("predictions", reference, outputs, settings)
        told[version.ref] = {
            "rows": len(part),
            "errors": len(part) - len(answered),
            "predictions": checks.told(drift),
            "traffic": checks.told(checks.traffic(part, settings)),
        }
    return told
