"""Plain JSON: {"rows": ...}, {"columns": ...} or a bare list of rows; the answer is {"predictions": ...}. Labels come the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from treadle.contract.serving import Label
from treadle.endpoint.answers import Refused
from treadle.endpoint.checker import parse, seconds

if TYPE_CHECKING:
    from treadle.endpoint.api import Facts
    from treadle.endpoint.front import Front
    from treadle.endpoint.http import Request
    from treadle.endpoint.lines import Answer, Job, Line

MOST_LABELS = 10_000
_encode = msgspec.json.Encoder().encode


def predict(front: Front, request: Request, facts: Facts) -> None:
    """Answers rows in plain JSON. Raises Refused."""
    body = request.body
    front.predict(request, lambda checker: checker.body(body), answer, facts.key, facts.at)


def answer(job: Job, line: Line, found: Answer) -> None:
    """{"predictions": [...]}: a value per row where the model gives one, else a list per row, in the order of the outputs."""
    request = job.request
    if request is None or request.gone:
        return
    body = b'{"predictions":' + _encode(found.rows()) + b"}"
    request.answer(200, body, b"%b%b\r\n" % (line.head, job.id.encode()))


def labels(body: bytes) -> list[Label]:
    """The labels in {"labels": [{"key", "value", "at"}]}. Raises Refused that names the label."""
    value = parse(body)
    given = value.get("labels") if isinstance(value, dict) else None
    if not isinstance(given, list) or not given:
        raise Refused(400, "the body needs `labels`, a list", hint='{"labels": [{"key": "order-1", "value": 1}]}')
    if len(given) > MOST_LABELS:
        raise Refused(413, f"{len(given)} labels are more than are taken at once ({MOST_LABELS})")
    return [_label(place, item) for place, item in enumerate(given)]


def _label(place: int, item: Any) -> Label:
    where = f"label {place}"
    if not isinstance(item, dict) or not {"key", "value"} <= set(item) or set(item) - {"key", "value", "at"}:
        raise Refused(400, f"{where} needs `key` and `value`, and may have `at`", where=where)
    key, value = item["key"], item["value"]
    key = str(key) if type(key) is int else key
    if not isinstance(key, str) or not 0 < len(key) <= 200:
        raise Refused(400, f"the key of {where} is not a text of 1 to 200 characters", where=where)
    if not isinstance(value, bool | int | float | str):
        raise Refused(400, f"the value of {where} is not true, false, a number or a text", where=where)
    at = None if item.get("at") is None else seconds(item["at"])
    if item.get("at") is not None and at is None:
        raise Refused(400, f"`at` of {where} is neither seconds since 1970 nor an RFC 3339 time", where=where)
    return Label(key=key, value=value if isinstance(value, bool | str) else float(value), at=at)
