"""Words about models: versions with their evidence, aliases, gates, approvals and cards."""

from __future__ import annotations

from typing import Any

import msgspec

from treadle.contract.data import Artifact
from treadle.core.operation import DELETE, GET, POST, operation


class Column(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A column that a model takes or gives, as it was really seen.

    `type` is one of boolean, int64, float64, string, datetime; narrower types are widened, because JSON knows no others.
    `lowest` and `highest` are the extremes seen, `categories` the words seen where there are at most 200 of them.
    """

    name: str
    type: str
    nullable: bool = False
    lowest: float | None = None
    highest: float | None = None
    categories: tuple[str, ...] | None = None


class Signature(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a model takes and gives. `frame` is how it wants its rows: numpy (a float64 matrix), polars or pandas (a table);
    `method` is what is called: predict_proba, predict, or a name of a class's own; `rows` is how many rows were looked at."""

    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]
    frame: str = "numpy"
    method: str = "predict"
    rows: int = 0


class GateResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one gate found. `state`: passed, failed, waiting (for a person), error (the gate itself broke).

    `sentence` says it in plain words with the numbers; `evidence` holds what the sentence was made from.
    """

    gate: str
    kind: str
    state: str
    sentence: str
    evidence: dict[str, Any] = {}
    at: float = 0.0
    run: int | None = None


class Approval(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person's yes or no to a version, with words. `overridden`: a yes although gates had failed."""

    gate: str
    decision: str
    words: str
    actor: str
    at: float
    overridden: bool = False


class Facts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What else is known of a check, so that it can be performed again.

    `intervals` are 95% intervals of the metrics. `sources` say where the check's inputs came from (`training`, `holdout`,
    `champion`, `model`): `dataset://flights@v3`, `run://12/holdout`, `model://flight-delay@v2`. `rows` are their heights, `notes`
    sentences about what could not be had, by what it is (`onnx`, `profile`). `seed` made the draws of all resampling.
    """

    intervals: dict[str, tuple[float, float]] = {}
    sources: dict[str, str] = {}
    rows: dict[str, int] = {}
    notes: dict[str, str] = {}
    seed: int = 0


class Evidence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a check found. It travels whole in `about["evidence"]` of the check's output `evidence`, so that the transaction in
    which the check ends can write it into the record without reading bytes; what is long lies in the output's bytes alone."""

    label: str | None = None
    signature: Signature | None = None
    metrics: dict[str, float] = {}
    facts: Facts = Facts()
    data_until: float | None = None
    gates: tuple[GateResult, ...] = ()


class ModelVersion(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One immutable version of a model with its evidence.

    `stage`: candidate (gates have not spoken), waiting (for a person), approved, failed, rejected. What is live is said by aliases
    and endpoints, never by the stage. `artifact` is the model's bytes; `onnx` an equal form for faster answers, when its parity
    test passed; `profile` the digest of the reference profile (what the inputs and predictions looked like); `sample` a few rows
    of real input; `holdout` the labelled rows on which gates judged. `label` is the name of the truth's column. `data_until` is
    the newest moment in the training data, where it is known.
    """

    model: str
    number: int
    stage: str
    artifact: Artifact
    run: int | None = None
    check: int | None = None
    """The run that looked at it: signature, profile, gates."""
    signature: Signature | None = None
    onnx: Artifact | None = None
    profile: str | None = None
    sample: Artifact | None = None
    holdout: Artifact | None = None
    label: str | None = None
    data_until: float | None = None
    metrics: dict[str, float] = {}
    facts: Facts = Facts()
    gates: tuple[GateResult, ...] = ()
    approvals: tuple[Approval, ...] = ()
    aliases: tuple[str, ...] = ()
    card: dict[str, str] = {}
    project: str = "default"
    created_at: float
    actor: str
    cause: int | None = None

    @property
    def ref(self) -> str:
        return f"{self.model}@v{self.number}"

    @property
    def title(self) -> str:
        """How a version introduces itself everywhere: `flight-delay@v3 (champion, approved)`."""
        return f"{self.ref} ({', '.join([*self.aliases, self.stage])})"


class Model(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A named line of versions. `aliases` are movable names on version numbers (champion, challenger, shadow, or any word)."""

    name: str
    versions: int
    latest: ModelVersion | None = None
    aliases: dict[str, int] = {}
    card: dict[str, str] = {}
    created_at: float


class ListModels(msgspec.Struct, frozen=True, kw_only=True):
    prefix: str = ""


list_models = operation(
    "registry.models", GET, "/models", ListModels, list[Model], allow="model:read", summary="Models with their latest version and aliases."
)


class ModelName(msgspec.Struct, frozen=True, kw_only=True):
    model: str


list_versions = operation(
    "registry.versions",
    GET,
    "/models/{model}/versions",
    ModelName,
    list[ModelVersion],
    allow="model:read",
    summary="Versions of a model, newest first, with gates and aliases.",
)


class VersionRef(msgspec.Struct, frozen=True, kw_only=True):
    """`ref` is `name`, `name@latest`, `name@v3` or `name@alias`, with or without `model://` in front."""

    ref: str


get_version = operation(
    "registry.version", GET, "/model-versions/{ref}", VersionRef, ModelVersion, allow="model:read", summary="One version of a model."
)


class Register(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A new version out of an artifact: a run's output (`run`, `output`), or bytes that are already stored (`artifact`).

    `key` makes it idempotent. Without gates (no model declaration and no check) the version is a candidate until it is checked.
    """

    model: str
    run: int | None = None
    output: str = "result"
    artifact: Artifact | None = None
    key: str
    label: str | None = None
    card: dict[str, str] = {}


register = operation(
    "registry.register",
    POST,
    "/models/{model}/versions",
    Register,
    ModelVersion,
    allow="model:write",
    summary="Make a version of a model out of a run's output.",
)


class Conclude(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Takes in what a check found: `check` is the run whose outputs hold signature, profile, sample and evidence.

    A check's own end does this by itself; this is for a check of a version that was registered later."""

    ref: str
    check: int


conclude = operation(
    "registry.conclude",
    POST,
    "/model-versions/{ref}/conclude",
    Conclude,
    ModelVersion,
    allow="model:write",
    summary="Take in what a check of a version found.",
)


class Decide(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person's word on a version: `decision` is yes or no, `words` say why.

    A yes to a version whose gates failed, or that was rejected, is an override: it must say `override` and why, and is recorded
    as such. `gate` names one approval gate; without it the word holds for all that wait.
    """

    ref: str
    decision: str
    words: str = ""
    gate: str = ""
    override: bool = False


decide = operation(
    "registry.decide",
    POST,
    "/model-versions/{ref}/decisions",
    Decide,
    ModelVersion,
    allow="model:approve",
    summary="Approve or reject a version, with words.",
)


class SetAlias(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Moves an alias to a version (`version` is a number). Moving `champion` to a version that is not approved is refused."""

    model: str
    alias: str
    version: int
    reason: str = ""


set_alias = operation(
    "registry.alias", POST, "/models/{model}/aliases/{alias}", SetAlias, Model, allow="model:write", summary="Move an alias to a version."
)


class RemoveAlias(msgspec.Struct, frozen=True, kw_only=True):
    model: str
    alias: str


remove_alias = operation(
    "registry.remove_alias",
    DELETE,
    "/models/{model}/aliases/{alias}",
    RemoveAlias,
    Model,
    allow="model:write",
    summary="Remove an alias.",
)


class AliasChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One move of an alias: from version number `former` (None: it was new) to `version` (None: it was removed)."""

    alias: str
    version: int | None
    former: int | None
    at: float
    actor: str
    reason: str = ""
    entry: int | None = None


alias_history = operation(
    "registry.history",
    GET,
    "/models/{model}/history",
    ModelName,
    list[AliasChange],
    allow="model:read",
    summary="How the aliases of a model moved, newest first.",
)


class WriteCard(msgspec.Struct, frozen=True, kw_only=True):
    """Words by people for a model's or (`ref` with a version) a version's card: sections by name; an empty text removes one."""

    ref: str
    sections: dict[str, str]


write_card = operation(
    "registry.write_card", POST, "/model-cards/{ref}", WriteCard, ModelVersion, allow="model:write", summary="Write sections of a card."
)


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A model card as Markdown: facts filled in by us, words by people."""

    ref: str
    markdown: str


read_card = operation(
    "registry.card", GET, "/model-cards/{ref}", VersionRef, Card, allow="model:read", summary="A version's card as Markdown."
)
