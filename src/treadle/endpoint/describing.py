"""What an endpoint says of itself: metrics for Prometheus, and the OpenAPI document of its own model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from treadle import __version__
from treadle.contract.registry import Column
from treadle.contract.serving import LATENCY_BOUNDS
from treadle.endpoint.checker import Checker

if TYPE_CHECKING:
    from treadle.endpoint.front import Front
    from treadle.endpoint.lines import Line

_COUNTERS = (
    ("requests", "Requests that the model of a revision worked on."),
    ("rows", "Rows that a revision answered."),
    ("errors", "Requests that the model failed: it raised, hung, or its process died."),
    ("invalid", "Requests refused as the caller's mistake."),
    ("refused", "Requests refused because there was too much at once."),
    ("crashes", "Deaths of the model's process."),
    ("disagreements", "Answers of a shadow that differ from the live revision's."),
)


def metrics(front: Front) -> bytes:
    """The counts of this worker, in Prometheus' text format 0.0.4."""
    lines: list[str] = []
    known = {line.number: line for line in front.lines.values()}
    traffic = front.traffic()

    def labels(number: int) -> str:
        line = known.get(number)
        version = f',version="{_quoted(line.spec.model)}@v{line.spec.version}",role="{line.role}"' if line is not None else ""
        return f'endpoint="{_quoted(front.endpoint)}",revision="{number}"{version}'

    for name, about in _COUNTERS:
        lines += [f"# HELP treadle_endpoint_{name}_total {about}", f"# TYPE treadle_endpoint_{name}_total counter"]
        lines += [f"treadle_endpoint_{name}_total{{{labels(t.revision)}}} {getattr(t, name)}" for t in traffic]
    lines += ["# HELP treadle_endpoint_latency_seconds Time from request to answer.", "# TYPE treadle_endpoint_latency_seconds histogram"]
    for t in traffic:
        total, label = 0, labels(t.revision)
        for bound, count in zip((*LATENCY_BOUNDS, "+Inf"), t.latency, strict=False):
            total += count
            lines.append(f'treadle_endpoint_latency_seconds_bucket{{{label},le="{bound}"}} {total}')
        lines.append(f"treadle_endpoint_latency_seconds_count{{{label}}} {total}")
    lines += ["# HELP treadle_endpoint_waiting Requests in line now.", "# TYPE treadle_endpoint_waiting gauge"]
    lines += [f"treadle_endpoint_waiting{{{labels(line.number)}}} {len(line.waiting)}" for line in known.values()]
    lines += ["# HELP treadle_endpoint_ready Whether a revision's model is loaded.", "# TYPE treadle_endpoint_ready gauge"]
    lines += [f"treadle_endpoint_ready{{{labels(line.number)}}} {int(line.state == 'ready')}" for line in known.values()]
    lines += ["# HELP treadle_endpoint_generation The plan that is answered by.", "# TYPE treadle_endpoint_generation gauge"]
    lines.append(f'treadle_endpoint_generation{{endpoint="{_quoted(front.endpoint)}"}} {front.generation}')
    lines += [
        "# HELP treadle_endpoint_unrecorded_total Predictions that could not be recorded.",
        "# TYPE treadle_endpoint_unrecorded_total counter",
    ]
    lines.append(f'treadle_endpoint_unrecorded_total{{endpoint="{_quoted(front.endpoint)}"}} {front.recorder.lost}')
    return ("\n".join(lines) + "\n").encode()


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def openapi(front: Front) -> bytes:
    """An OpenAPI 3.1 document with the columns of the live model, their ranges as seen, and an example of each."""
    line = front.live
    checker = line.checker if line is not None else Checker(None, front.settings.most_rows)
    schemas = _schemas(checker, line)
    problem = {
        "description": "What is wrong, in which row and column.",
        "content": {"application/problem+json": {"schema": _ref("Problem")}},
    }
    errors = {"400": problem, "413": problem, "429": problem, "500": problem, "503": problem, "504": problem}

    def post(summary: str, schema: str, answer: str, kinds: tuple[str, ...] = ()) -> dict[str, Any]:
        content: dict[str, Any] = {"application/json": {"schema": _ref(schema)}}
        content |= {kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds}
        good = {"description": "One answer for each row.", "content": {"application/json": {"schema": _ref(answer)}}}
        return {
            "post": {
                "summary": summary,
                "operationId": schema,
                "requestBody": {"required": True, "content": content},
                "responses": {"200": good, **errors},
            }
        }

    name = line.spec.model if line is not None else front.endpoint
    paths: dict[str, Any] = {
        "/predict": post(
            "Predictions for rows, columns or a table.", "Rows", "Predictions", ("text/csv", "application/vnd.apache.arrow.stream")
        ),
        f"/v2/models/{name}/infer": post("Open Inference Protocol, version 2.", "Infer", "Inferred"),
        "/labels": post("What really happened, by key.", "Labels", "AddedLabels"),
    }
    for path, summary in (
        ("/health/live", "Is the process alive?"),
        ("/health/ready", "Does a model answer?"),
        ("/metrics", "Counts for Prometheus."),
    ):
        paths[path] = {
            "get": {"summary": summary, "operationId": path.strip("/").replace("/", "_"), "responses": {"200": {"description": "Yes."}}}
        }
    document = {
        "openapi": "3.1.0",
        "info": {"title": name or "endpoint", "version": str(line.spec.version) if line is not None else __version__},
        "paths": paths,
        "components": {"schemas": schemas},
    }
    return msgspec.json.encode(document)


def _schemas(checker: Checker, line: Line | None) -> dict[str, Any]:
    names = line.names if line is not None else []
    row: dict[str, Any] = {"type": "array", "items": {"type": ["number", "null"]}}
    objects: dict[str, Any] = {"type": "object"}
    if checker.signature is not None:
        columns = {column.name: _column(column) for column in checker.columns}
        more = {word: {"type": ["string", "number", "null"]} for word in checker.words}
        row = {"type": "array", "prefixItems": list(columns.values()), "minItems": checker.width, "maxItems": checker.width}
        objects = {"type": "object", "properties": columns | more, "required": checker.names, "additionalProperties": False}
    rows: dict[str, Any] = {"type": "array", "minItems": 1, "maxItems": checker.most_rows, "items": {"anyOf": [row, objects]}}
    body: dict[str, Any] = {"type": "object", "properties": {"rows": rows}, "required": ["rows"]}
    body["examples"] = [{"rows": [[_example(column) for column in checker.columns]]}] if checker.columns else []
    by_column: dict[str, Any] = {"type": "object", "properties": {"columns": {"type": "object"}}, "required": ["columns"]}
    tensor = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "shape": {"type": "array", "items": {"type": "integer"}},
            "datatype": {"type": "string"},
            "data": {"type": "array"},
        },
    }
    label = {
        "type": "object",
        "properties": {"key": {"type": "string"}, "value": {"type": ["boolean", "number", "string"]}, "at": {"type": ["number", "string"]}},
        "required": ["key", "value"],
    }
    return {
        "Rows": {"anyOf": [body, by_column, rows]},
        "Predictions": {
            "type": "object",
            "properties": {"predictions": {"type": "array", "description": f"In the order of {', '.join(names)}" if names else ""}},
        },
        "Infer": {
            "type": "object",
            "properties": {"id": {"type": "string"}, "inputs": {"type": "array", "items": tensor}},
            "required": ["inputs"],
        },
        "Inferred": {
            "type": "object",
            "properties": {"id": {"type": "string"}, "model_name": {"type": "string"}, "outputs": {"type": "array", "items": tensor}},
        },
        "Labels": {"type": "object", "properties": {"labels": {"type": "array", "items": label}}, "required": ["labels"]},
        "AddedLabels": {"type": "object", "properties": {n: {"type": "integer"} for n in ("new", "repeated", "conflicting")}},
        "Problem": {
            "type": "object",
            "properties": {n: {"type": "string"} for n in ("type", "code", "title", "where", "hint", "error")}
            | {"status": {"type": "integer"}},
        },
    }


def _column(column: Column) -> dict[str, Any]:
    kind: Any = {"boolean": "boolean", "int64": "integer", "float64": "number", "string": "string", "datetime": "string"}[column.type]
    said: dict[str, Any] = {"type": [kind, "null"] if column.nullable else kind, "title": column.name, "examples": [_example(column)]}
    if column.type == "datetime":
        said["format"] = "date-time"
    if column.lowest is not None and column.highest is not None:
        said["description"] = f"seen from {column.lowest:g} to {column.highest:g}"
    if column.categories:
        said["description"] = f"seen: {', '.join(column.categories[:20])}"
    return said


def _example(column: Column) -> Any:
    if column.type == "string":
        return column.categories[0] if column.categories else "text"
    if column.type == "boolean":
        return True
    if column.type == "datetime":
        return "2026-01-31T12:00:00Z"
    middle = 0.0 if column.lowest is None or column.highest is None else column.lowest / 2 + column.highest / 2
    return round(middle) if column.type == "int64" else round(middle, 6)


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
