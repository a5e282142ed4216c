"""`model(...)`: a model named in code - what it is made of, which gates its versions must pass, and a version to read.

    flight_delay = model("flight-delay", label="late", gates=[gates.metric("auc", at_least=0.62)])

    @pipeline
    def late_arrivals():
        days = prepare()
        flight_delay.register(train(days.training), training=days.training, holdout=days.holdout)

Inside a pipeline `register` records a run of its own, the check: it looks at the model, asks the gates, and when it ends the version
stands on record with all of that. The check is found again in the worker by the name of the module's variable (`flight_delay.check`).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from treadle.core.errors import DefinitionError, UsageError
from treadle.sdk import define
from treadle.sdk.define import Declared

if TYPE_CHECKING:
    from treadle.contract.data import Artifact
    from treadle.contract.registry import Evidence, ModelVersion
    from treadle.core.definition import Definition
    from treadle.sdk.gates import Gate

OUTPUTS = ("evidence", "sample", "profile", "onnx")
taken: dict[str, Artifact] = {}
"""What the step at work in this process was given, as artifacts, by the names of its inputs: set by the worker, empty elsewhere."""


class Model:
    """A model by name. As the default of a step's argument it is that input's source, as an output it makes versions."""

    def __init__(
        self, ref: str, *, label: str | None = None, features: Sequence[str] | None = None, gates: Sequence[Gate] = (), **options: Any
    ) -> None:
        from treadle.core.ids import parse_model_ref

        parsed = parse_model_ref(ref)
        self.name = parsed.name
        self.ref = str(parsed) if "@" in ref else parsed.name
        self.label = label
        self.features = tuple(features) if features is not None else None
        self.gates = tuple(gates)
        self.options = options
        self._check: Check | None = None
        frame = sys._getframe(2)
        self._module: dict[str, Any] = frame.f_globals
        self._place = (frame.f_code.co_filename, frame.f_lineno)
        _examine(self)

    def __repr__(self) -> str:
        return f"model({self.ref!r})"

    @property
    def check(self) -> Check:
        """The step that looks at a model: what `register` calls, and what the worker finds under this name."""
        if self._check is None:
            self._check = Check(self)
        return self._check

    def register(self, model: Any, *, training: Any = None, holdout: Any = None) -> Any:
        """Makes the next version out of a fitted model, with everything that a check finds.

        In a pipeline: records the check as a run and answers its handle; `training` and `holdout` are tables (handles of them, or
        datasets) with the label as a column. Anywhere else: looks at the model here and answers the evidence; nothing is recorded.
        """
        given = {name: value for name, value in (("training", training), ("holdout", holdout)) if value is not None}
        if not given:
            raise UsageError(
                f"`{self.name}` is registered without data, so nothing can be found out about it",
                hint="register(fitted, training=..., holdout=...), or @step(outputs=model(...)) to register without a check",
            )
        if define._orchestrator is not None:
            return self.check(model, **given)
        found: dict[str, Any] = self.check(model, **given)
        evidence: Evidence = found["evidence"]
        return evidence

    def read(self) -> Any:
        """The model itself, loaded, for scripts and notebooks: the version that the reference means now."""
        from treadle.sdk.client import connect

        with connect() as client:
            return client.read_model(self.ref)

    def version(self) -> ModelVersion:
        """The version that the reference means now, with its evidence."""
        from treadle.contract.registry import VersionRef, get_version
        from treadle.sdk.client import connect

        with connect() as client:
            return client(get_version, VersionRef(ref=self.ref))

    def variable(self) -> str:
        """The name of the module's variable that holds this model, by which a worker finds it again; raises DefinitionError."""
        for name, value in self._module.items():
            if value is self:
                return name
        raise DefinitionError(
            f"the model `{self.name}` has no name in its module, so a worker could not find it again",
            where=f"{self._place[0]}:{self._place[1]}",
            hint=f'write it at the top of the module: {self.name.replace("-", "_").replace(".", "_")} = model("{self.name}", ...)',
        )


class Check(Declared[..., Any]):
    """The step that looks at a model and asks its gates; see treadle.check."""

    def __init__(self, model: Model) -> None:
        self.model = model

        def check(model: Any, training: Any = None, holdout: Any = None, champion: Any = None) -> dict[str, Any]:
            from treadle.check import look_at

            return look_at(self.model, model, training=training, holdout=holdout, champion=champion)

        super().__init__(check, {"name": f"{model.name}.check"})

    @property
    def definition(self) -> Definition:
        if self._definition is None:
            self._definition = _definition(self.model)
        return self._definition


def _definition(model: Model) -> Definition:
    from treadle.core.definition import Definition, Input, Output
    from treadle.sdk.declaration import complete

    file, line = model._place
    files = [folder for gate in model.gates for folder in gate.files]
    made = Definition(
        kind="step",
        name=f"{model.name}.check",
        module=model._module.get("__name__"),
        file=file,
        function=f"{model.variable()}.check",
        line=line,
        inputs=(
            Input(name="model"),
            Input(name="training", form="polars", optional=True),
            Input(name="holdout", form="polars", optional=True),
            Input(name="champion", source=f"model://{model.name}@champion", optional=True),
        ),
        outputs=(Output(name="evidence", format="evidence"), *(Output(name=name) for name in OUTPUTS[1:])),
        registers=model.name,
        summary=f"Looks at a version of {model.name} and asks its gates.",
    )
    return complete(made, {"retries": 0, **model.options, "cache": False, "files": [*model.options.get("files", ()), *files]})


_OPTIONS = frozenset(
    ("time_limit", "cpu", "memory", "gpu", "packages", "lock", "image", "python", "secrets", "files", "engine", "fresh", "seed")
)


def _examine(model: Model) -> None:
    """Raises DefinitionError for a declaration that contradicts itself."""
    where = f"{model._place[0]}:{model._place[1]}"
    for name in model.options:
        if name not in _OPTIONS:
            raise DefinitionError(
                f"model `{model.name}` has no option `{name}`",
                where=where,
                hint=f"label, features, gates, and options of its check: {', '.join(sorted(_OPTIONS))}",
            )
    if model.gates and "@" in model.ref:
        raise DefinitionError(f"`{model.ref}` names one version and has gates", where=where, hint=f'model("{model.name}", gates=[...])')
    if model.label is not None and model.label in (model.features or ()):
        raise DefinitionError(f"`{model.label}` is the label of model `{model.name}` and one of its features", where=where)
    names = [gate.name for gate in model.gates]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DefinitionError(f"model `{model.name}` has two gates `{twice}`", where=where, hint='name one of them: name="..."')


def model(
    ref: str,
    *,
    label: str | None = None,
    features: Sequence[str] | None = None,
    gates: Sequence[Gate] = (),
    **options: Any,
) -> Any:
    """A model by name: `model("churn")`, `model("churn@champion")`, `model("churn@v3")`.

    `label` is the column with the truth, `features` the columns that the model takes (default: the names it was fitted with, else
    every column of the training data but the label), `gates` what each version must pass. `options` are those of a step, for the
    check: `time_limit`, `memory`, `files`, `packages` ...

    As the default of a step's argument it is that input's source: `def score(model: Any = model("churn@champion"))`. With
    `@step(outputs=model("churn"))` what the step returns becomes a version without a check: a candidate.
    """
    return Model(ref, label=label, features=features, gates=gates, **options)


def source_of(value: Any) -> str | None:
    """The reference of a model named in code, `model://...`; None for anything else."""
    return f"model://{value.ref}" if isinstance(value, Model) else None
