"""What may become of a model version: stages, approvals, aliases. Pure: no database, no clock."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from treadle.contract.registry import Decide, Evidence, GateResult
from treadle.core.errors import NotAllowed, NotPassed, StateError, UsageError

STAGES = ("candidate", "waiting", "approved", "failed", "rejected")
CHAMPION = "champion"
APPROVAL = "approval"
_ALIAS = re.compile(r"^[A-Za-z][A-Za-z0-9_-]{0,63}\Z")
_RESERVED = re.compile(r"^(latest|v[0-9]+)$")
_MOST_EVIDENCE = 16_384


def stage_after(gates: Sequence[GateResult]) -> str:
    """The stage that gates alone give a version: any that failed or broke fails it, then any that waits makes it wait; a version
    for which no gate has spoken stays a candidate."""
    states = {gate.state for gate in gates}
    if states & {"failed", "error"}:
        return "failed"
    if "waiting" in states:
        return "waiting"
    return "approved" if gates else "candidate"


def sentence_of(ref: str, stage: str, gates: Sequence[GateResult]) -> str:
    """What a check came to, in words with the reason first."""
    broken = [gate for gate in gates if gate.state in ("failed", "error")]
    if stage == "failed":
        more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
        return f"{ref} failed the gate {broken[0].gate}: {broken[0].sentence}{more}"
    if stage == "waiting":
        waiting = ", ".join(gate.gate for gate in gates if gate.state == "waiting")
        return f"{ref} passed {sum(gate.state == 'passed' for gate in gates)} gates and waits for: {waiting}"
    if stage == "approved":
        return f"{ref} passed {'its gate' if len(gates) == 1 else f'all {len(gates)} gates'}"
    if stage == "rejected":
        return f"{ref} was looked at again, and stays rejected until a person says otherwise"
    return f"{ref} has no gates, so nothing vouches for it but a person"


class Verdict(msgspec.Struct, frozen=True):
    """What a person's word does: the stage it leads to, the approval gates it answers, and whether it overrides gates."""

    stage: str
    gates: tuple[GateResult, ...] = ()
    overridden: bool = False


def decide(ref: str, stage: str, gates: Sequence[GateResult], word: Decide, *, actor: str, role: str, trained_by: str) -> Verdict:
    """What a yes or no does to a version. Raises UsageError without words, NotPassed where a yes would have to be an override and
    does not say so, NotAllowed where the gate asks for another role or another person, StateError where nothing is to decide."""
    if word.decision not in ("yes", "no"):
        raise UsageError(f"a decision is yes or no, not `{word.decision}`")
    if not word.words.strip():
        raise UsageError("a decision about a model needs words", hint=f'treadle models approve {ref} -m "WHY"')
    waiting = [gate for gate in gates if gate.state == "waiting" and gate.kind == APPROVAL]
    asked = [gate for gate in waiting if not word.gate or gate.gate == word.gate]
    if word.gate and not asked:
        names = ", ".join(f"`{gate.gate}`" for gate in waiting) or "none"
        raise StateError(f"no gate `{word.gate}` of {ref} waits for a word; waiting: {names}", hint=f"treadle models show {ref}")
    if word.decision == "no":
        if stage == "rejected":
            raise StateError(f"{ref} is rejected already", hint=f"treadle models show {ref}")
        return Verdict("rejected", tuple(_answered(gate, "failed", f"{actor} said no: {word.words}") for gate in asked))
    if stage == "approved":
        raise StateError(f"{ref} is approved already", hint=f"treadle models show {ref}")
    passed = tuple(_answered(gate, "passed", f"{actor} said yes: {word.words}") for gate in asked)
    if stage in ("failed", "rejected"):
        if not word.override:
            reason = "was rejected" if stage == "rejected" else _first_failure(gates)
            raise NotPassed(f"{ref} {reason}, so a yes to it is an override", hint=f'treadle models approve {ref} -m "WHY" --override')
        return Verdict("approved", passed, overridden=True)
    for gate in asked:
        _check_person(ref, gate, actor, role, trained_by)
    left = len(waiting) - len(asked)
    return Verdict("waiting" if left else "approved", passed)


def _answered(gate: GateResult, state: str, sentence: str) -> GateResult:
    return msgspec.structs.replace(gate, state=state, sentence=sentence)


def _first_failure(gates: Sequence[GateResult]) -> str:
    broken = next((gate for gate in gates if gate.state in ("failed", "error")), None)
    return f"failed the gate {broken.gate}: {broken.sentence}" if broken else "failed"


def _check_person(ref: str, gate: GateResult, actor: str, role: str, trained_by: str) -> None:
    """Raises NotAllowed for somebody whom the gate does not take: an admin may always answer for a role, nobody for another person."""
    wanted = str(gate.evidence.get("role") or "")
    if wanted and role not in (wanted, "admin"):
        raise NotAllowed(f"the gate {gate.gate} of {ref} asks for the role {wanted}, and `{actor}` has the role {role}")
    person = str(gate.evidence.get("person") or "")
    if person and actor != person:
        raise NotAllowed(f"the gate {gate.gate} of {ref} waits for `{person}`, not for `{actor}`")
    if gate.evidence.get("four_eyes") and actor == trained_by:
        raise NotAllowed(f"the gate {gate.gate} of {ref} asks for another person than `{trained_by}`, who trained it")


def check_alias(name: str) -> None:
    """Raises UsageError for an alias that cannot be, or that would hide a version's own name."""
    if not _ALIAS.match(name) or _RESERVED.match(name):
        raise UsageError(
            f"`{name}` cannot be an alias", hint="letters, digits, dash and underscore, beginning with a letter; not `latest`, not `v3`"
        )


def check_champion(ref: str, alias: str, stage: str, gates: Sequence[GateResult]) -> None:
    """Raises NotPassed when an alias that means trust is put on a version that has not earned it."""
    if alias != CHAMPION or stage == "approved":
        return
    reason = {
        "failed": _first_failure(gates),
        "waiting": f"waits for {', '.join(g.gate for g in gates if g.state == 'waiting')}",
        "rejected": "was rejected",
    }.get(stage, "is a candidate for which no gate has spoken")
    override = " --override" if stage in ("failed", "rejected") else ""
    raise NotPassed(f"{ref} {reason}, so it cannot be the champion", hint=f'treadle models approve {ref} -m "WHY"{override}')


def bounded(evidence: Evidence) -> Evidence:
    """Evidence as the record keeps it: what one gate found takes at most 16 KiB; the check's bytes hold the rest."""
    gates = tuple(
        gate
        if len(msgspec.json.encode(gate.evidence)) <= _MOST_EVIDENCE
        else msgspec.structs.replace(gate, evidence=_shortened(gate.evidence))
        for gate in evidence.gates
    )
    return msgspec.structs.replace(evidence, gates=gates)


def _shortened(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of an evidence that are short, and the beginnings of its lists."""
    kept: dict[str, Any] = {"shortened": True}
    left = _MOST_EVIDENCE
    for name, value in evidence.items():
        part = value[:20] if isinstance(value, list | tuple) else value
        size = len(msgspec.json.encode(part))
        if size <= left // 2:
            kept[name] = part
            left -= size
    return kept
