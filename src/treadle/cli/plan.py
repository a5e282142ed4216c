"""`treadle run --plan`: the graph, and what of it would be reused, before anything runs."""

from __future__ import annotations

import importlib
from typing import Any

import click

from treadle.cli import output
from treadle.contract import runs as words
from treadle.contract.runs import SubmitRun
from treadle.core.ids import new_key
from treadle.sdk.client import Client


def show_plan(client: Client, here: Any, submission: SubmitRun, *, as_json: bool) -> int:
    """Prints the plan of a submission; answers the exit status."""
    planning = importlib.import_module("treadle.worker.planning")
    assert submission.code is not None
    if submission.definition.kind == "pipeline":
        prepare = importlib.import_module("treadle.worker.prepare")
        assert submission.code.snapshot is not None
        root = prepare.checkout_folder(here.home, submission.code.snapshot)
        folder = here.home / "attempts" / f"plan-{new_key()}"
        plan = planning.look_ahead(here.host, client.contents, client, submission, root, here.ambient, folder)
    else:
        request = words.PlanRun(
            definition=submission.definition,
            parameters=submission.parameters,
            bindings=submission.bindings,
            code=submission.code,
            environment=here.ambient,
        )
        planned = client(words.plan, request)
        name = submission.definition.name
        call = planning.PlannedCall(call=f"{name}#0", step=name, waits_for=(), reuse=planned.reuse, because=planned.because)
        plan = planning.Plan(calls=(call,))
    if as_json:
        output.print_json(plan)
        return 0
    rows = [_row(call) for call in plan.calls]
    output.print_table(("call", "waits for", "would", "because"), rows, empty="the pipeline calls no step")
    reused = sum(1 for call in plan.calls if call.reuse is not None)
    output.talk(f"{len(plan.calls)} calls: {reused} would be reused, {len(plan.calls) - reused} would run")
    if plan.open_end:
        output.talk(f"the plan ends here: {plan.open_end}")
    return 0


def _row(call: Any) -> tuple[str, str, str, str]:
    if call.reuse is not None:
        return call.call, _short(call.waits_for), click.style(f"✓ reuse run {call.reuse}", fg="green"), ""
    return call.call, _short(call.waits_for), click.style("● run", fg="cyan"), call.because


def _short(names: tuple[str, ...]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
