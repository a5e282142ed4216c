"""What an endpoint understands: every protocol, every mistake, over a real connection."""

from __future__ import annotations

import http.client
import io
import json
import os
import signal
import struct
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from openapi_spec_validator import validate

from treadle.contract.data import Artifact
from treadle.contract.registry import Column, Signature
from treadle.contract.serving import EndpointSettings, Plan, Planned
from treadle.core.content import digest_bytes
from treadle.endpoint.plans import write_plan

MODELS = """
    import polars as pl

    class Sum:
        def predict_proba(self, rows):
            import numpy as np
            total = np.nansum(rows, axis=1)
            return np.column_stack([-total, total])

    class Table:
        def predict(self, rows):
            assert rows.dtypes == [pl.String, pl.Int64, pl.Boolean, pl.Datetime("us")], rows.schema
            hour = rows["when"].dt.hour()
            word = rows["carrier"].fill_null("none") + rows["late"].cast(pl.String)
            return pl.DataFrame({"word": word, "hour": hour, "miles": rows["miles"]})
"""
MATRIX = Signature(
    inputs=(
        Column(name="a", type="float64", lowest=0.0, highest=2.0),
        Column(name="b c", type="int64"),
        Column(name="d", type="float64", nullable=True),
    ),
    outputs=(Column(name="no", type="float64"), Column(name="yes", type="float64")),
    method="predict_proba",
)
TABLE = Signature(
    inputs=(
        Column(name="carrier", type="string", nullable=True, categories=("AA", "UA")),
        Column(name="miles", type="int64"),
        Column(name="late", type="boolean"),
        Column(name="when", type="datetime"),
    ),
    outputs=(Column(name="word", type="string"), Column(name="hour", type="int64"), Column(name="miles", type="int64")),
    frame="polars",
)
GOOD = {"predictions": [[-6.0, 6.0], [-3.0, 3.0]]}


class Endpoint:
    """An endpoint in a process of its own, and requests to it."""

    def __init__(self, folder: Path, signature: Signature | None, cls: str, **more: Any) -> None:
        data = _pickled(folder, cls)
        artifact = Artifact(name="model", digest=digest_bytes(data), size=len(data), format="pickle", pickled=True)
        revision = Planned(number=7, model="m", version=3, role="live", share=1.0, artifact=artifact, signature=signature)
        settings = EndpointSettings(consent=True, most_rows=100, most_body=100_000, **more)
        write_plan(
            folder / "plan", Plan(endpoint="e", state="on", generation=1, settings=settings, revisions=(revision,)), {artifact.digest: data}
        )
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TREADLE_")} | {
            "PYTHONPATH": str(folder),
            "TREADLE_TOKEN": "secret",
        }
        command = [sys.executable, "-m", "treadle", "serve", "--plan", str(folder / "plan")]
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said.startswith("Treadle serves"), (folder / "log").read_text()
        self.port = int(said.rpartition(":")[2])

    def ask(self, path: str, body: Any = None, *, method: str | None = None, **headers: str) -> tuple[int, Any, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            sent = {"Content-Type": "application/json"} if data is not None else {}
            connection.request(
                method or ("GET" if data is None else "POST"), path, data, sent | {k.replace("_", "-"): v for k, v in headers.items()}
            )
            answer = connection.getresponse()
            content = answer.read()
            found = {name.lower(): value for name, value in answer.getheaders()}
            kind = found.get("content-type", "")
            return answer.status, json.loads(content) if "json" in kind and content else content, found
        finally:
            connection.close()

    def close(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        assert self.process.stdout is not None
        self.process.stdout.close()


def _pickled(folder: Path, cls: str) -> bytes:
    (folder / "protocol_models.py").write_text(textwrap.dedent(MODELS))
    code = f"import sys, pickle, protocol_models; sys.stdout.buffer.write(pickle.dumps(protocol_models.{cls}()))"
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    made = Endpoint(tmp_path_factory.mktemp("matrix"), MATRIX, "Sum")
    yield made
    made.close()


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    made = Endpoint(tmp_path_factory.mktemp("table"), TABLE, "Table")
    yield made
    made.close()


@pytest.mark.parametrize(
    "body",
    [
        {"rows": [[1, 2, 3], [1.0, 2, None]]},
        [[1, 2, 3], [1, 2, None]],
        {"rows": [{"a": 1, "b c": 2, "d": 3}, {"d": None, "b c": 2, "a": 1}]},
        {"rows": [[1, 2, 3], {"a": 1, "b c": 2.0, "d": None}]},
        {"columns": {"a": [1, 1], "b c": [2, 2], "d": [3, None]}},
        {"rows": [{"a": 1, "b c": 2, "d": 3, "key": "k1"}, {"a": 1, "b c": 2, "d": None, "key": "k2"}]},
        {"rows": [[1, 2, 3], [1, 2, None]], "keys": ["k1", 2], "times": [1.5, "2026-01-31T12:00:00+01:00"]},
    ],
)
def test_plain_json(matrix: Endpoint, body: Any) -> None:
    status, answer, headers = matrix.ask("/predict", body)
    assert (status, answer) == (200, GOOD)
    assert (headers["treadle-revision"], headers["treadle-version"]) == ("7", "m@v3")
    assert headers["treadle-id"]
    assert matrix.ask("/", body)[1] == GOOD


@pytest.mark.parametrize(
    ("body", "status", "words", "where"),
    [
        ({"rows": [[1, 2]]}, 400, "has 2 values", "row 0"),
        ({"rows": [[1, 2, 3], [1, 2, 3, 4]]}, 400, "has 4 values", "row 1"),
        ({"rows": [{"a": 1, "d": 3}]}, 400, "column `b c` is missing", "row 0, b c"),
        ({"rows": [{"a": 1, "b c": 2, "d": 3, "e": 4}]}, 400, "no column `e`", "row 0, e"),
        ({"rows": [[1, 2, 3], [1, "x", 3]]}, 400, "column `b c` is the text `x`, and should be a whole number", "row 1, b c"),
        ({"rows": [[1, 2.5, 3]]}, 400, "should be a whole number", "row 0, b c"),
        ({"rows": [[None, 2, 3]]}, 400, "column `a` is null", "row 0, a"),
        ({"rows": [[True, 2, 3]]}, 400, "column `a` is true", "row 0, a"),
        ({"rows": []}, 400, "no rows", None),
        ({"rows": [[1, 2, 3]] * 101}, 413, "101 rows", None),
        ({"rows": 3}, 400, "`rows` is the number 3", None),
        ({"row": [[1, 2, 3]]}, 400, "unknown member `row`", None),
        ({"columns": {"a": [1], "b c": [2, 3], "d": [1]}}, 400, "has 2 values", "b c"),
        ({"rows": [[1, 2, 3]], "keys": ["a", "b"]}, 400, "one value for each", "keys"),
        ({"rows": [[1, 2, 3]], "at": "yesterday"}, 400, "RFC 3339", "at"),
        ("text", 400, "the body is the text", None),
        (b"{", 400, "not JSON", None),
        (b'{"rows": [[NaN, 2, 3]]}', 400, "NaN is not JSON", "byte 11"),
        (b'{"rows": [[-Infinity, 2, 3]]}', 400, "Infinity is not JSON", "byte 12"),
        (b'{"rows": [[1e999, 2, 3]]}', 400, "", None),
        (b"[" * 50_000, 400, "", None),
        (b"\xff\xfe", 400, "not JSON", None),
        (b"", 400, "not JSON", None),
        ({"rows": [[10**400, 2, 3]]}, 400, "column `a` is too large", "row 0, a"),
    ],
)
def test_a_mistake_is_named_with_its_row_and_column(matrix: Endpoint, body: Any, status: int, words: str, where: str | None) -> None:
    found, problem, headers = matrix.ask("/predict", body)
    assert found == status, problem
    assert headers["content-type"] == "application/problem+json"
    assert words in problem["title"]
    assert problem.get("where") == where
    assert problem["status"] == status
    assert problem["error"].startswith(problem["title"])
    assert matrix.ask("/predict", {"rows": [[1, 2, 3]]})[0] == 200


def test_other_doors(matrix: Endpoint) -> None:
    row = [[1, 2, 3], [1, 2, None]]
    split = {"dataframe_split": {"columns": ["d", "a", "b c"], "data": [[3, 1, 2], [None, 1, 2]]}}
    for body in ({"inputs": row}, {"instances": row}, split, {"inputs": {"a": [1, 1], "b c": [2, 2], "d": [3, None]}}):
        assert matrix.ask("/invocations", body)[:2] == (200, GOOD)
    records = {"dataframe_records": [{"a": 1, "b c": 2, "d": 3}, {"a": 1, "b c": 2, "d": None}]}
    assert matrix.ask("/invocations", records)[1] == GOOD
    assert matrix.ask("/v1/models/m:predict", {"instances": row})[1] == GOOD
    assert matrix.ask("/invocations", {"inputs": row, "instances": row})[0] == 400
    assert matrix.ask("/v1/models/other:predict", {"instances": row})[0] == 404
    assert matrix.ask("/v1/models/m:predict", {"rows": row})[0] == 400


def test_open_inference_protocol(matrix: Endpoint) -> None:
    assert matrix.ask("/v2")[1]["extensions"] == ["binary_tensor_data"]
    assert matrix.ask("/v2/health/live")[:2] == (200, {"live": True})
    assert matrix.ask("/v2/health/ready")[0] == 200
    said = matrix.ask("/v2/models/m")[1]
    assert (said["name"], said["versions"]) == ("m", ["3"])
    assert said["inputs"] == [{"name": "input", "datatype": "FP64", "shape": [-1, 3]}]
    assert [output["name"] for output in said["outputs"]] == ["predictions", "no", "yes"]
    assert matrix.ask("/v2/models/m/versions/3/ready")[:2] == (200, {"name": "m", "ready": True})
    assert matrix.ask("/v2/models/m/versions/4")[0] == 404
    assert matrix.ask("/v2/models/x/infer", {"inputs": []})[0] == 404

    flat = {"name": "input", "shape": [2, 3], "datatype": "FP64", "data": [1, 2, 3, 1, 2, 0]}
    for tensor in (flat, flat | {"data": [[1, 2, 3], [1, 2, 0]]}, flat | {"datatype": "INT32"}):
        status, answer, _ = matrix.ask("/v2/models/m/infer", {"id": "mine", "inputs": [tensor]})
        assert (status, answer["id"], answer["model_name"], answer["model_version"]) == (200, "mine", "m", "3")
        assert answer["outputs"] == [{"name": "predictions", "shape": [2, 2], "datatype": "FP64", "data": [-6.0, 6.0, -3.0, 3.0]}]
    columns = [{"name": name, "shape": [1], "datatype": "FP64", "data": [value]} for name, value in (("d", 3), ("a", 1), ("b c", 2))]
    asked = {"inputs": columns, "outputs": [{"name": "yes"}], "parameters": {"key": "k", "at": 1.0}}
    answer = matrix.ask("/v2/models/m/versions/3/infer", asked)[1]
    assert answer["outputs"] == [{"name": "yes", "shape": [1], "datatype": "FP64", "data": [6.0]}]
    for wrong, words in (
        (flat | {"shape": [2, 2]}, "takes 3 columns"),
        (flat | {"shape": [3, 3]}, "do not have the shape"),
        (flat | {"data": [1, 2, 3, 1, "x", 0]}, "should be a whole number"),
        (flat | {"datatype": "FP128"}, "no datatype"),
        (flat | {"shape": []}, "not a shape"),
        ({"name": "input"}, "not one of the Open Inference Protocol"),
    ):
        status, problem, _ = matrix.ask("/v2/models/m/infer", {"inputs": [wrong]})
        assert status == 400
        assert words in problem["error"]
    assert matrix.ask("/v2/models/m/infer", {"inputs": [flat], "outputs": [{"name": "maybe"}]})[0] == 400


def test_binary_tensors(matrix: Endpoint) -> None:
    data = struct.pack("<6f", 1, 2, 3, 1, 2, 0)
    tensor = {"name": "input", "shape": [2, 3], "datatype": "FP32", "parameters": {"binary_data_size": len(data)}}
    head = json.dumps(
        {"inputs": [tensor], "outputs": [{"name": "predictions", "parameters": {"binary_data": True}}, {"name": "no"}]}
    ).encode()
    status, body, headers = matrix.ask(
        "/v2/models/m/infer", head + data, Inference_Header_Content_Length=str(len(head)), Content_Type="application/octet-stream"
    )
    size = int(headers["inference-header-content-length"])
    answer = json.loads(body[:size])
    assert status == 200
    assert answer["outputs"][0] == {"name": "predictions", "shape": [2, 2], "datatype": "FP64", "parameters": {"binary_data_size": 32}}
    assert answer["outputs"][1]["data"] == [-6.0, -3.0]
    assert struct.unpack("<4d", body[size:]) == (-6.0, 6.0, -3.0, 3.0)
    for length, content in ((len(head), head + data[:-1]), (len(head), head + data + b"x"), (10**9, head), (0, head)):
        assert matrix.ask("/v2/models/m/infer", content, Inference_Header_Content_Length=str(length))[0] == 400


def test_tables(table: Endpoint) -> None:
    rows = [["AA", 100, True, "2026-01-31T12:00:00Z"], [None, 7, False, 1769864400]]
    good = {"predictions": [["AAtrue", 12, 100], ["nonefalse", 13, 7]]}
    assert table.ask("/predict", {"rows": rows})[:2] == (200, good)
    text = "when,carrier,miles,late,key\n2026-01-31T12:00:00Z,AA,100,true,k1\n1769864400,,7,false,k2\n"
    answer = table.ask("/predict", text.encode(), Content_Type="text/csv")[1]
    assert answer["predictions"][0] == good["predictions"][0]
    frame = pl.DataFrame({"carrier": ["AA", None], "miles": [100, 7], "late": [True, False], "when": [1769860800.0, 1769864400.0]})
    frame = frame.with_columns((pl.col("when") * 1e6).cast(pl.Int64).cast(pl.Datetime("us")))
    sink, stream = io.BytesIO(), io.BytesIO()
    frame.write_ipc(sink)
    frame.write_ipc_stream(stream)
    assert table.ask("/predict", sink.getvalue(), Content_Type="application/vnd.apache.arrow.file")[1] == good
    assert table.ask("/predict", stream.getvalue(), Content_Type="application/vnd.apache.arrow.stream")[1] == good
    assert table.ask("/predict", b"rubbish", Content_Type="application/vnd.apache.arrow.stream")[0] == 400
    assert table.ask("/predict", b"a,b\n1\n", Content_Type="text/csv")[1]["where"] == "row 0"
    assert table.ask("/predict", text.replace("100", "x").encode(), Content_Type="text/csv")[1]["where"] == "row 0, miles"
    inputs = [
        {"name": "carrier", "shape": [1], "datatype": "BYTES", "data": ["UA"]},
        {"name": "miles", "shape": [1], "datatype": "INT64", "data": [5]},
        {"name": "late", "shape": [1], "datatype": "BOOL", "data": [True]},
        {"name": "when", "shape": [1], "datatype": "FP64", "data": [0]},
    ]
    outputs = table.ask("/v2/models/m/infer", {"inputs": inputs})[1]["outputs"]
    assert [(o["name"], o["datatype"], o["data"]) for o in outputs] == [
        ("word", "BYTES", ["UAtrue"]),
        ("hour", "INT64", [0]),
        ("miles", "INT64", [5]),
    ]
    status, problem, _ = table.ask("/predict", {"rows": [["AA", 1, "yes", 0]]})
    assert (status, problem["where"]) == (400, "row 0, late")


def test_the_endpoint_describes_itself(matrix: Endpoint, table: Endpoint) -> None:
    for endpoint in (matrix, table):
        document = endpoint.ask("/openapi.json")[1]
        validate(document)
        assert document["info"]["version"] == "3"
    schemas = matrix.ask("/openapi.json")[1]["components"]["schemas"]
    assert schemas["Rows"]["anyOf"][0]["examples"] == [{"rows": [[1.0, 0, 0.0]]}]
    text = matrix.ask("/metrics")[1].decode()
    assert 'treadle_endpoint_ready{endpoint="e",revision="7",version="m@v3",role="live"} 1' in text


def test_paths_and_methods_that_do_not_exist(matrix: Endpoint) -> None:
    for path in ("/nothing", "/v2/models", "/v2/models/m/versions/3/x", "/../etc/passwd", "/v2/models/%2e%2e/infer", "/predict;x"):
        assert matrix.ask(path, method="GET")[0] in (404, 405)
        assert matrix.ask(path, {})[0] in (400, 404)
    assert matrix.ask("/predict")[0] == 405
    assert matrix.ask("/predict", method="DELETE")[0] == 405
    assert matrix.ask("/predict", b"x", Content_Type="application/x-www-form-urlencoded")[0] == 415
    assert matrix.ask("/predict", b"x", Content_Encoding="gzip")[0] == 415


def test_requests_of_foreign_pages_are_refused(matrix: Endpoint) -> None:
    rows = {"rows": [[1, 2, 3]]}
    assert matrix.ask("/predict", rows, Host="evil.example")[0] == 403
    assert matrix.ask("/predict", rows, Origin="http://evil.example")[0] == 403
    assert matrix.ask("/predict", rows, Sec_Fetch_Site="cross-site")[0] == 403
    assert matrix.ask("/predict", rows, Host=f"localhost:{matrix.port}", Origin=f"http://localhost:{matrix.port}")[0] == 200


def test_labels_need_a_record_and_are_checked_first(matrix: Endpoint) -> None:
    assert matrix.ask("/labels", {"labels": []})[0] == 400
    assert matrix.ask("/labels", {"labels": [{"key": "a"}]})[1]["where"] == "label 0"
    assert matrix.ask("/labels", {"labels": [{"key": "a", "value": [1]}]})[0] == 400
    assert matrix.ask("/labels", {"labels": [{"key": "a", "value": 1}]})[1]["title"] == "this endpoint has no record that could take labels"


def test_without_a_signature_rows_are_taken_as_they_come(tmp_path: Path) -> None:
    endpoint = Endpoint(tmp_path, None, "Sum")
    try:
        assert endpoint.ask("/predict", {"rows": [[1, 2, 3, 4]]})[1] == {"predictions": [[-10.0, 10.0]]}
        assert endpoint.ask("/predict", {"rows": [[1, 2], [1]]})[1]["where"] == "row 1"
        assert endpoint.ask("/predict", {"rows": [["x"]]})[0] == 400
        assert "parameters" in endpoint.ask("/v2/models/m")[1]
    finally:
        endpoint.close()


def test_a_token_is_asked_for_where_it_is_wanted(tmp_path: Path) -> None:
    endpoint = Endpoint(tmp_path, MATRIX, "Sum", tokens=True)
    try:
        rows = {"rows": [[1, 2, 3]]}
        assert endpoint.ask("/predict", rows)[0] == 401
        assert endpoint.ask("/predict", rows, Authorization="Bearer wrong")[0] == 401
        assert endpoint.ask("/predict", rows, Authorization="Bearer secret")[0] == 200
        assert endpoint.ask("/metrics")[0] == 401
        assert endpoint.ask("/health/ready")[0] == 200
    finally:
        endpoint.close()
