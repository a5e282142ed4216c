"""MLflow's protocol over a real socket: what is refused, how, and that nothing leads out of a run's files."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from treadle.contract import access
from treadle.core.operation import Call

API = "/api/2.0/mlflow"
FILES = "/api/2.0/mlflow-artifacts/artifacts"


def post(served: Any, path: str, body: Any, status: int = 200) -> Any:
    answer = served.http.post(f"{API}/{path}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def refused(served: Any, path: str, body: Any, code: str, status: int = 400) -> str:
    said = post(served, path, body, status)
    assert said["error_code"] == code, said
    return str(said["message"])


def opened(served: Any, **more: Any) -> dict[str, Any]:
    run: dict[str, Any] = post(served, "runs/create", {"experiment_id": "0", "start_time": 1_700_000_000_000, **more})["run"]
    return run


def test_what_clients_ask_first(served: Any) -> None:
    assert served.http.get("/health").text == "OK"
    assert served.http.get("/version").text.startswith("3.")
    assert served.http.get("/api/3.0/mlflow/server-info").json()["artifact_serving_enabled"] is True
    assert served.http.get("/ajax-api/2.0/mlflow/experiments/get", params={"experiment_id": "0"}).json()["experiment"]["name"] == "Default"
    unknown = served.http.get("/api/2.0/mlflow/nothing/here")
    assert (unknown.status_code, unknown.json()["error_code"]) == (404, "ENDPOINT_NOT_FOUND")


def test_a_run_as_its_client_sees_it(served: Any) -> None:
    run = opened(served, run_name="first", tags=[{"key": "team", "value": "blue"}, {"key": "mlflow.user", "value": "ada"}])
    info = run["info"]
    assert info["artifact_uri"] == f"mlflow-artifacts:/0/{info['run_id']}/artifacts"
    assert (info["status"], info["user_id"], info["start_time"], len(info["run_id"])) == ("RUNNING", "ada", 1_700_000_000_000, 32)
    metrics = [
        {"key": "loss", "value": 0.5, "timestamp": 1, "step": 1},
        {"key": "loss", "value": "NaN", "timestamp": "2", "step": "2"},
        {"key": "top", "value": "Infinity", "timestamp": 3},
    ]
    post(served, "runs/log-batch", {"run_id": info["run_id"], "metrics": metrics, "params": [{"key": "lr", "value": "0.1"}], "tags": []})
    got = served.http.get(f"{API}/runs/get", params={"run_id": info["run_id"]}).json()["run"]["data"]
    assert sorted((one["key"], one["value"], one["step"]) for one in got["metrics"]) == [("loss", "NaN", 2), ("top", "Infinity", 0)]
    assert got["params"] == [{"key": "lr", "value": "0.1"}]
    assert {"key": "mlflow.runName", "value": "first"} in got["tags"]
    history = served.http.get(f"{API}/metrics/get-history", params={"run_id": info["run_id"], "metric_key": "loss"}).json()["metrics"]
    assert [(one["step"], one["value"], one["timestamp"]) for one in history] == [(1, 0.5, 1), (2, "NaN", 2)]
    post(served, "runs/update", {"run_id": info["run_id"], "status": "FINISHED", "end_time": 1_700_000_001_000, "run_name": "renamed"})
    found = post(served, "runs/search", {"experiment_ids": ["0"], "filter": "attributes.status = 'FINISHED' and run_name = 'renamed'"})
    assert [one["info"]["run_id"] for one in found["runs"]] == [info["run_id"]]


def test_what_is_final_is_refused_with_a_status_that_no_client_repeats(served: Any) -> None:
    run = opened(served)["info"]["run_id"]
    post(served, "runs/log-parameter", {"run_id": run, "key": "lr", "value": "0.1"})
    message = refused(served, "runs/log-parameter", {"run_id": run, "key": "lr", "value": "0.2"}, "INVALID_PARAMETER_VALUE")
    assert message.startswith("Changing param values is not allowed. Param with key='lr' was already logged with value='0.1'")
    assert "Missing value for required parameter 'key'" in refused(
        served, "runs/log-metric", {"run_id": run, "key": "", "value": 1.0, "timestamp": 1}, "INVALID_PARAMETER_VALUE"
    )
    refused(served, "runs/log-metric", {"run_id": "0" * 32, "key": "a", "value": 1.0, "timestamp": 1}, "RESOURCE_DOES_NOT_EXIST", 404)
    refused(served, "runs/log-metric", {"run_id": run, "key": "a", "value": "much", "timestamp": 1}, "INVALID_PARAMETER_VALUE")
    refused(served, "runs/log-metric", {"run_id": run, "key": "../a", "value": 1.0, "timestamp": 1}, "INVALID_PARAMETER_VALUE")
    refused(served, "runs/log-metric", {"run_id": run, "key": "x" * 251, "value": 1.0, "timestamp": 1}, "INVALID_PARAMETER_VALUE")
    refused(served, "runs/set-tag", {"run_id": run, "key": "a", "value": "x" * 8001}, "INVALID_PARAMETER_VALUE")
    refused(served, "runs/log-parameter", {"run_id": run, "key": "long", "value": "x" * 6001}, "INVALID_PARAMETER_VALUE")
    many = [{"key": f"m{i}", "value": 1.0, "timestamp": 1} for i in range(1001)]
    assert "at most 1000" in refused(served, "runs/log-batch", {"run_id": run, "metrics": many}, "INVALID_PARAMETER_VALUE")
    params = [{"key": f"p{i}", "value": "1"} for i in range(101)]
    assert "at most 100" in refused(served, "runs/log-batch", {"run_id": run, "params": params}, "INVALID_PARAMETER_VALUE")
    refused(served, "runs/search", {"experiment_ids": ["0"], "filter": "bogus ~ 1"}, "INVALID_PARAMETER_VALUE")
    refused(served, "runs/search", {"experiment_ids": ["0"], "filter": "params.a = ''' OR 1=1 --"}, "INVALID_PARAMETER_VALUE")
    refused(served, "runs/search", {"experiment_ids": ["0"], "page_token": "nonsense"}, "INVALID_PARAMETER_VALUE")
    refused(served, "experiments/create", {"name": ""}, "INVALID_PARAMETER_VALUE")
    post(served, "experiments/create", {"name": "e"})
    refused(served, "experiments/create", {"name": "e"}, "RESOURCE_ALREADY_EXISTS")
    post(served, "runs/delete", {"run_id": run})
    refused(served, "runs/log-metric", {"run_id": run, "key": "a", "value": 1.0, "timestamp": 1}, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"null", b'{"run_id": 3}', b'{"metrics": {}}', b"\xff\xfe", b"[" * 100_000, b'{"run_id": "\xed\xa0\x80"}']
)
def test_bodies_that_are_no_requests(served: Any, body: bytes) -> None:
    answer = served.http.post(f"{API}/runs/log-batch", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400, answer.text
    assert answer.json()["error_code"] == "INVALID_PARAMETER_VALUE"


def test_a_body_above_the_limit_is_refused(served: Any) -> None:
    answer = served.http.post(f"{API}/runs/log-batch", content=b" " * (2 << 20), headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 413)


def test_files_travel_whole_and_in_ranges(served: Any) -> None:
    run = opened(served)["info"]
    base = f"{FILES}/0/{run['run_id']}/artifacts"
    data = bytes(range(256)) * 8192
    assert served.http.put(f"{base}/deep/data.bin", content=data).status_code == 200
    assert served.http.put(f"{base}/MLmodel", content=b"flavors: {}").status_code == 200
    whole = served.http.get(f"{base}/deep/data.bin")
    assert (whole.content == data, whole.headers["x-content-type-options"]) == (True, "nosniff")
    assert whole.headers["content-disposition"] == 'attachment; filename="data.bin"'
    part = served.http.get(f"{base}/deep/data.bin", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, data[10:20], f"bytes 10-19/{len(data)}")
    assert served.http.get(f"{base}/deep/data.bin", headers={"Range": f"bytes={len(data)}-"}).status_code == 416
    listed = served.http.get(FILES, params={"path": f"0/{run['run_id']}/artifacts"}).json()["files"]
    assert listed == [{"path": "MLmodel", "is_dir": False, "file_size": 11}, {"path": "deep", "is_dir": True}]
    assert served.http.get(FILES, params={"path": f"0/{run['run_id']}/artifacts/MLmodel"}).json() == {}
    missing = served.http.get(f"{base}/nothing")
    assert (missing.status_code, missing.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    by_run = served.http.get(f"{API}/artifacts/list", params={"run_id": run["run_id"], "path": "deep"}).json()
    assert [one["path"] for one in by_run["files"]] == ["deep/data.bin"]


def test_large_files_travel_in_parts_pointed_at_ourselves(served: Any) -> None:
    run = opened(served)["info"]["run_id"]
    begun = served.http.post(f"/api/2.0/mlflow-artifacts/mpu/create/0/{run}/artifacts", json={"path": "big.bin", "num_parts": 2}).json()
    parts = []
    for one, data in zip(begun["credentials"], (b"a" * 1000, b"b" * 10), strict=True):
        sent = served.http.put(one["url"], content=data, headers=one["headers"])
        parts.append({"part_number": one["part_number"], "etag": sent.headers["etag"]})
    done = {"path": "big.bin", "upload_id": begun["upload_id"], "parts": parts}
    assert served.http.post(f"/api/2.0/mlflow-artifacts/mpu/complete/0/{run}/artifacts", json=done).status_code == 200
    told = served.http.get(f"/api/2.0/mlflow-artifacts/presigned/0/{run}/artifacts/big.bin").json()
    assert told["file_size"] == 1010
    assert served.http.get(told["url"], headers=told["headers"] | {"Range": "bytes=998-1002"}).content == b"aabbb"


@pytest.mark.parametrize(
    "path",
    [
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/etc/passwd",
        "..%252f..%252fetc%252fpasswd",
        "%252e%252e/x",
        "a/..%5c..%5cx",
        "%2fetc%2fpasswd",
        "C:%5cx",
        "a%00b",
        "%EF%BC%8E%EF%BC%8E/x",
        "a%EF%BC%8F..%EF%BC%8Fb",
        "a//b",
    ],
)
def test_no_path_leads_out_of_a_run(served: Any, path: str) -> None:
    """Sent as it stands: a client of HTTP would tidy such a path up."""
    run = opened(served)["info"]["run_id"]
    for method in ("GET", "PUT", "DELETE"):
        with socket.create_connection(("127.0.0.1", served.port), 10) as raw:
            target = f"{FILES}/0/{run}/artifacts/{path}"
            raw.sendall(f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            answer = b""
            while block := raw.recv(65536):
                answer += block
        status = int(answer.split(b" ", 2)[1])
        assert status in (400, 404), answer
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["error_code"] in (
            "INVALID_PARAMETER_VALUE",
            "RESOURCE_DOES_NOT_EXIST",
            "ENDPOINT_NOT_FOUND",
        )


def test_a_client_that_dies_in_the_middle_of_an_upload_leaves_nothing(served: Any) -> None:
    run = opened(served)["info"]["run_id"]
    with socket.create_connection(("127.0.0.1", served.port), 10) as raw:
        target = f"{FILES}/0/{run}/artifacts/half"
        raw.sendall(f"PUT {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10000000\r\n\r\n".encode() + bytes(3_000_000))
    served.settle()
    assert served.http.get(FILES, params={"path": f"0/{run}/artifacts"}).json() == {}
    assert not list((served.record.home / "blobs/staging").glob("*"))


def test_tokens_are_taken_as_bearer_and_as_the_password_of_basic(served: Any) -> None:
    made = served.record.call(access.add_token, access.AddToken(name="ci", role="member"), Call(actor="ann", role="admin"))
    served.app.guard.forget()
    body = {"experiment_id": "0"}
    denied = served.http.post(f"{API}/runs/create", json=body)
    assert (denied.status_code, denied.json()["error_code"]) == (401, "UNAUTHENTICATED")
    assert served.http.post(f"{API}/runs/create", json=body, headers={"Authorization": f"Bearer {made.secret}"}).status_code == 200
    assert served.http.post(f"{API}/runs/create", json=body, auth=("anybody", made.secret)).status_code == 200
    assert served.http.post(f"{API}/runs/create", json=body, auth=("anybody", "wrong")).status_code == 401
    reader = served.record.call(access.add_token, access.AddToken(name="eye", role="reader"), Call(actor="ann", role="admin"))
    assert served.http.post(f"{API}/runs/create", json=body, auth=("x", reader.secret)).json()["error_code"] == "PERMISSION_DENIED"


def test_projects_are_told_apart_by_a_header(served: Any) -> None:
    here = opened(served)["info"]["run_id"]
    elsewhere = {"X-Treadle-Project": "other"}
    assert served.http.get(f"{API}/runs/get", params={"run_id": here}, headers=elsewhere).status_code == 404
    assert served.http.get(f"{API}/runs/get", params={"run_id": here}).status_code == 200


def test_the_registry_as_clients_speak_to_it(served: Any) -> None:
    post(served, "registered-models/create", {"name": "m", "tags": [{"key": "t", "value": "v"}]})
    refused(served, "registered-models/create", {"name": "m"}, "RESOURCE_ALREADY_EXISTS")
    refused(served, "registered-models/create", {"name": "a/b"}, "INVALID_PARAMETER_VALUE")
    made = post(served, "model-versions/create", {"name": "m", "source": "s3://bucket/model"})["model_version"]
    assert (made["version"], made["status"], made["current_stage"]) == ("1", "READY", "None")
    post(served, "registered-models/alias", {"name": "m", "alias": "champion", "version": "1"})
    got = served.http.get(f"{API}/registered-models/alias", params={"name": "m", "alias": "champion"}).json()["model_version"]
    assert got["aliases"] == ["champion"]
    for wrong in ("latest", "v3", "a b", ""):
        refused(served, "registered-models/alias", {"name": "m", "alias": wrong, "version": "1"}, "INVALID_PARAMETER_VALUE")
    moved = post(served, "model-versions/transition-stage", {"name": "m", "version": "1", "stage": "production"})["model_version"]
    assert moved["current_stage"] == "Production"
    latest = post(served, "registered-models/get-latest-versions", {"name": "m", "stages": ["Production"]})["model_versions"]
    assert [one["version"] for one in latest] == ["1"]
    found = served.http.get(
        f"{API}/registered-models/search", params={"filter": "name LIKE 'm%' AND tag.`mlflow.prompt.is_prompt` != 'true'"}
    )
    assert [one["name"] for one in found.json()["registered_models"]] == ["m"]
    versions = served.http.get(f"{API}/model-versions/search", params={"filter": "name = 'm'"}).json()["model_versions"]
    assert [one["source"] for one in versions] == ["s3://bucket/model"]
    uri = served.http.get(f"{API}/model-versions/get-download-uri", params={"name": "m", "version": "1"}).json()["artifact_uri"]
    assert uri == "s3://bucket/model"
    missing = served.http.get(f"{API}/registered-models/get", params={"name": "nope"})
    assert (missing.status_code, missing.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert served.http.request("DELETE", f"{API}/registered-models/delete", json={"name": "m"}).status_code == 200
