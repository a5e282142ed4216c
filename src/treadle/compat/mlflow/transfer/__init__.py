"""A whole MLflow store brought over into a record of ours, or taken back: read from one place, written to the other, compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from treadle.compat.mlflow.transfer.carry import Report, carry


def bring(
    call: Callable[..., Any],
    where: str,
    uri: str,
    *,
    artifacts: Sequence[Path] = (),
    experiments: Sequence[str] = (),
    reread: bool = False,
    say: Callable[[str], None],
) -> Report:
    """Brings an MLflow store into our record: `uri` is a server (http://...) or MLflow's database (sqlite:///mlflow.db, postgresql://...).

    `call` performs our operations. Of a database, `artifacts` are the folders that its files may be read from; the folder of a SQLite
    file may be read, too. Raises UsageError for a uri that is neither.
    """
    from treadle.compat.mlflow.transfer.record import TreadleRecord

    target = TreadleRecord(call, where)
    if uri.startswith(("http://", "https://")):
        from treadle.compat.mlflow.transfer.server import MlflowServer

        server = MlflowServer(uri)
        try:
            return carry(server, target, experiments=experiments, reread=reread, say=say)
        finally:
            server.end()
    from treadle.compat.mlflow.transfer.artifacts import Places
    from treadle.compat.mlflow.transfer.database import MlflowDatabase, sqlite_file

    file = sqlite_file(uri)
    base = file.parent if file is not None else Path.cwd()
    allowed = [*artifacts, *([base] if file is not None else [])]
    database = MlflowDatabase(uri, Places(allowed, base, proxied=artifacts[0] if artifacts else None))
    try:
        return carry(database, target, experiments=experiments, reread=reread, say=say)
    finally:
        database.close()


def take_out(
    call: Callable[..., Any], where: str, uri: str, *, experiments: Sequence[str] = (), reread: bool = False, say: Callable[[str], None]
) -> Report:
    """Takes our record into the MLflow server at `uri`. Raises UsageError for a uri that is no server."""
    from treadle.compat.mlflow.transfer.record import TreadleRecord
    from treadle.compat.mlflow.transfer.server import MlflowServer
    from treadle.core.errors import UsageError

    if not uri.startswith(("http://", "https://")):
        raise UsageError(
            f"`{uri[:200]}` is no server", hint="start one on any store: mlflow server --backend-store-uri ..., then http://HOST:5000"
        )
    server = MlflowServer(uri)
    try:
        return carry(TreadleRecord(call, where), server, experiments=experiments, reread=reread, say=say)
    finally:
        server.end()
