"""The check: everything that is found out about a fitted model, in the order in which one thing needs the other."""

from __future__ import annotations

import importlib
import os
import tempfile
from pathlib import Path
from typing import Any

from treadle.check import asking, gating, seen
from treadle.check.asking import Asked
from treadle.check.measures import Judged
from treadle.check.plain import plain
from treadle.contract.data import Artifact
from treadle.contract.registry import Evidence, Facts, Signature
from treadle.core.errors import DataError, TreadleError
from treadle.sdk import models
from treadle.sdk.formats.protocol import class_name


class Case:
    """What gates look at. `answers` and `judged` are of the holdout; the champion's are there when there is a champion.

    Attributes that could not be had are None, and `notes` say why; `need` turns that into an error of the gate that asks.
    """

    def __init__(self, declared: models.Model, value: Any, training: Any, holdout: Any, champion: Any) -> None:
        self.declared = declared
        self.value = value
        self.champion_value = champion
        self.training = as_table(training, "training")
        self.holdout = as_table(holdout, "holdout")
        self.label = declared.label
        self.seed = int(os.environ.get("TREADLE_SEED", "0"))
        self.artifact: Artifact | None = models.taken.get("model")
        self.champion_artifact: Artifact | None = models.taken.get("champion")
        self.notes: dict[str, str] = {}
        self.asked: Asked | None = None
        self.champion: Asked | None = None
        self.answers: dict[str, Any] | None = None
        self.judged: Judged | None = None
        self.champion_judged: Judged | None = None
        self.signature: Signature | None = None

    @property
    def champion_ref(self) -> str:
        return self.champion_artifact.name if self.champion_artifact is not None else "the champion"

    @property
    def same_as_champion(self) -> bool:
        """Whether the champion is this very model, looked at again."""
        ours, theirs = self.artifact, self.champion_artifact
        return ours is not None and theirs is not None and ours.digest == theirs.digest

    def tables(self) -> list[Any]:
        return [table for table in (self.training, self.holdout) if table is not None]

    def need(self, name: str) -> Any:
        """What a gate cannot do without; raises DataError with the reason why it is not there."""
        found = getattr(self, name)
        if found is None:
            raise DataError(self.notes.get(name, f"the check has no {name}"), hint="register(fitted, training=..., holdout=...)")
        return found


def look_at(declared: models.Model, value: Any, *, training: Any, holdout: Any, champion: Any) -> dict[str, Any]:
    """Looks at a model; answers the outputs of a check by name. A gate that breaks is evidence, not an end."""
    case = Case(declared, value, training, holdout, champion)
    if not case.tables():
        raise DataError(f"the check of `{declared.name}` was given no rows", hint="register(fitted, training=..., holdout=...)")
    _ask(case)
    _judge(case)
    metrics = case.judged.measure() if case.judged is not None else {}
    gates = gating.verdicts(case, declared.gates)
    onnx = _onnx(case)
    profile = _profile(case)
    rows = {name: int(table.height) for name, table in (("training", case.training), ("holdout", case.holdout)) if table is not None}
    values = {name: plain(metric.value) for name, metric in metrics.items()}
    intervals = {name: (plain(metric.low), plain(metric.high)) for name, metric in metrics.items()}
    evidence = Evidence(
        label=declared.label,
        signature=case.signature,
        metrics={name: one for name, one in values.items() if one is not None},
        facts=Facts(
            intervals={name: pair for name, pair in intervals.items() if None not in pair},
            rows=rows,
            notes=case.notes,
            seed=case.seed,
        ),
        data_until=seen.newest_moment(case.training) if case.training is not None else None,
        gates=gates,
    )
    features = case.asked.features if case.asked is not None else ()
    sample = seen.sample_of(case.tables()[-1], features, case.seed) if features else None
    return {"evidence": evidence, "sample": sample, "profile": profile, "onnx": onnx}


def as_table(value: Any, name: str) -> Any:
    """A table of any library as polars; raises DataError for something else."""
    if value is None:
        return None
    from treadle.sdk.formats.conversion import convert, frame_library

    if frame_library(value) is None:
        raise DataError(f"`{name}` is {class_name(value)}, and a check needs a table with the label as a column", hint="return a DataFrame")
    table = convert(value, "polars", name)
    if not table.height:
        raise DataError(f"`{name}` has no rows")
    return table


def _ask(case: Case) -> None:
    """Finds out how the model is asked, asks it for the whole holdout, and writes its signature."""
    table = case.tables()[0]
    features: list[str] = []
    try:
        features = asking.features_of(case.value, table, case.declared.features, case.label)
        case.asked = asking.find_out(case.value, table, features)
        answered = case.holdout if case.holdout is not None else table.head(seen.SAMPLE)
        answers = case.asked.answers(answered)
        case.signature = seen.signature_of(case.asked, [one.select(features) for one in case.tables()], answers)
    except Exception as error:  # the user's model may raise anything; that it cannot be asked is what the check found
        case.asked = None
        tried = (
            f" (asked with {', '.join(features[:8])}; features=[...] says otherwise)" if case.declared.features is None and features else ""
        )
        case.notes["asked"] = case.notes["signature"] = f"the model could not be asked: {_said(error)}{tried}"
        return
    if case.holdout is not None:
        case.answers = answers


def _judge(case: Case) -> None:
    """Puts the answers beside the truth, the champion's likewise."""
    reason = _no_judgement(case)
    if reason is not None:
        for name in ("judged", "answers", "holdout"):
            case.notes.setdefault(name, reason)
        return
    truth = case.holdout[case.label].to_list()
    try:
        case.judged = Judged(_judgeable(case.asked, case.answers or {}), truth)
        if case.judged.unknown:
            case.notes["unknown"] = f"{case.judged.unknown} rows of the holdout have a class that the model does not know"
    except TreadleError as error:
        case.notes["judged"] = error.what
    if case.champion_value is None or case.judged is None:
        return
    try:
        case.champion = _champion(case)
        case.champion_judged = Judged(_judgeable(case.champion, case.champion.answers(case.holdout)), truth)
    except Exception as error:  # what the champion raises concerns the gates that compare with it
        case.notes["champion_judged"] = f"{case.champion_ref} could not be asked with this holdout: {_said(error)}"


def _judgeable(asked: Asked | None, answers: dict[str, Any]) -> dict[str, Any]:
    """The answers as what they mean: classes that a classifier writes as numbers are words, not quantities."""
    if asked is None or asked.method != "predict" or getattr(asked.value, "classes_", None) is None:
        return answers
    return {name: values.astype(str) for name, values in answers.items()}


def _no_judgement(case: Case) -> str | None:
    if case.asked is None:
        return case.notes["asked"]
    if case.holdout is None:
        return "no holdout was given, so nothing could be measured"
    if case.label is None:
        return f'`{case.declared.name}` declares no label, so nothing could be measured: model("{case.declared.name}", label="...")'
    if case.label not in case.holdout.columns:
        return f"the holdout has no column `{case.label}`, the label"
    return None


def _champion(case: Case) -> Asked:
    """The champion, asked as its own signature says; one without a signature like this version."""
    import msgspec

    about = case.champion_artifact.about.get("signature") if case.champion_artifact is not None else None
    if about is not None:
        return asking.known(case.champion_value, msgspec.convert(about, Signature))
    features = asking.features_of(case.champion_value, case.holdout, case.declared.features, case.label)
    return asking.find_out(case.champion_value, case.holdout, features)


def _said(error: Exception) -> str:
    first = (str(error).strip().splitlines() or [""])[0][:300]
    return f"{type(error).__name__}: {first}" if not isinstance(error, TreadleError) else error.what


def _onnx(case: Case) -> Any:
    """The model in a form that answers faster, when it gives the same answers; else None, and a note says why."""
    if case.asked is None or case.asked.frame != "numpy":
        case.notes["onnx"] = "no ONNX form: the model does not take a matrix of numbers"
        return None
    if type(case.value).__name__ == "ModelProto":
        case.notes["onnx"] = "the model is ONNX already"
        return None
    try:
        convert = importlib.import_module("treadle.endpoint.convert")
        data, reason = convert.to_onnx(case.value, case.asked.rows(case.tables()[-1].head(1000)))
        if data is None:
            case.notes["onnx"] = f"no ONNX form: {reason}"
            return None
        return importlib.import_module("onnx").load_model_from_string(data)
    except ModuleNotFoundError as error:
        case.notes["onnx"] = f"no ONNX form: the package {error.name} is not installed"
    except Exception as error:  # a converter that breaks costs speed, not the version
        case.notes["onnx"] = f"no ONNX form: {_said(error)}"
    return None


def _profile(case: Case) -> Path | None:
    """The reference profile as a file, so that its bytes always lie under their digest."""
    if case.signature is None:
        case.notes["profile"] = f"no profile: {case.notes.get('signature', 'there is no signature')}"
        return None
    table = case.holdout if case.holdout is not None else case.training
    target = Path(tempfile.mkdtemp(prefix="check-", dir=os.environ.get("TREADLE_WORK"))) / "profile.json"
    target.write_bytes(seen.profile_of(table, case.signature, case.answers))
    return target
