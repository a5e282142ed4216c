"""Fills a record, ours or MLflow's, with runs by plain SQL: `python benchmarks/tracking/fill.py URL RUNS`.

Every run has five metrics, five parameters and a tag, as `benchmarks/tracking/server.py` expects them. Ours must exist (`treadle up`
makes it), and so must MLflow's. The first thousand numbers are left to runs that a client makes. Numbers are made by the database
itself, so a million runs take minutes.
"""

from __future__ import annotations

import sys
import time

from sqlalchemy import Connection, create_engine, inspect, text

EXPERIMENT = 1000
NAMED = 5
_PIECE = 50_000  # runs in one transaction


def fill(url: str, runs: int, first: int = 1001, named: int = NAMED) -> float:
    """Adds runs `first` to `first + runs - 1` to the experiment 1000; answers the seconds that it took. Ours get `named` metrics and
    as many parameters each."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    ours = inspect(engine).has_table("series_chunk")
    began = time.perf_counter()
    with engine.begin() as connection:
        if first == 1001:
            _experiment(connection, ours)
    for start in range(first, first + runs, _PIECE):
        with engine.begin() as connection:
            last = min(start + _PIECE, first + runs) - 1
            _ours(connection, start, last, named) if ours else _mlflow(connection, start, last)
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    engine.dispose()
    return time.perf_counter() - began


def _experiment(connection: Connection, ours: bool) -> None:
    if ours:
        values = "(1000, 'default', 'benchmark', '{}', 0, 0)"
        connection.execute(text(f"INSERT INTO experiment (id, project, name, tags, created_at, updated_at) VALUES {values}"))
    else:
        names = "experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time, workspace"
        connection.execute(
            text(f"INSERT INTO experiments ({names}) VALUES (1000, 'benchmark', 'mlflow-artifacts:/1000', 'active', 0, 0, 'default')")
        )


class _Dialect:
    """How a database says numbers in a row, chance, and the key of a run."""

    def __init__(self, connection: Connection, low: int, high: int) -> None:
        if connection.dialect.name == "postgresql":
            self.numbers = f"(SELECT generate_series({low}, {high}) AS i) AS numbers"
            self.chance = "random()"
            self.key = "lpad(to_hex(i), 32, '0')"
        else:
            self.numbers = (
                f"(WITH RECURSIVE counted(i) AS (SELECT {low} UNION ALL SELECT i + 1 FROM counted WHERE i < {high}) SELECT i FROM counted)"
            )
            self.chance = "(abs(random()) / 9223372036854775808.0)"
            self.key = "printf('%032x', i)"


def _ours(connection: Connection, low: int, high: int, named: int) -> None:
    say = _Dialect(connection, low, high)
    names = (
        "id, key, project, kind, name, step, state, root, definition, parameters, bindings, options, waiting, not_before, engine, attempts, "  # noqa: E501
        "failures, losses, stop_requested, queued_at, started_at, ended_at, actor, experiment"
    )
    values = (
        f"i, {say.key}, 'default', 'script', 'run-' || i, 'train.py', 'done', i, 'none', '{{}}', '{{}}', '{{}}', 1, 0, 'script', 0, 0, 0, "
        f"false, 1.7e9 + i, 1.7e9 + i, 1.7e9 + i + 60, 'bench', {EXPERIMENT}"
    )
    connection.execute(text(f"INSERT INTO run ({names}) SELECT {values} FROM {say.numbers}"))
    connection.execute(
        text("INSERT INTO counter (name, value) VALUES ('run', :high) ON CONFLICT (name) DO UPDATE SET value = :high"), {"high": high}
    )
    for place in range(named):
        metric = f"SELECT i, 'm{place}', v, 9, v, v, 10, 1.7e9 + i FROM (SELECT i, {say.chance} AS v FROM {say.numbers}) AS drawn"
        connection.execute(text(f"INSERT INTO metric (run, name, last, last_step, lowest, highest, points, at) {metric}"))
        number = f"SELECT i, 'p{place}', CAST(i % 100 AS TEXT), i % 100 FROM {say.numbers}"
        connection.execute(text(f"INSERT INTO parameter (run, name, text, number) {number}"))
    connection.execute(text(f"INSERT INTO tag (run, name, value) SELECT i, 'team', 'blue' FROM {say.numbers}"))


def _mlflow(connection: Connection, low: int, high: int) -> None:
    say = _Dialect(connection, low, high)
    names = "run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, end_time, source_version, "
    names += "lifecycle_stage, artifact_uri, experiment_id"
    values = (
        f"{say.key}, 'run-' || i, 'LOCAL', 'train.py', '', 'bench', 'FINISHED', 1700000000000 + i * 1000, 1700000060000 + i * 1000, '', "
    )
    values += f"'active', 'mlflow-artifacts:/{EXPERIMENT}/' || {say.key} || '/artifacts', {EXPERIMENT}"
    connection.execute(text(f"INSERT INTO runs ({names}) SELECT {values} FROM {say.numbers}"))
    for place in range(NAMED):
        row = f"SELECT 'm{place}', {say.chance}, 1700000000000 + i, 9, false, {say.key} FROM {say.numbers}"
        connection.execute(text(f"INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid) {row}"))
        number = f"SELECT 'p{place}', CAST(i % 100 AS TEXT), {say.key} FROM {say.numbers}"
        connection.execute(text(f"INSERT INTO params (key, value, run_uuid) {number}"))
    connection.execute(text(f"INSERT INTO tags (key, value, run_uuid) SELECT 'team', 'blue', {say.key} FROM {say.numbers}"))


if __name__ == "__main__":
    took = fill(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1001)
    print(f"{int(sys.argv[2]):,} runs in {took:.1f} s")
