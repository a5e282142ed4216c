"""Who asks, and where runs are performed."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import parse_qs

from treadle.compat.valohai.door import Ask, route
from treadle.compat.valohai.wire import ValohaiError, listed
from treadle.contract.access import Identify
from treadle.contract.runs import ListRuns, list_runs
from treadle.core.content import digest_bytes
from treadle.valohai.identity import named

ENVIRONMENT = "local"
"""There is one place where runs are performed: whatever environment is asked for, it is this machine."""


def user(actor: str) -> dict[str, Any]:
    return {"id": named("user", actor), "username": actor}


def environment(unfinished: int | None = None) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": named("environment", ENVIRONMENT),
        "name": ENVIRONMENT,
        "slug": ENVIRONMENT,
        "description": f"this server's machine, {os.cpu_count() or 1} cores",
        "enabled": True,
        "gpu_spec": "",
        "per_hour_price_usd": "0.00",
        "per_user_queue_quota": 0,
    }
    return made | ({} if unfinished is None else {"unfinished_job_count": unfinished})


@route("POST", "get-token/")
async def get_token(ask: Ask) -> dict[str, Any]:
    """The password is a token of this server; where no token is asked for, any will do."""
    said = parse_qs((await ask.door.body(ask.request)).decode(errors="replace"))
    password = (said.get("password") or [""])[0]
    identity = await ask.door.identify(Identify(hash=digest_bytes(password.encode())))
    if identity.guarded and not identity.known:
        raise ValohaiError(
            400,
            "has_external_identity",
            "this server knows tokens, no passwords: treadle tokens add NAME makes one; vh login --token TOKEN",
        )
    return {"token": password or "none"}


@route("GET", "users/me/")
async def me(ask: Ask) -> dict[str, Any]:
    identity = await ask.door.caller(ask.request)
    return user(identity.actor)


@route("GET", "environments/")
async def environments(ask: Ask) -> dict[str, Any]:
    if "unfinished_job_count" not in ask.queries("include"):
        await ask.door.caller(ask.request)
        return listed([environment()])
    count = 0
    for project in await ask.projects():
        page = await ask.perform(
            list_runs,
            ListRuns(query="state in (queued, starting, running) and kind in (step, command)", children=True, limit=1000),
            project=project.name,
        )
        count += len(page.runs)
    return listed([environment(count)])


@route("GET", "server/")
async def server(_ask: Ask) -> dict[str, Any]:
    from treadle import __version__

    return {"flavor": "treadle", "version": __version__}
