"""What `treadle serve` does: finds out what to serve, and keeps it until it is told to stop."""

from __future__ import annotations

import importlib
import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from treadle.contract.registry import VersionRef, get_version
from treadle.contract.serving import (
    DeclareEndpoint,
    EndpointSettings,
    GetPlan,
    Plan,
    Release,
    SwitchEndpoint,
    declare_endpoint,
    get_plan,
    release,
    switch_endpoint,
)
from treadle.core.addresses import is_loopback
from treadle.core.errors import NotFound, UsageError
from treadle.endpoint.keeper import Keeper
from treadle.endpoint.sources import FolderSource, RecordSource

Announce = Callable[[str, str], None]
_SIZES = {
    "": 1,
    "KIB": 1 << 10,
    "MIB": 1 << 20,
    "GIB": 1 << 30,
    "K": 1 << 10,
    "M": 1 << 20,
    "G": 1 << 30,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
}


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line says: changes of settings, bytes of memory a model may take, why an unapproved version is served."""

    changes: dict[str, Any] = {}
    memory: int = 0
    override: str = ""
    insecure: bool = False
    take_over: bool = False
    """End a keeper of the same endpoint that is at work, and go on in its place."""


async def of_folder(folder: Path, options: Options, announce: Announce) -> None:
    """Serves a plan folder. Its own state lies in it, or where that cannot be written, in a temporary folder."""
    state = folder / "state"
    if not os.access(folder, os.W_OK):
        state = Path(tempfile.mkdtemp(prefix="treadle-serve-"))
    source = FolderSource(folder, state, changes=options.changes)
    plan = source.plan(-1)
    if not is_loopback(plan.settings.host) and not options.insecure and not os.environ.get("TREADLE_TOKEN"):
        raise UsageError(
            f"on {plan.settings.host} anybody who reaches this machine could ask for predictions: there is no token",
            hint="TREADLE_TOKEN=... sets the one that callers must send, or --insecure serves everybody",
        )
    await _keep(
        Keeper(source, plan.endpoint, state, memory=options.memory, insecure=options.insecure, ready=lambda at: announce(at, plan.endpoint))
    )


async def of_record(name: str, options: Options, announce: Announce) -> None:
    """Serves an endpoint of the record, or a model version under the model's name: it is declared and released for that."""
    client_module = importlib.import_module("treadle.sdk.client")
    home_module = importlib.import_module("treadle.sdk.home")
    client = client_module.connect()
    try:
        endpoint = name
        if name.startswith("model://"):
            endpoint = name.removeprefix("model://").partition("@")[0]
            _declare(client, endpoint, name.removeprefix("model://"), options)
        elif options.changes:
            said = ", ".join(f"--{key}" for key in options.changes)
            raise UsageError(f"{said}: the settings of an endpoint are part of its record", hint="treadle api serving.declare")
        folder = home_module.make_home(home_module.find_home()) / "endpoints" / endpoint
        source = RecordSource(client, endpoint, folder)
        keeper = Keeper(
            source,
            endpoint,
            folder,
            memory=options.memory,
            insecure=options.insecure,
            ready=lambda at: announce(at, endpoint),
            take_over=options.take_over,
        )
        await _keep(keeper)
    finally:
        client.close()


def _declare(client: Any, endpoint: str, ref: str, options: Options) -> None:
    """The endpoint with the wanted settings, and its traffic moved to the version."""
    try:
        plan: Plan | None = client(get_plan, GetPlan(endpoint=endpoint))
    except NotFound:
        plan = None
    settings = msgspec.structs.replace(plan.settings if plan is not None else EndpointSettings(), **options.changes)
    if plan is None or settings != plan.settings:
        client(declare_endpoint, DeclareEndpoint(endpoint=endpoint, model=endpoint, settings=settings))
    if plan is not None and plan.state == "off":
        client(switch_endpoint, SwitchEndpoint(endpoint=endpoint, on=True))
    version = client(get_version, VersionRef(ref=ref))
    live = next((one for one in plan.revisions if one.role == "live"), None) if plan is not None else None
    if live is None or live.version != version.number:
        client(release, Release(endpoint=endpoint, ref=version.ref, override=options.override))


async def _keep(keeper: Keeper) -> None:
    await keeper.keep()


def bytes_of(text: str) -> int:
    """A size such as 2GiB; 0 is half of the machine's memory. Raises UsageError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]*)", text.strip())
    if found is None or found[2].upper() not in _SIZES:
        raise UsageError(f"`{text}` is not a size", hint="--memory 2GiB")
    size = int(float(found[1]) * _SIZES[found[2].upper()])
    return size or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
