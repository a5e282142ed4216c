"""A server that is killed while MLflow's clients log: whatever was acknowledged is there afterwards, on both databases."""

from __future__ import annotations

import threading
from typing import Any

import httpx2
import pytest

API = "/api/2.0/mlflow"
CLIENTS = 6


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> list[str]:
    return [] if request.param == "sqlite" else ["--database", request.getfixturevalue("fresh_postgres")]


class Logging(threading.Thread):
    """A client that logs batches and single points until nobody answers; remembers what was acknowledged."""

    def __init__(self, address: str, number: int) -> None:
        super().__init__()
        self.http = httpx2.Client(base_url=address, timeout=20)
        self.number = number
        self.run_id = self.http.post(f"{API}/runs/create", json={"experiment_id": "0"}).json()["run"]["info"]["run_id"]
        self.acknowledged: list[int] = []

    def run(self) -> None:
        step = 0
        try:
            while True:
                count = 1 if self.number % 2 else 50
                points = [{"key": "loss", "value": s / 7, "timestamp": 1_700_000_000_000 + s, "step": s} for s in range(step, step + count)]
                if self.http.post(f"{API}/runs/log-batch", json={"run_id": self.run_id, "metrics": points}).status_code != 200:
                    return
                self.acknowledged += range(step, step + count)
                step += count
        except httpx2.TransportError:
            return
        finally:
            self.http.close()


def test_what_was_acknowledged_outlives_a_kill(up: Any, until: Any, database: list[str]) -> None:
    server = up(*database)
    clients = [Logging(server.address, number) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    until(lambda: all(len(client.acknowledged) >= 100 for client in clients))
    server.process.kill()
    for client in clients:
        client.join(60)
    server.stop()
    again = up(*database)
    for client in clients:
        asked = {"run_id": client.run_id, "metric_key": "loss"}
        kept = [point["step"] for point in again.http.get(f"{API}/metrics/get-history", params=asked).json()["metrics"]]
        assert set(client.acknowledged) <= set(kept)
        assert kept == sorted(set(kept))  # nothing twice, and nothing but one batch that was never acknowledged
        assert len(kept) - len(client.acknowledged) in (0, 1, 50)
        last = again.http.get(f"{API}/runs/get", params={"run_id": client.run_id}).json()["run"]["data"]["metrics"][0]
        assert last["step"] == kept[-1]


def test_one_experiment_and_one_model_of_many_clients(up: Any) -> None:
    server = up("--no-dispatch")
    answers: list[int] = []
    ready = threading.Barrier(8)

    def make() -> None:
        with httpx2.Client(base_url=server.address, timeout=30) as http:
            ready.wait(30)
            answers.append(http.post(f"{API}/experiments/create", json={"name": "same"}).status_code)
            answers.append(http.post(f"{API}/registered-models/create", json={"name": "same"}).status_code)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 200] + [400] * 14
