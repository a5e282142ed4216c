"""Models on both dialects: versions made by runs, judged by checks, decided by people, named by aliases."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select
from starlette.datastructures import Headers

from treadle.blobs import Blobs, open_blobs
from treadle.contract import registry as words
from treadle.contract import runs as run_words
from treadle.contract import work as w
from treadle.contract.access import Identify, Identity
from treadle.contract.data import Artifact
from treadle.contract.registry import Column, Decide, Evidence, Facts, GateResult, ModelVersion, Signature
from treadle.contract.runs import Binding, Code, End, Environment, SubmitRun
from treadle.core.content import digest_bytes
from treadle.core.definition import Definition, Input, Output
from treadle.core.errors import MissingContent, NotAllowed, NotPassed, StateError, UnknownModel, UnknownRun, UsageError
from treadle.core.ids import new_key
from treadle.core.operation import Call
from treadle.data.holding import _NAMES
from treadle.engines.protocol import Sight
from treadle.registry import cards, content, operations
from treadle.runs import operations as runs
from treadle.runs import work
from treadle.runs.dispatch import Dispatch
from treadle.server.guard import Guard
from treadle.server.settings import Settings
from treadle.store import journal
from treadle.store import tables as t
from treadle.store.database import Database

ADA = Call(actor="ada")
BOB = Call(actor="bob", role="member")
HERE = Environment(digest="e" * 64, python="3.11", platform="Linux")
PASSED = GateResult(gate="auc", kind="metric", state="passed", sentence="auc is 0.7", evidence={"value": 0.7})
FAILED = GateResult(gate="size", kind="size", state="failed", sentence="30 MB is more than 20 MB")
WAITING = GateResult(gate="approval", kind="approval", state="waiting", sentence="waits", evidence={"role": "approver", "four_eyes": True})


class Engine:
    """Takes jobs and does nothing with them."""

    def __init__(self) -> None:
        self.jobs: list[w.Job] = []

    def room(self) -> float:
        return 100.0

    def most(self) -> float:
        return 100.0

    def submit(self, job: Any) -> str:
        self.jobs.append(job)
        return str(job.attempt)

    def look(self, handles: Sequence[str]) -> dict[str, Sight]:
        return {h: Sight(handle=h, state="unknown") for h in handles}

    def stop(self, handle: str, grace: float) -> None: ...


class Bench:
    """Runs that end as the test says."""

    def __init__(self, store: Database, blobs: Blobs) -> None:
        self.store, self.blobs = store, blobs
        self.engine = Engine()
        self.dispatch = Dispatch(store, {"local": self.engine}, process="p1", environment=lambda _: HERE)

    def run(self, outputs: Sequence[Artifact], *, by: Call = ADA, bindings: dict[str, Binding] | None = None, **more: Any) -> int:
        inputs = more.pop("inputs", tuple(Input(name=name) for name in bindings or {}))
        definition = Definition(
            kind="step",
            name=more.pop("name", "train"),
            file="train.py",
            function="train",
            cache=False,
            inputs=inputs,
            outputs=more.pop("declared", tuple(Output(name=a.name) for a in outputs)),
            **more,
        )
        code = Code(digest="c" * 64, snapshot="a" * 64, commit="abcdef1234567890", dirty=True)
        request = SubmitRun(key=new_key(), definition=definition, bindings=bindings or {}, code=code)
        made = runs.submit(request, by, self.store)
        before = len(self.engine.jobs)
        while self.dispatch.tick():
            pass
        (job,) = self.engine.jobs[before:]
        held = w.Held(attempt=job.attempt, token=job.token)
        report = w.FinishAttempt(held=held, end=End(kind="done"), outputs=tuple(outputs))
        work.finish(w.FinishAttempts(attempts=(report,)), by, self.store, self.blobs)
        return made.id

    def train(self, data: bytes = b"model 1", **more: Any) -> int:
        return self.run([artifact("result", data, "sklearn")], **more)

    def check(self, run: int | str, *gates: GateResult, name: str = "churn", by: Call = ADA) -> int:
        evidence = Evidence(
            label="late",
            signature=Signature(inputs=(Column(name="x", type="float64"),), outputs=(Column(name="p", type="float64"),), rows=7),
            metrics={"auc": 0.7},
            facts=Facts(intervals={"auc": (0.6, 0.8)}, rows={"holdout": 7}),
            gates=gates,
        )
        outputs = [
            msgspec.structs.replace(artifact("evidence", b"{}", "evidence"), about={"evidence": msgspec.to_builtins(evidence)}),
            artifact("sample", b"rows", "parquet"),
            msgspec.structs.replace(artifact("profile", b"profile", "file"), inline=None),
        ]
        bindings = {
            "model": Binding(run=run) if isinstance(run, int) else Binding(model=run),
            "holdout": Binding(artifact=artifact("holdout", b"held out", "parquet")),
        }
        champion = Input(name="champion", source=f"model://{name}@champion", optional=True)
        inputs = (Input(name="model"), Input(name="holdout"), champion)
        return self.run(outputs, bindings=bindings, inputs=inputs, name="check", registers=name, by=by)

    def get(self, ref: str) -> ModelVersion:
        return operations.get_version(words.VersionRef(ref=ref), ADA, self.store)

    def news(self, kind: str) -> list[Any]:
        with self.store.reading() as tx:
            return list(journal.entries(tx, kind=kind))


def artifact(name: str, data: bytes, format: str) -> Artifact:
    return Artifact(name=name, digest=digest_bytes(data), size=len(data), format=format, inline=data)


@pytest.fixture
def bench(database: Database, tmp_path: Path) -> Bench:
    return Bench(database, open_blobs(tmp_path / "blobs", tmp_path / "cache"))


def test_a_check_makes_a_version_with_its_evidence_in_the_runs_own_transaction(bench: Bench) -> None:
    trained = bench.train(by=BOB)
    check = bench.check(trained, PASSED, by=BOB)
    version = bench.get("churn")
    assert (version.ref, version.stage, version.run, version.check, version.actor) == ("churn@v1", "approved", trained, check, "bob")
    assert version.artifact.inline == b"model 1"
    assert version.signature is not None
    assert version.signature.rows == 7
    assert (version.metrics, version.label, version.profile) == ({"auc": 0.7}, "late", digest_bytes(b"profile"))
    assert version.sample is not None
    assert version.holdout is not None
    assert (version.sample.inline, version.holdout.inline) == (b"rows", b"held out")
    assert version.facts.intervals == {"auc": (0.6, 0.8)}
    assert version.facts.sources == {"model": f"run://{trained}/result", "holdout": "given"}
    assert [(g.gate, g.state, g.run) for g in version.gates] == [("auc", "passed", check)]
    (registered,) = bench.news("model.registered")
    assert (registered.subject, registered.actor, registered.data["run"]) == ("model:churn@v1", "bob", trained)
    (approved,) = bench.news("version.approved")
    assert approved.data["ref"] == "churn@v1"
    assert approved.data["sentence"] == "churn@v1 passed its gate"
    assert [entry.kind for entry in bench.news("*") if "churn" in entry.subject] == [
        "model.registered",
        "version.checked",
        "version.approved",
    ]


def test_the_first_champion_is_missed_by_nobody_and_the_next_check_takes_it(bench: Bench, database: Database) -> None:
    bench.check(bench.train(), PASSED)
    operations.set_alias(words.SetAlias(model="churn", alias="champion", version=1, reason="first"), ADA, database)
    second = bench.train(b"model 2")
    bench.check(second, PASSED)
    version = bench.get("churn@latest")
    assert version.number == 2
    assert version.facts.sources["champion"] == "model://churn@v1"
    with database.reading() as tx:
        line = tx.all(select(t.lineage).where(t.lineage.c.source == "model://churn@v1"))
    assert [(row.run, row.name, row.digest) for row in line] == [(version.check, "champion", digest_bytes(b"model 1"))]


def test_equal_bytes_are_the_same_version_looked_at_again(bench: Bench) -> None:
    bench.check(bench.train(), FAILED)
    assert bench.get("churn").stage == "failed"
    bench.check(bench.train(), PASSED)
    version = bench.get("churn")
    assert (version.number, version.stage, [g.gate for g in version.gates]) == (1, "approved", ["auc"])
    assert len(bench.news("model.registered")) == 1
    bench.check("churn@v1", FAILED)
    assert (bench.get("churn").number, bench.get("churn").stage) == (1, "failed")
    bench.check(bench.train(b"model 2"), PASSED)
    bench.check(bench.train(), PASSED)
    assert [bench.get(ref).stage for ref in ("churn@v1", "churn@v2")] == ["approved", "approved"]
    assert bench.get("churn@latest").number == 2


def test_what_a_person_rejected_stays_so_whatever_gates_find_later(bench: Bench, database: Database) -> None:
    bench.check(bench.train(), PASSED)
    operations.decide(Decide(ref="churn@v1", decision="no", words="odd at night"), ADA, database)
    bench.check(bench.train(), PASSED)
    assert bench.get("churn@v1").stage == "rejected"
    assert len(bench.news("version.approved")) == 1
    yes = Decide(ref="churn@v1", decision="yes", words="understood now", override=True)
    assert operations.decide(yes, ADA, database).stage == "approved"


def test_a_step_may_register_what_it_gives(bench: Bench) -> None:
    run = bench.train(declared=(Output(name="result", model="churn"),))
    version = bench.get("model://churn@v1")
    assert (version.stage, version.run, version.check, version.gates) == ("candidate", run, None, ())


def test_a_check_without_evidence_ends_and_is_refused_as_news(bench: Bench) -> None:
    trained = bench.train()
    run = bench.run([artifact("result", b"1", "json")], bindings={"model": Binding(run=trained)}, registers="churn")
    assert runs.get_run(run_words.RunRef(run=str(run)), ADA, bench.store).state == "done"
    (refused,) = bench.news("model.refused")
    assert "no evidence" in refused.data["reason"]


def test_register_is_idempotent_and_names_what_is_missing(bench: Bench, database: Database) -> None:
    run = bench.train()
    request = words.Register(model="churn", run=run, key="k", card={"Intended use": "tests"})
    first = operations.register(request, BOB, database)
    assert operations.register(request, BOB, database) == first
    assert (first.ref, first.actor, first.card) == ("churn@v1", "ada", {"Intended use": "tests"})
    stored = operations.register(words.Register(model="churn", artifact=artifact("m", b"else", "onnx"), key="k2"), BOB, database)
    assert (stored.ref, stored.run, stored.actor) == ("churn@v2", None, "bob")
    with pytest.raises(MissingContent, match="no output `best`; its outputs: `result`"):
        operations.register(words.Register(model="churn", run=run, output="best", key="k3"), ADA, database)
    with pytest.raises(UnknownRun):
        operations.register(words.Register(model="churn", run=999, key="k4"), ADA, database)
    with pytest.raises(UsageError):
        operations.register(words.Register(model="churn", key="k5"), ADA, database)
    with pytest.raises(UsageError, match="not the name"):
        operations.register(words.Register(model="churn@v3", run=run, key="k6"), ADA, database)


def test_unknown_names_are_answered_with_the_near_one(bench: Bench, database: Database) -> None:
    bench.check(bench.train(), PASSED)
    for ref, what in [("chrun", "no model"), ("churn@v9", "no version 9"), ("churn@champion", "no alias `champion`")]:
        with pytest.raises(UnknownModel, match=what):
            bench.get(ref)
    with pytest.raises(UnknownModel) as error:
        bench.get("chrun")
    assert error.value.hint == "did you mean `churn`?"


def test_an_approval_waits_for_a_person_with_the_role_who_did_not_train_it(bench: Bench, database: Database) -> None:
    bench.check(bench.train(by=BOB), PASSED, WAITING, by=BOB)
    assert bench.get("churn").stage == "waiting"
    with pytest.raises(NotPassed, match="waits for approval"):
        operations.set_alias(words.SetAlias(model="churn", alias="champion", version=1), ADA, database)
    yes = Decide(ref="churn@v1", decision="yes", words="compared by hand")
    with pytest.raises(NotAllowed, match="role approver"):
        operations.decide(yes, Call(actor="eve", role="member"), database)
    with pytest.raises(NotAllowed, match="another person"):
        operations.decide(yes, Call(actor="bob", role="approver"), database)
    version = operations.decide(yes, Call(actor="eve", role="approver"), database)
    assert version.stage == "approved"
    assert [(a.actor, a.decision, a.words, a.overridden) for a in version.approvals] == [("eve", "yes", "compared by hand", False)]
    assert {g.gate: g.state for g in version.gates} == {"auc": "passed", "approval": "passed"}
    (news,) = bench.news("version.approved")
    assert (news.actor, news.data["overridden"]) == ("eve", False)


def test_the_servers_callers_bring_their_role() -> None:
    async def ask(_request: Identify) -> Identity:
        return Identity(known=True, guarded=True, actor="eve", role="approver", may=("model:approve",))

    guard = Guard(Settings(), ask, "local")
    call = asyncio.run(guard.call_of(Headers({"authorization": "Bearer trd_x"}), "model:approve"))
    assert (call.actor, call.role) == ("eve", "approver")


def test_versions_belong_to_the_project_of_their_run(bench: Bench, database: Database) -> None:
    elsewhere = Call(actor="ada", project="other")
    bench.check(bench.train(by=elsewhere), PASSED, by=elsewhere)
    assert operations.get_version(words.VersionRef(ref="churn"), elsewhere, database).project == "other"
    with pytest.raises(UnknownModel):
        bench.get("churn")
    assert {entry.project for entry in bench.news("*") if entry.subject.startswith("model:")} == {"other"}


def test_an_override_is_recorded_as_one(bench: Bench, database: Database) -> None:
    bench.check(bench.train(), FAILED)
    with pytest.raises(NotPassed, match="30 MB"):
        operations.decide(Decide(ref="churn@v1", decision="yes", words="hurry"), ADA, database)
    version = operations.decide(Decide(ref="churn@v1", decision="yes", words="hurry", override=True), ADA, database)
    assert (version.stage, version.approvals[0].overridden, version.gates[0].state) == ("approved", True, "failed")
    rejected = operations.decide(Decide(ref="churn@v1", decision="no", words="on second thought"), ADA, database)
    assert (rejected.stage, len(rejected.approvals)) == ("rejected", 2)
    assert [entry.data["overridden"] for entry in bench.news("version.*") if entry.kind in ("version.approved", "version.rejected")] == [
        True,
        False,
    ]


def test_aliases_move_with_history_and_news(bench: Bench, database: Database) -> None:
    bench.check(bench.train(), PASSED)
    bench.check(bench.train(b"model 2"), PASSED)
    move = words.SetAlias(model="churn", alias="champion", version=1, reason="first")
    operations.set_alias(move, ADA, database)
    operations.set_alias(move, ADA, database)
    model = operations.set_alias(words.SetAlias(model="churn", alias="champion", version=2), BOB, database)
    assert model.aliases == {"champion": 2}
    assert (bench.get("churn@champion").number, bench.get("churn@v1").aliases) == (2, ())
    assert operations.remove_alias(words.RemoveAlias(model="churn", alias="champion"), ADA, database).aliases == {}
    history = operations.alias_history(words.ModelName(model="churn"), ADA, database)
    assert [(m.version, m.former, m.actor) for m in history] == [(None, 2, "ada"), (2, 1, "bob"), (1, None, "ada")]
    moved = bench.news("alias.moved")
    assert [(e.subject, e.data["alias"], e.data["former"]) for e in moved] == [
        ("model:churn@v1", "champion", None),
        ("model:churn@v2", "champion", 1),
        ("model:churn@v2", "champion", 2),
    ]
    assert moved[1].data["sentence"] == "the champion of churn is now v2, it was v1"
    with pytest.raises(UnknownModel):
        operations.remove_alias(words.RemoveAlias(model="churn", alias="champion"), ADA, database)


def test_lists_show_versions_newest_first(bench: Bench, database: Database) -> None:
    bench.check(bench.train(), PASSED)
    bench.check(bench.train(b"model 2"), FAILED)
    bench.check(bench.train(b"other"), PASSED, name="price")
    assert [
        (m.name, m.versions, m.latest.stage if m.latest else "") for m in operations.list_models(words.ListModels(), ADA, database)
    ] == [
        ("churn", 2, "failed"),
        ("price", 1, "approved"),
    ]
    assert [m.name for m in operations.list_models(words.ListModels(prefix="p"), ADA, database)] == ["price"]
    listed = operations.list_versions(words.ModelName(model="churn"), ADA, database)
    assert [(v.number, v.stage, len(v.gates)) for v in listed] == [(2, "failed", 1), (1, "approved", 1)]


def test_cards_hold_facts_and_words(bench: Bench, database: Database) -> None:
    bench.check(bench.train(), PASSED)
    cards.write_card(words.WriteCard(ref="churn", sections={"Intended use": "for all", "Owner": "team"}), ADA, database)
    cards.write_card(words.WriteCard(ref="churn@v1", sections={"Intended use": "for this one"}), ADA, database)
    text = cards.read_card(words.VersionRef(ref="churn"), ADA, database).markdown
    for part in (
        "# churn@v1",
        "for this one",
        "## Owner\n\nteam",
        "| auc | 0.7 | 0.6 to 0.8 |",
        "commit abcdef123456, with changes",
        "Python 3.11",
    ):
        assert part in text, part
    assert "for all" not in text
    cards.write_card(words.WriteCard(ref="churn@v1", sections={"Intended use": ""}), ADA, database)
    assert "for all" in cards.read_card(words.VersionRef(ref="churn@v1"), ADA, database).markdown


def test_conclude_takes_a_check_of_the_same_bytes_only(bench: Bench, database: Database) -> None:
    trained = bench.train()
    check = bench.check(trained, PASSED, name="other")
    operations.register(words.Register(model="churn", run=trained, key="k"), ADA, database)
    version = operations.conclude(words.Conclude(ref="churn@v1", check=check), ADA, database)
    assert (version.stage, version.check) == ("approved", check)
    different = operations.register(words.Register(model="churn", run=bench.train(b"model 2"), key="k2"), ADA, database)
    with pytest.raises(StateError, match="another model"):
        operations.conclude(words.Conclude(ref=different.ref, check=check), ADA, database)


def test_what_a_version_names_is_kept(bench: Bench, database: Database) -> None:
    bench.check(bench.train(b"x" * 10), PASSED)
    assert content.of_versions in _NAMES
    with database.reading() as tx:
        named = {one.digest: one.used_by for one in content.of_versions(tx)}
    assert named == {digest_bytes(b"profile"): "churn@v1"}


def test_versions_are_numbered_without_gaps_by_many_at_once(bench: Bench, database: Database) -> None:
    run = bench.train()
    made: list[int] = []

    def register(index: int) -> None:
        stored = artifact("m", f"bytes {index}".encode(), "onnx")
        made.append(operations.register(words.Register(model="churn", artifact=stored, key=f"k{index}"), ADA, database).number)

    threads = [threading.Thread(target=register, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == list(range(1, 9))
    assert run
