"""`treadle worker ATTEMPT`: performs one attempt. Engines start it inside the job; people do not."""

from __future__ import annotations

import importlib
import os

import click

from treadle.core.errors import UsageError
from treadle.sdk.client import connect


@click.command(hidden=True)
@click.argument("attempt")
def worker(attempt: str) -> int:
    """Perform one claimed attempt, whose token is in TREADLE_ATTEMPT_TOKEN."""
    token = os.environ.pop("TREADLE_ATTEMPT_TOKEN", "")
    if not token:
        raise UsageError("the token of the attempt is missing", hint="engines set TREADLE_ATTEMPT_TOKEN; people use treadle run")
    work = importlib.import_module("treadle.contract.work")
    host_module = importlib.import_module("treadle.worker.host")
    home = importlib.import_module("treadle.sdk.home")
    with connect() as client:
        host = host_module.WorkerHost(client, client.contents, home.make_home(home.find_home()))
        try:
            host.start(client(work.take_job, work.TakeJob(attempt=attempt, token=token)))
            while not host.idle:
                host.poll(1.0)
        finally:
            host.close()
    return 0
