"""Everything in one place carried to another, and compared: counts of all things, every value of metrics, digests of all files.

What is there already is passed over, so a transfer that was interrupted goes on where it was, and one that is repeated brings what has
come since. Nothing is deleted anywhere.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Iterator

import msgspec
from blake3 import blake3

from treadle.compat.mlflow.transfer.parts import File, LoggedModel, Model, Points, Run, Source, Target, Version
from treadle.core.errors import TreadleError

_BATCH = 10_000  # points in one write


class Count(msgspec.Struct, kw_only=True):
    """`found` in the source, `new` of them written this time, `differ`: those that are not the same on both sides afterwards."""

    found: int = 0
    new: int = 0
    differ: int = 0


class Report(msgspec.Struct, kw_only=True):
    """What a transfer did, by kind of thing; `bytes` of files were written. `problems` name what could not be brought, and why."""

    source: str
    target: str
    experiments: Count = msgspec.field(default_factory=Count)
    runs: Count = msgspec.field(default_factory=Count)
    params: Count = msgspec.field(default_factory=Count)
    tags: Count = msgspec.field(default_factory=Count)
    points: Count = msgspec.field(default_factory=Count)
    inputs: Count = msgspec.field(default_factory=Count)
    files: Count = msgspec.field(default_factory=Count)
    logged_models: Count = msgspec.field(default_factory=Count)
    models: Count = msgspec.field(default_factory=Count)
    versions: Count = msgspec.field(default_factory=Count)
    bytes: int = 0
    problems: list[str] = []

    @property
    def equal(self) -> bool:
        return not self.problems and not any(count.differ for _, count in self.counts())

    def counts(self) -> Iterator[tuple[str, Count]]:
        for field in self.__struct_fields__:
            value = getattr(self, field)
            if isinstance(value, Count):
                yield field, value


def carry(
    source: Source,
    target: Target,
    *,
    experiments: Iterable[str] = (),
    reread: bool = False,
    say: Callable[[str], None] = lambda _text: None,
) -> Report:
    """Carries all experiments with their runs and logged models, then the registry; or the named experiments alone.

    With `reread` files that are there already are read on both sides and compared byte for byte, else by size and, where both sides
    know it, digest. `say` hears of each experiment and model that is done.
    """
    report = Report(source=source.where, target=target.where)
    only, missing = set(experiments), set(experiments)
    carrier = _Carrier(source, target, report, reread=reread)
    for one in source.experiments():
        if only and one.name not in only:
            continue
        missing.discard(one.name)
        report.experiments.found += 1
        number, fresh = target.experiment(one)
        report.experiments.new += fresh
        for run in sorted(source.runs(one.id), key=lambda run: run.started_at):  # so that parents come before their children
            carrier.run(run, number)
        for model in source.logged_models(one.id):
            carrier.logged_model(model, number)
        carrier.links()
        say(f"experiment {one.name}: {report.runs.found} runs, {report.points.found:,} points so far")
    report.problems += [f"there is no experiment `{name}` in {source.where}" for name in sorted(missing)]
    for registered in source.models() if not only else ():
        carrier.registered(registered)
        say(f"model {registered.name}")
    return report


class _Carrier:
    def __init__(self, source: Source, target: Target, report: Report, *, reread: bool) -> None:
        self._source, self._target, self._report, self._reread = source, target, report, reread
        self._linked: list[Run] = []

    # --- runs -------------------------------------------------------------------------------------------------------------

    def run(self, one: Run, experiment: str) -> None:
        report = self._report
        report.runs.found += 1
        here = self._target.run(one, experiment)
        if here is None:
            self._target.open(one, experiment)
            report.runs.new += 1
        elif here.deleted:
            report.runs.differ += not one.deleted
            return
        params = {name: value for name, value in one.params.items() if here is None or here.params.get(name) != value}
        known = {} if here is None else here.tags
        tags = {name: value for name, value in one.tags.items() if name not in known and name != _RUN_NAME}
        if params or tags:
            self._tried(f"the parameters and tags of run {one.id}", lambda: self._target.log(one, {}, params, tags))
        report.params.found += len(one.params)
        report.params.new += len(params)
        report.tags.found += len(one.tags)
        report.tags.new += len(tags)
        for metric in one.metrics:
            self._points(one, metric, fresh=here is None or metric not in here.metrics)
        report.inputs.found += len(one.inputs)
        report.inputs.new += len(one.inputs) if here is None else max(0, len(one.inputs) - len(here.inputs))
        self._linked.append(one)
        self._files(one)
        self._target.close(one)
        self._compare(one, experiment)

    def _points(self, one: Run, metric: str, *, fresh: bool) -> None:
        """Points of one metric; what the target has of them is compared with all there are."""
        given = _distinct(self._source.points(one, metric))
        self._report.points.found += len(given)
        there = set() if fresh else _distinct(self._target.points(one, metric))
        missing = sorted(given - there, key=lambda point: (point[0], point[1]))
        for start in range(0, len(missing), _BATCH):
            part = missing[start : start + _BATCH]
            many = Points(steps=[p[0] for p in part], times=[p[1] for p in part], values=[_float(p[2]) for p in part])
            self._target.log(one, {metric: many}, {}, {})
        self._report.points.new += len(missing)
        self._report.points.differ += len(given ^ _distinct(self._target.points(one, metric))) if missing or fresh else len(there - given)

    def links(self) -> None:
        """Which data and models runs took in and made, once all models of the experiment are there."""
        for one in self._linked:
            if not one.deleted:
                self._tried(f"the inputs of run {one.id}", functools.partial(self._target.describe, one))
        self._linked.clear()

    def _compare(self, one: Run, experiment: str) -> None:
        here = self._target.run(one, experiment)
        report = self._report
        if here is None or (here.status, here.name, here.deleted) != (one.status, one.name, one.deleted):
            report.runs.differ += 1
        if here is not None:
            report.params.differ += sum(here.params.get(name) != value for name, value in one.params.items())
            report.tags.differ += sum(name not in here.tags for name in one.tags if name != _RUN_NAME)

    # --- files ------------------------------------------------------------------------------------------------------------

    def _files(self, owner: Run | LoggedModel) -> None:
        what = f"the files of {'run' if isinstance(owner, Run) else 'logged model'} {owner.id}"
        self._tried(what, lambda: self._put_all(owner))

    def _put_all(self, owner: Run | LoggedModel) -> None:
        report = self._report
        here: dict[str, File] | None = None
        for one in self._source.files(owner):
            here = self._target.here(owner) if here is None else here
            report.files.found += 1
            known = here.get(one.path)
            if known is not None and known.size == one.size and not self._reread and one.digest in (None, known.digest):
                continue
            if known is not None and _digest(known) == _digest(one):
                continue
            hasher = blake3()
            stored = self._target.put(owner, one.path, self._counted(one, hasher))
            report.files.new += 1
            if (stored or self._read_back(owner, one.path)) != hasher.hexdigest():
                report.files.differ += 1

    def _counted(self, one: File, hasher: blake3) -> Iterator[bytes]:
        for block in one.read():
            hasher.update(block)
            self._report.bytes += len(block)
            yield block

    def _read_back(self, owner: Run | LoggedModel, path: str) -> str:
        """The digest of what a target holds that does not say it."""
        kept = self._target.here(owner).get(path)
        return "" if kept is None else _digest(kept)

    # --- models -----------------------------------------------------------------------------------------------------------

    def logged_model(self, one: LoggedModel, experiment: str) -> None:
        self._report.logged_models.found += 1

        def bring() -> None:
            self._report.logged_models.new += self._target.logged_model(one, experiment)
            self._put_all(one)
            self._target.finish(one)

        self._tried(f"logged model {one.id}", bring)

    def registered(self, one: Model) -> None:
        report = self._report
        report.models.found += 1

        def bring() -> None:
            report.models.new += self._target.model(one)

        if not self._tried(f"model {one.name}", bring):
            return
        for version in self._source.versions(one.name):
            report.versions.found += 1
            self._tried(f"version {version.number} of model {one.name}", functools.partial(self._version, version))
        self._tried(f"the aliases of model {one.name}", lambda: self._target.aliases(one))

    def _version(self, one: Version) -> None:
        self._report.versions.new += self._target.version(one)

    def _tried(self, what: str, work: Callable[[], None]) -> bool:
        """Does a piece of work; what cannot be brought is named and the rest goes on. A server that is away ends everything."""
        try:
            work()
        except TreadleError as error:
            if error.status >= 500:
                raise
            self._report.problems.append(f"{what}: {error.what}" + (f" ({error.hint})" if error.hint else ""))
            return False
        return True


_RUN_NAME = "mlflow.runName"
_NOT_A_NUMBER = "nan"  # in a set of points: it is not equal to itself

Point = tuple[int, int, float | str]


def _distinct(points: Points) -> set[Point]:
    return {
        (step, at, _NOT_A_NUMBER if math.isnan(value) else value)
        for step, at, value in zip(points.steps, points.times, points.values, strict=True)
    }


def _float(value: float | str) -> float:
    return math.nan if isinstance(value, str) else value


def _digest(one: File) -> str:
    if one.digest is not None:
        return one.digest
    hasher = blake3()
    for block in one.read():
        hasher.update(block)
    return hasher.hexdigest()
