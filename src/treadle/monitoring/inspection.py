"""One window while it is judged: what was answered is known, the inputs are read piece by piece into the profile of the version that
answered most of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from treadle.contract.monitoring import MonitorSettings
from treadle.contract.registry import ModelVersion
from treadle.monitoring import checks, performance, soundness
from treadle.monitoring.reading import Reader, Strays
from treadle.monitoring.references import INPUT, MOST_ROWS, OUTPUT, Reference, only, reference_of, rows_of
from treadle.monitoring.rules import Check, Progress
from treadle.monitoring.slicing import Slicer
from treadle.monitoring.sources import Held, Source, labelled_frame, named, read_answers, watched

if TYPE_CHECKING:
    import polars as pl

    from treadle.statistics.profile import Profile

_JOINT_ROWS = 10_000


class Labels(NamedTuple):
    checks: list[Check]
    labelled: int
    waiting: bool
    baselines: performance.Baselines


class Inspection:
    """One window while it is judged."""

    def __init__(
        self,
        reader: Reader,
        blobs: Any,
        source: Source,
        settings: MonitorSettings,
        progress: Progress,
        held: Held,
        answers: pl.DataFrame,
        version: ModelVersion,
        mine: Sequence[int],
        versions: Mapping[int, ModelVersion],
    ) -> None:
        self.reader, self.blobs, self.source, self.settings, self.progress = reader, blobs, source, settings, progress
        self.held, self.answers, self.version = held, answers, version
        self.own = answers["revision"].is_in(list(mine))
        """Rows that the judged version answered."""
        self.alike = [number for number, one in versions.items() if _same_inputs(one, version)]
        """Revisions that take the same inputs: traffic is divided by chance, so theirs are as good."""

    @cached_property
    def previous(self) -> Held | None:
        return self.source.before(self.progress.number + 1) if self.settings.reference == "previous" else None

    @cached_property
    def slicers(self) -> dict[str, Slicer]:
        whole = self.reference.inputs if self.settings.slices else None
        return {name: Slicer(name, whole.columns.get(name) if whole else None) for name in self.settings.slices}

    @cached_property
    def reference(self) -> Reference:
        """With the columns that are watched; the window before, where that was asked for."""
        settings = self.settings
        found = self._previous() if settings.reference == "previous" else reference_of(self.blobs, self.version)
        inputs = only(found.inputs, settings.columns, settings.ignore) if found.inputs else None
        return found._replace(inputs=inputs)

    def _previous(self) -> Reference:
        from treadle.statistics import profile

        if self.previous is None:
            return Reference("the window before", None, None, "there is no window before it")
        inputs, outputs = self._rows_before()
        words = "the window before"
        why = "the window before holds none"
        return Reference(
            words, profile.reference(inputs) if inputs.width else None, profile.reference(outputs) if outputs.width else None, why
        )

    def _rows_before(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        import polars as pl

        assert self.previous is not None
        frames: list[pl.DataFrame] = []
        for piece in self.reader.pieces(self.previous.chunks, self.previous.span):
            frames.append(piece.answers)
            if sum(map(len, frames)) >= MOST_ROWS:
                break
        frame = pl.concat(frames, how="diagonal_relaxed").head(MOST_ROWS) if frames else pl.DataFrame()
        return named(frame, INPUT), named(frame, OUTPUT)

    @cached_property
    def slices(self) -> dict[str, pl.Series]:
        """The rows of each slice that is large enough."""
        found: dict[str, pl.Series] = {}
        for name, slicer in self.slicers.items():
            column = f"{INPUT}{name}"
            if column in self.answers.columns:
                labels = slicer.labels(self.answers[column])
                for label in slicer.largest(self.answers[column], self.settings.least_rows):
                    found[label] = labels == label
        return found

    # --- checks without labels

    def checks(self, asked: Sequence[str], strays: Strays) -> tuple[list[Check], list[dict[str, Any]]]:
        settings, found, lines = self.settings, [], []
        profiles, sample = self._inputs("joint" in asked)
        whole = profiles.get("")
        if "quality" in asked:
            found.append(soundness.quality(self.reference, whole, self._counted(strays), self.progress.volumes))
        if "drift" in asked:
            check, told = checks.drift("drift", self.reference, whole, settings)
            found.append(check)
            lines += told
            if self.slices:
                sliced, told = checks.drift_of_slices("drift", {s: (b, profiles.get(s)) for s, b in self._slice_profiles.items()}, settings)
                found += sliced
                lines += told
        if "joint" in asked:
            found.append(self._joint(sample))
        if "predictions" in asked:
            check, told = checks.drift("predictions", self.reference, self._outputs(), settings)
            found.append(check)
            lines += told
        if "traffic" in asked:
            found.append(checks.traffic(self.answers, settings))
            found += [_of_slice(checks.traffic(self.answers.filter(mask), settings), label) for label, mask in self.slices.items()]
        missing = [name for name in settings.slices if f"{INPUT}{name}" not in self.answers.columns]
        found += [checks.unknown("slices", f"no prediction has an input `{name}`", name) for name in missing]
        return found, lines

    def _counted(self, strays: Strays) -> soundness.Counted:
        keys = self.answers["key"].drop_nulls()
        future = int(self.answers["future"].sum())
        return soundness.Counted(
            rows=len(self.answers),
            twice=len(self.answers) - self.answers["id"].n_unique(),
            again=len(keys) - keys.n_unique(),
            strays=strays._replace(future=max(strays.future, future)),
        )

    def _inputs(self, sampled: bool) -> tuple[dict[str, Profile], pl.DataFrame | None]:
        """Profiles of the inputs, whole under "" and by slice, and rows of them where rows are asked for."""
        import polars as pl

        from treadle.statistics import profile

        like = self.reference.inputs
        slice_likes = self._slice_references() if like is not None and self.slices else {}
        self._slice_profiles = {label: slice_likes.get(label) for label in self.slices}
        if like is None and not sampled:
            return {}, None
        profiles: dict[str, Profile] = {}
        rows: list[pl.DataFrame] = []
        seed = self.progress.number + 1
        for piece in self.reader.pieces(self.held.chunks, self.held.span, (f"{INPUT}*",)):
            frame = named(piece.answers.filter(piece.answers["revision"].is_in(self.alike)), INPUT)
            if like is not None:
                _add(profiles, "", profile.window(watched(frame, self.settings), like))
                for label, before in slice_likes.items():
                    column = label.partition("=")[0]
                    part = frame.filter(self.slicers[column].labels(frame[column]) == label)
                    _add(profiles, label, profile.window(watched(part, self.settings), before))
            if sampled:
                rows.append(frame.sample(min(len(frame), _JOINT_ROWS), seed=seed))
        sample = pl.concat(rows, how="diagonal_relaxed") if rows else None
        return profiles, sample

    def _slice_references(self) -> dict[str, Profile]:
        """A profile for each slice, from the rows of the holdout, or of the window before."""
        from treadle.statistics import profile

        rows = self._reference_rows()
        found: dict[str, Profile] = {}
        for label in self.slices:
            column = label.partition("=")[0]
            if rows is not None and column in rows.columns:
                part = rows.filter(self.slicers[column].labels(rows[column]) == label)
                if len(part):
                    found[label] = profile.reference(watched(part, self.settings))
        return found

    def _reference_rows(self) -> pl.DataFrame | None:
        """Rows of inputs to compare with, where counts are not enough: of the window before, or the holdout, or the sample."""
        if self.settings.reference == "previous":
            return self._rows_before()[0] if self.previous is not None else None
        assert self.version is not None
        rows = rows_of(self.blobs, self.version.holdout)
        if rows is None:
            rows = rows_of(self.blobs, self.version.sample)
        if rows is None:
            return None
        signature = self.version.signature
        names = [column.name for column in signature.inputs] if signature else [name for name in rows.columns if name != self.version.label]
        return rows.select([name for name in names if name in rows.columns])

    def _outputs(self) -> Profile | None:
        from treadle.statistics import profile

        like = self.reference.outputs
        if like is None:
            return None
        answered = self.answers.filter(self.own & self.answers["error"].is_null())
        return profile.window(named(answered, OUTPUT), like)

    def _joint(self, sample: pl.DataFrame | None) -> Check:
        from treadle.core.errors import FormatError, UsageError
        from treadle.statistics.joint import domain_classifier

        before = self._reference_rows()
        if before is None or sample is None:
            return checks.unknown(
                "joint", f"there are no rows of inputs to compare with: {self.version.ref} keeps no holdout and no sample"
            )
        seed = self.progress.number + 1
        names = [name for name in watched(sample, self.settings).columns if name in before.columns]
        try:
            found = domain_classifier(before.select(names), sample.select(names), seed=seed)
        except UsageError as error:
            return Check(kind="joint", verdict="small", sentence=error.what)
        except FormatError as error:
            return checks.unknown("joint", f"{error.what}: {error.hint}")
        return Check(
            kind="joint",
            verdict="bad" if found.drifted else "good",
            sentence=found.sentence,
            columns=tuple(name for name, share in list(found.contributions.items())[:5] if found.drifted and share > 0.005),
            numbers={
                "area": [checks.plain(found.area.value), checks.plain(found.area.low), checks.plain(found.area.high)],
                "p": checks.plain(found.p_value),
                "rows": list(found.rows),
                "contributions": {name: checks.plain(share) for name, share in list(found.contributions.items())[:20]},
            },
        )

    # --- with labels

    def performance(self) -> Labels:
        """Waits until enough of the labels are there; until then it is estimated, where that was asked for and can be done."""
        settings, wished = self.settings, self.settings.performance
        assert wished is not None
        kind = performance.KIND
        baselines = self.progress.slices
        mine = self.answers.filter(self.own)
        keyed = mine.filter(mine["key"].is_not_null() & mine["error"].is_null())
        if not len(keyed):
            why = "no prediction of this window carries a key, so no label can belong to it: send `key` with each row"
            return Labels([checks.unknown(kind, why)], 0, waiting=False, baselines=baselines)
        frame = labelled_frame(keyed, self.source)
        labelled = int(frame["label"].is_not_null().sum())
        waiting = labelled < len(frame)
        if labelled < wished.labelled * len(frame):
            sentence = f"{labelled} of {len(frame)} labels have come, {wished.labelled:.0%} are waited for"
            found = [Check(kind=kind, verdict="waiting", sentence=sentence, numbers={"labelled": labelled, "rows": len(frame)})]
            found += [self._estimate(frame)] if wished.estimate and len(frame) >= settings.least_rows else []
            return Labels(found, labelled, waiting, baselines)
        rows = performance.labelled_rows(frame)
        if rows is None or len(rows.rows) < settings.least_rows:
            count = 0 if rows is None else len(rows.rows)
            return Labels([checks.small(kind, count, settings)], labelled, waiting, baselines)
        found = [performance.whole(rows, wished, self.version)]
        masks = {}
        for label in self.slices:
            name = label.partition("=")[0]
            masks[label] = (self.slicers[name].labels(frame[f"{INPUT}{name}"]) == label).to_numpy()
        sliced, baselines = performance.sliced(rows, wished, self.version, masks, settings.least_rows, baselines)
        return Labels([*found, *sliced], labelled, waiting, baselines)

    def _estimate(self, frame: pl.DataFrame) -> Check:
        wished = self.settings.performance
        assert wished is not None
        earlier = self.source.labelled(self.version.number, self.progress.number + 1)
        known = None
        if earlier is not None:
            answers, _ = read_answers(self.reader, earlier, self.settings)
            versions = self.source.versions(answers["revision"].unique().to_list())
            mine = [number for number, one in versions.items() if one.number == self.version.number]
            answers = answers.filter(answers["revision"].is_in(mine) & answers["key"].is_not_null())
            known = performance.labelled_rows(labelled_frame(answers, self.source))
        return performance.estimated(known, frame, wished, self.version, seed=self.progress.number + 1)


def _same_inputs(one: ModelVersion, other: ModelVersion) -> bool:
    if one.number == other.number or one.signature is None or other.signature is None:
        return True
    return {column.name for column in one.signature.inputs} == {column.name for column in other.signature.inputs}


def _add(profiles: dict[str, Profile], label: str, part: Profile) -> None:
    from treadle.statistics import profile

    profiles[label] = profile.merge(profiles[label], part) if label in profiles else part


def _of_slice(check: Check, label: str) -> Check:
    return msgspec.structs.replace(check, slice=label)
