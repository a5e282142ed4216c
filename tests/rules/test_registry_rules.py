"""What gates and people do to a version's stage; what a card says."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.contract.data import Artifact
from treadle.contract.registry import AliasChange, Approval, Column, Decide, Evidence, Facts, GateResult, ModelVersion, Signature
from treadle.core.errors import NotAllowed, NotPassed, StateError, UsageError
from treadle.core.ids import ModelRef, parse_model_ref
from treadle.registry import card, rules


def gate(name: str, state: str, kind: str = "metric", **evidence: object) -> GateResult:
    return GateResult(gate=name, kind=kind, state=state, sentence=f"{name} is {state}", evidence=dict(evidence))


PASSED, FAILED, BROKEN = gate("auc", "passed"), gate("size", "failed"), gate("latency", "error")
WAITING = gate("approval", "waiting", "approval", role="approver")


@pytest.mark.parametrize(
    ("gates", "stage"),
    [
        ((), "candidate"),
        ((PASSED,), "approved"),
        ((PASSED, WAITING), "waiting"),
        ((PASSED, WAITING, FAILED), "failed"),
        ((PASSED, BROKEN), "failed"),
    ],
)
def test_the_stage_follows_from_the_gates(gates: tuple[GateResult, ...], stage: str) -> None:
    assert rules.stage_after(gates) == stage
    assert rules.sentence_of("m@v1", stage, gates).startswith("m@v1 ")


def decide(stage: str, gates: tuple[GateResult, ...], actor: str = "ada", role: str = "admin", **word: object) -> rules.Verdict:
    asked = Decide(ref="m@v1", **({"decision": "yes", "words": "looks well"} | word))  # type: ignore[arg-type]
    return rules.decide("m@v1", stage, gates, asked, actor=actor, role=role, trained_by="bob")


def test_a_yes_answers_the_gates_that_wait() -> None:
    verdict = decide("waiting", (PASSED, WAITING), role="approver")
    assert (verdict.stage, verdict.overridden, [(g.gate, g.state) for g in verdict.gates]) == ("approved", False, [("approval", "passed")])
    second = msgspec.structs.replace(WAITING, gate="legal")
    assert decide("waiting", (WAITING, second), gate="legal").stage == "waiting"
    assert decide("waiting", (WAITING, second)).stage == "approved"
    with pytest.raises(StateError, match="no gate `money`"):
        decide("waiting", (WAITING,), gate="money")


def test_a_yes_to_what_has_failed_is_an_override_or_nothing() -> None:
    with pytest.raises(NotPassed, match="failed the gate size") as refused:
        decide("failed", (PASSED, FAILED))
    assert refused.value.hint is not None
    assert "--override" in refused.value.hint
    assert decide("failed", (PASSED, FAILED), override=True) == rules.Verdict("approved", (), overridden=True)
    assert decide("rejected", (PASSED,), override=True).overridden
    assert not decide("candidate", ()).overridden


@given(
    st.lists(st.sampled_from(["passed", "failed", "error", "waiting"]), max_size=5),
    st.lists(st.tuples(st.sampled_from(["yes", "no"]), st.booleans()), max_size=6),
)
def test_nothing_that_failed_is_approved_without_an_override(states: list[str], said: list[tuple[str, bool]]) -> None:
    gates = tuple(gate(f"g{place}", state, "approval" if state == "waiting" else "metric") for place, state in enumerate(states))
    stage, overridden = rules.stage_after(gates), False
    for decision, override in said:
        try:
            verdict = decide(stage, gates, decision=decision, override=override)
        except (StateError, NotPassed):
            continue
        answered = {one.gate: one for one in verdict.gates}
        gates = tuple(answered.get(one.gate, one) for one in gates)
        stage, overridden = verdict.stage, verdict.overridden
    if stage == "approved" and {"failed", "error"} & {one.state for one in gates}:
        assert overridden
    if stage == "approved" and not overridden:
        assert all(one.state == "passed" for one in gates)


def test_words_are_asked_for_and_states_are_kept() -> None:
    with pytest.raises(UsageError, match="needs words"):
        decide("waiting", (WAITING,), words="  ")
    with pytest.raises(UsageError, match="yes or no"):
        decide("waiting", (WAITING,), decision="maybe")
    with pytest.raises(StateError, match="approved already"):
        decide("approved", (PASSED,))
    with pytest.raises(StateError, match="rejected already"):
        decide("rejected", (PASSED,), decision="no")
    assert decide("approved", (PASSED,), decision="no").stage == "rejected"


def test_a_gate_may_ask_for_a_role_and_for_another_person() -> None:
    with pytest.raises(NotAllowed, match="role approver"):
        decide("waiting", (WAITING,), role="member")
    assert decide("waiting", (WAITING,), role="admin").stage == "approved"
    four = gate("approval", "waiting", "approval", four_eyes=True)
    with pytest.raises(NotAllowed, match="another person than `bob`"):
        decide("waiting", (four,), actor="bob")
    assert decide("waiting", (four,), actor="ada").stage == "approved"
    with pytest.raises(NotAllowed, match="waits for `eve`"):
        decide("waiting", (gate("approval", "waiting", "approval", person="eve"),))


def test_only_an_approved_version_becomes_the_champion() -> None:
    rules.check_champion("m@v1", "champion", "approved", ())
    rules.check_champion("m@v1", "shadow", "failed", (FAILED,))
    for stage in ("candidate", "waiting", "failed", "rejected"):
        with pytest.raises(NotPassed):
            rules.check_champion("m@v1", "champion", stage, (PASSED, WAITING, FAILED))


@pytest.mark.parametrize("name", ["latest", "v3", "3", "", "a b", "@x"])
def test_an_alias_hides_no_version(name: str) -> None:
    with pytest.raises(UsageError):
        rules.check_alias(name)


def test_references_are_read() -> None:
    assert parse_model_ref("model://flight-delay@champion") == ModelRef("flight-delay", None, "champion")
    assert parse_model_ref("flight-delay@v3") == parse_model_ref("flight-delay@3") == ModelRef("flight-delay", 3)
    assert str(parse_model_ref("flight-delay")) == "flight-delay@latest" == str(parse_model_ref("flight-delay@latest"))
    with pytest.raises(UsageError):
        parse_model_ref("a/b")


def test_evidence_is_bounded() -> None:
    long = gate("slices", "passed", "slices", column="origin", slices=[{"slice": "x" * 100, "rows": 1}] * 1000)
    kept = rules.bounded(Evidence(gates=(PASSED, long)))
    assert kept.gates[0] == PASSED
    assert kept.gates[1].evidence["shortened"] is True
    assert (kept.gates[1].evidence["column"], len(kept.gates[1].evidence["slices"])) == ("origin", 20)


def test_a_card_says_what_is_known_and_asks_for_the_rest() -> None:
    version = ModelVersion(
        model="m",
        number=2,
        stage="approved",
        artifact=Artifact(name="result", digest="d" * 64, size=5, format="sklearn", about={"class": "sklearn.Tree"}),
        signature=Signature(
            inputs=(Column(name="x|y", type="float64", lowest=0.0, highest=2.5), Column(name="c", type="string", categories=("a", "b"))),
            outputs=(Column(name="p", type="float64"),),
            rows=10,
        ),
        metrics={"auc": 0.75},
        facts=Facts(
            intervals={"auc": (0.7, 0.8)}, sources={"holdout": "dataset://days@v3", "champion": "model://m@v1"}, rows={"holdout": 9}
        ),
        gates=(PASSED, gate("slices", "passed", "slices", column="c", metric="auc", slices=[{"slice": "a", "rows": 4, "value": 0.5}])),
        approvals=(Approval(gate="", decision="yes", words="needed", actor="ada", at=0.0, overridden=True),),
        aliases=("champion",),
        created_at=0.0,
        actor="bob",
        data_until=86_400.0,
    )
    moves = [AliasChange(alias="champion", version=2, former=1, at=0.0, actor="ada", reason="better")]
    text = card.markdown(version, {"Intended use": "Warn passengers.", "Contact": "ada"}, card.Origin(run="run 7 x", seed=3), moves)
    for part in (
        "Version 2 of the model `m`, approved. It is the champion.",
        "Warn passengers.",
        "## Contact",
        "| auc | 0.75 | 0.7 to 0.8 |",
        "dataset://days@v3 | 9",
        "## Slices by c",
        "let it through although it had not passed: needed",
        "`champion` came here from v1, by ada: better",
        "| in | x\\|y | float64 | no | 0 to 2.5 |",
        "1970-01-02 00:00 UTC",
        "| trained by | run 7 x |",
        "*Nobody has written this yet.*",
    ):
        assert part in text, part
