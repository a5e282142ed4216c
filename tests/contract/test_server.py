"""The server over a real socket: requests, answers, errors, tokens, streams, news."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest

from treadle.assemble import Record, open_home
from treadle.contract import access
from treadle.contract import content as content_words
from treadle.core.content import digest_bytes
from treadle.core.operation import TABLE, Call
from treadle.server.serve import check_exposure
from treadle.server.settings import Settings
from treadle.testing.blobs import noise


def note(record: Record, number: int, *, kind: str = "test.noted", root: int | None = None) -> None:
    with record.store.transaction(Call(actor="ann")) as tx:
        tx.news(kind, f"thing:{number}", root=root, number=number)


def problem(response: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, f"urn:treadle:{code}")
    return body


# --- requests and answers --------------------------------------------------------------------------------------------------


def test_json_and_messagepack_answers_are_equal(served: Any) -> None:
    plain = served.http.get("/api/runs")
    packed = served.http.get("/api/runs", headers={"Accept": "application/msgpack"})
    assert packed.headers["content-type"] == "application/msgpack"
    assert msgspec.msgpack.decode(packed.content) == plain.json() == {"runs": []}


def test_bytes_travel_in_json_as_base64_and_in_messagepack_as_they_are(served: Any) -> None:
    one = served.http.post("/api/content/many", json={"blobs": [base64.b64encode(b"\0\xff").decode()]}).json()
    headers = {"Content-Type": "application/msgpack"}
    other = served.http.post("/api/content/many", content=msgspec.msgpack.encode({"blobs": [b"\0\xff"]}), headers=headers).json()
    assert one == other == {"digests": [digest_bytes(b"\0\xff")]}


@pytest.mark.parametrize(
    ("query", "where"), [("limit=many", "limit"), ("limit=1&limit=2", "limit"), ("children=perhaps", "children"), ("limmit=1", "limmit")]
)
def test_a_query_that_does_not_fit_names_the_field(served: Any, query: str, where: str) -> None:
    body = problem(served.http.get(f"/api/runs?{query}"), 400, "E0100")
    assert where in body.get("where", body["title"])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "cannot be read"),
        (b"[]", "object"),
        (b"\xff\xfe", "cannot be read"),
        (b'{"digests": [1]}', "$.digests[0]"),
        (b"{}", "digests"),
        (b'{"digests": [], "more": 1}', "more"),
        (b"[" * 100_000, "object"),
    ],
)
def test_a_body_that_does_not_fit_is_said_to_be_so(served: Any, body: bytes, words: str) -> None:
    found = problem(served.http.post("/api/content/missing", content=body, headers={"Content-Type": "application/json"}), 400, "E0100")
    assert words in found["title"] + found.get("where", "")
    assert "Traceback" not in str(found)


def test_a_body_nested_without_end_is_refused(served: Any) -> None:
    for path in ("/api/runs/1/rerun", "/api/plan"):
        body = b'{"key": "k", "parameters": {"a": ' + b"[" * 200_000 + b"]" * 200_000 + b"}}"
        problem(served.http.post(path, content=body, headers={"Content-Type": "application/json"}), 400, "E0100")


def test_path_and_body_must_not_contradict_each_other(served: Any) -> None:
    assert "path" in problem(served.http.post("/api/runs/1/stop", json={"run": "2"}), 400, "E0100")["title"]
    problem(served.http.post("/api/runs/1/stop", json={"run": "1"}), 404, "E0202")
    problem(served.http.post("/api/runs/1/stop", json={}), 404, "E0202")


def test_unknown_routes_methods_and_media(served: Any) -> None:
    problem(served.http.get("/api/nothing"), 404, "E0200")
    problem(served.http.get("/nothing"), 404, "E0200")
    refused = served.http.delete("/api/runs")
    problem(refused, 405, "E0100")
    assert refused.headers["allow"]
    for media in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        problem(served.http.post("/api/runs/1/stop", content=b"{}", headers={"Content-Type": media}), 415, "E0100")
    problem(served.http.post("/api/runs/1/stop"), 415, "E0100")


def test_a_large_body_is_refused_whether_its_length_is_said_or_not(served: Any) -> None:
    big = b'{"digests": ["' + b"x" * (2 << 20) + b'"]}'
    headers = {"Content-Type": "application/json"}
    assert served.http.post("/api/content/missing", content=big, headers=headers).status_code == 413
    assert served.http.post("/api/content/missing", content=iter([big]), headers=headers).status_code == 413


def test_a_defect_is_500_with_a_number_and_the_story_only_in_the_log(
    served: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("the secret of the house")

    monkeypatch.setattr(served.record, "call", broken)
    body = problem(served.http.get("/api/runs"), 500, "E0001")
    assert "secret of the house" not in str(body)
    number = body["title"].rpartition(" ")[2]
    assert number in caplog.text
    assert "secret of the house" in caplog.text


def test_every_answer_has_the_security_headers_and_none_allows_other_origins(served: Any) -> None:
    for path in ("/", "/api/runs", "/api/nothing", "/nothing", "/openapi.json", "/metrics"):
        headers = served.http.get(path, headers={"Origin": "https://evil.example"}).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "access-control-allow-origin" not in headers
        assert "server" not in headers


def test_the_first_page_says_what_this_is(served: Any) -> None:
    page = served.http.get("/")
    assert page.headers["content-type"].startswith("text/plain")
    assert "/openapi.json" in page.text
    assert served.address in page.text


# --- who may --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "", "[::2]", "192.168.1.7"])
def test_a_loopback_server_answers_to_no_other_name(served: Any, host: str) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as raw:
        raw.sendall(f"GET /api/runs HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        assert b" 403 " in raw.recv(4096).splitlines()[0]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "127.8.8.8", "treadle.localhost"])
def test_a_loopback_server_answers_to_this_machines_names(served: Any, host: str) -> None:
    assert served.http.get("/api/runs", headers={"Host": f"{host}:{served.port}"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_pages_of_other_origins_change_nothing(served: Any, headers: dict[str, str]) -> None:
    problem(served.http.post("/api/tokens", json={"name": "eve", "role": "admin"}, headers=headers), 403, "E0300")
    problem(served.http.delete("/api/tokens/eve", headers=headers), 403, "E0300")
    assert served.record.call(access.list_tokens, access.ListTokens()) == []


def test_the_servers_own_pages_may(served: Any) -> None:
    headers = {"Origin": served.address, "Sec-Fetch-Site": "same-origin"}
    assert served.http.post("/api/content/missing", json={"digests": []}, headers=headers).status_code == 200


def token(record: Record, name: str, role: str) -> str:
    made = record.call(access.add_token, access.AddToken(name=name, role=role))
    return str(made.secret)


def test_with_a_token_in_the_record_everybody_needs_one(served: Any) -> None:
    assert served.http.get("/api/runs").status_code == 200
    secret = token(served.record, "ann", "reader")
    refused = served.http.get("/api/runs")
    problem(refused, 401, "E0301")
    assert refused.headers["www-authenticate"] == "Bearer"
    for wrong in ("Bearer trd_wrong", "Bearer", "Basic YTpi", f"Basic {secret}", f"Bearer {secret}x"):
        problem(served.http.get("/api/runs", headers={"Authorization": wrong}), 401, "E0301")
    for path in ("/api/news", "/metrics"):
        problem(served.http.get(path), 401, "E0301")
    assert served.http.get("/api/runs", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    assert served.http.get("/health/ready").status_code == 200


def signed_in(served: Any, secret: str, **headers: str) -> httpx2.Response:
    response: httpx2.Response = httpx2.post(f"{served.address}/api/sign-in", json={"token": secret}, headers=headers, timeout=20)
    return response


def test_a_browser_signs_in_and_out(served: Any) -> None:
    secret = token(served.record, "ann", "member")
    answer = signed_in(served, secret)
    assert (answer.status_code, answer.json()["actor"], answer.json()["role"]) == (200, "ann", "member")
    given = answer.headers["set-cookie"]
    name, value = given.partition(";")[0].split("=", 1)
    assert (name, value) == (f"treadle_{served.port}", secret)
    for word in ("HttpOnly", "Path=/api", "SameSite=strict", "Max-Age="):
        assert word in given
    assert "Secure" not in given
    cookie = {"Cookie": f"other=1; {name}={value}"}
    me = served.http.get("/api/me", headers=cookie)
    assert (me.status_code, me.json()["actor"], me.json()["guarded"]) == (200, "ann", True)
    with served.http.stream("GET", "/api/news", headers=cookie) as news:
        assert news.status_code == 200
    assert served.http.post("/api/content/missing", json={"digests": []}, headers=cookie).status_code == 200
    out = served.http.delete("/api/sign-in")
    assert out.status_code == 204
    assert "Max-Age=0" in out.headers["set-cookie"]
    served.record.call(access.revoke_token, access.RevokeToken(name="ann"))
    token(served.record, "bob", "member")
    assert "sign in again" in problem(served.http.get("/api/me", headers=cookie), 401, "E0301")["hint"]


def test_everybody_who_is_let_in_may_ask_who_they_are(served: Any) -> None:
    assert served.http.get("/api/me").json()["role"] == "admin"
    for role in ("reader", "member", "approver", "worker", "admin"):
        headers = {"Authorization": f"Bearer {token(served.record, role, role)}", "X-Treadle-Project": "churn"}
        me = served.http.get("/api/me", headers=headers).json()
        assert (me["actor"], me["role"], me["project"], me["guarded"]) == (role, role, "churn", True)
        assert me["may"]
    problem(served.http.get("/api/me"), 401, "E0301")


def test_a_cookie_is_believed_for_operations_and_news_alone(served: Any) -> None:
    """Not by other protocols, not for metrics, not beside a header, not under another port's name, and not for pages of other sites."""
    secret = token(served.record, "ann", "admin")
    cookie = {"Cookie": f"treadle_{served.port}={secret}"}
    for path in ("/api/2.0/mlflow/experiments/get?experiment_id=0", "/api/v0/projects/", "/metrics"):
        assert served.http.get(path, headers=cookie).status_code == 401, path
        assert served.http.get(path, headers={"Authorization": f"Bearer {secret}"}).status_code == 200, path
    assert served.http.get("/api/runs", headers=cookie | {"Authorization": "Bearer trd_wrong"}).status_code == 401
    assert served.http.get("/api/runs", headers={"Cookie": f"treadle_{served.port + 1}={secret}"}).status_code == 401
    assert served.http.get("/api/runs", headers={"Cookie": f"treadle={secret}"}).status_code == 401
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-site"}):
        problem(served.http.post("/api/tokens", json={"name": "eve"}, headers=cookie | headers), 403, "E0300")
        problem(signed_in(served, secret, **headers), 403, "E0300")
        problem(served.http.delete("/api/sign-in", headers=headers), 403, "E0300")


@pytest.mark.parametrize("header", ["X-Forwarded-Proto", "Origin"])
def test_the_cookie_stays_on_encrypted_ways_where_it_came_by_one(served: Any, header: str) -> None:
    secret = token(served.record, "ann", "reader")
    value = "https" if header == "X-Forwarded-Proto" else f"https://127.0.0.1:{served.port}"
    assert "Secure" in signed_in(served, secret, **{header: value}).headers["set-cookie"]


def test_failed_sign_ins_say_so(served: Any) -> None:
    token(served.record, "ann", "reader")
    refused = signed_in(served, "trd_wrong")
    assert "treadle tokens add" in problem(refused, 401, "E0301")["hint"]
    assert "set-cookie" not in refused.headers
    assert refused.headers["www-authenticate"] == "Bearer"
    for wrong in ("", "a b", "a;b", "ü"):
        problem(signed_in(served, wrong), 400, "E0100")
    for body in (b"{}", b'{"token": 1}', b'{"token": "x", "more": 1}', b"{"):
        problem(served.http.post("/api/sign-in", content=body, headers={"Content-Type": "application/json"}), 400, "E0100")
    problem(served.http.post("/api/sign-in", data={"token": "trd_x"}), 415, "E0100")
    assert served.http.post("/api/sign-in", json={"token": "x" * 5000}).status_code == 413


def test_a_cookie_of_an_earlier_time_does_not_shut_out_where_nobody_needs_a_token(served: Any) -> None:
    assert served.http.get("/api/me", headers={"Cookie": f"treadle_{served.port}=trd_old"}).json()["guarded"] is False


def test_readers_read_what_people_say_and_members_write(served: Any) -> None:
    reader, member = ({"Authorization": f"Bearer {token(served.record, role, role)}"} for role in ("reader", "member"))
    said = {"subject": "pipeline:late", "text": "@reader look"}
    problem(served.http.post("/api/comments", json=said, headers=reader), 403, "E0300")
    made = served.http.post("/api/comments", json=said, headers=member).json()
    assert [one["text"] for one in served.http.get("/api/comments?subject=pipeline:late", headers=reader).json()] == [said["text"]]
    assert served.http.get("/api/mentions", headers=reader).json()["unseen"] == 1
    assert served.http.post("/api/mentions/seen", json={"comments": [made["id"]]}, headers=reader).json() == {"unseen": 0}
    assert served.http.post(f"/api/comments/{made['id']}", json={"text": "look"}, headers=member).json()["text"] == "look"
    view = {"screen": "runs", "name": "failed", "address": "state=failed"}
    problem(served.http.post("/api/views", json=view, headers=reader), 403, "E0300")
    kept = served.http.post("/api/views", json=view, headers=member).json()
    assert served.http.get("/api/views?screen=runs", headers=reader).json() == [kept]
    assert served.http.delete(f"/api/views/{kept['id']}", headers=member).json() == kept
    for path in ("/api/today", "/api/usage?days=7", "/api/people", "/api/journal/1/effects"):
        assert served.http.get(path, headers=reader).status_code == 200, path
    problem(served.http.post("/api/journal/verify", json={}, headers=member), 403, "E0300")
    assert served.http.delete(f"/api/comments/{made['id']}", headers=member).json()["removed_by"] == "member"


def test_roles_reach_as_far_as_they_say(served: Any) -> None:
    secrets = {role: token(served.record, role, role) for role in ("reader", "member", "worker", "admin")}

    def ask(role: str, method: str, path: str, **more: Any) -> int:
        return served.http.request(method, path, headers={"Authorization": f"Bearer {secrets[role]}"}, **more).status_code

    assert [ask(role, "GET", "/api/runs") for role in secrets] == [200, 200, 403, 200]
    assert [ask(role, "GET", "/api/tokens") for role in secrets] == [403, 403, 403, 200]
    assert [ask(role, "POST", "/api/content/many", json={"blobs": []}) for role in secrets] == [403, 200, 200, 200]
    assert [ask(role, "POST", "/api/work/beat", json={}) for role in secrets] == [403, 403, 200, 200]
    assert [ask(role, "POST", "/api/data/sweep", json={}) for role in secrets] == [403, 403, 403, 200]


def test_a_revoked_token_stops_working_at_once_and_the_actor_is_on_record(served: Any) -> None:
    secret = token(served.record, "boss", "admin")
    headers = {"Authorization": f"Bearer {secret}"}
    made = served.http.post("/api/tokens", json={"name": "ann", "actor": "ann@lab"}, headers=headers).json()
    theirs = {"Authorization": f"Bearer {made['secret']}"}
    assert served.http.get("/api/runs", headers=theirs).status_code == 200
    assert served.http.delete("/api/tokens/ann", headers=headers).status_code == 200
    problem(served.http.get("/api/runs", headers=theirs), 401, "E0301")
    journal = served.http.get("/api/journal?kind=token.*", headers=headers).json()
    assert [(e["actor"], e["subject"]) for e in journal[1:]] == [("boss", "token:ann"), ("boss", "token:ann")]


def test_no_door_to_the_world_without_a_token(record: Record) -> None:
    from treadle.core.errors import UsageError

    with pytest.raises(UsageError, match="anybody"):
        check_exposure(record, Settings(host="0.0.0.0"))
    check_exposure(record, Settings(host="0.0.0.0", insecure=True))
    check_exposure(record, Settings(host="::1"))
    token(record, "ann", "admin")
    check_exposure(record, Settings(host="0.0.0.0"))


# --- bytes ----------------------------------------------------------------------------------------------------------------

OCTETS = {"Content-Type": "application/octet-stream"}


def test_content_is_stored_once_and_read_in_whole_and_in_parts(served: Any) -> None:
    data = noise(9 << 20)
    digest = digest_bytes(data)
    blocks = [data[at : at + 100_000] for at in range(0, len(data), 100_000)]
    assert served.http.put(f"/api/content/{digest}", content=iter(blocks), headers=OCTETS).json()["new"] is True
    assert served.http.put(f"/api/content/{digest}", content=data, headers=OCTETS).json() == {
        "digest": digest,
        "size": len(data),
        "new": False,
    }
    whole = served.http.get(f"/api/content/{digest}")
    assert whole.content == data
    assert whole.headers["content-disposition"].startswith("attachment")
    for said, start, end in (("bytes=0-9", 0, 10), ("bytes=5000000-5000001", 5_000_000, 5_000_002), ("bytes=9437180-", 9_437_180, None)):
        part = served.http.get(f"/api/content/{digest}", headers={"Range": said})
        assert (part.status_code, part.content) == (206, data[start:end])
        assert part.headers["content-range"] == f"bytes {start}-{start + len(part.content) - 1}/{len(data)}"
    assert served.http.get(f"/api/content/{digest}", headers={"Range": "bytes=-7"}).content == data[-7:]
    behind = served.http.get(f"/api/content/{digest}", headers={"Range": f"bytes={len(data)}-"})
    assert (behind.status_code, behind.headers["content-range"]) == (416, f"bytes */{len(data)}")
    assert served.http.get(f"/api/content/{digest}", headers={"Range": "lines=1-2"}).content == data
    assert served.http.head(f"/api/content/{digest}").headers["content-length"] == str(len(data))


def test_bytes_with_another_digest_are_refused_and_leave_nothing_behind(served: Any, tmp_path: Path) -> None:
    digest = digest_bytes(b"right")
    problem(served.http.put(f"/api/content/{digest}", content=b"wrong", headers=OCTETS), 400, "E0110")
    problem(served.http.get(f"/api/content/{digest}"), 404, "E0203")
    assert [path for path in (tmp_path / "home" / "blobs").rglob("*") if path.is_file()] == []


def test_an_upload_that_breaks_off_leaves_nothing_behind(served: Any, tmp_path: Path) -> None:
    digest = digest_bytes(b"x" * 1000)
    lines = (f"PUT /api/content/{digest} HTTP/1.1", "Host: localhost", "Content-Type: application/octet-stream", "Content-Length: 1000")
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as raw:
        raw.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + b"x" * 500)
        raw.shutdown(socket.SHUT_WR)
        raw.recv(1)
    served.settle()
    assert [path for path in (tmp_path / "home").rglob("*") if path.is_file() and path.stat().st_size == 500] == []
    assert served.http.put(f"/api/content/{digest}", content=b"x" * 1000, headers=OCTETS).json()["new"] is True


@pytest.mark.parametrize("digest", ["x", "..%2f..%2fetc%2fpasswd", "A" * 64, "0" * 63, "%2e%2e", "0" * 63 + "%00"])
def test_what_is_not_a_digest_reaches_no_file(served: Any, digest: str) -> None:
    for method in ("GET", "PUT"):
        response = served.http.request(method, f"/api/content/{digest}", headers=OCTETS)
        assert response.status_code in (400, 404), response.text
    assert served.http.get(f"/api/trees/{digest}").status_code in (400, 404)


def test_an_upload_above_the_limit_is_refused(served: Any) -> None:
    blocks = (b"x" * (1 << 20) for _ in range(65))
    response = served.http.put(f"/api/content/{'0' * 64}", content=blocks, headers=OCTETS)
    assert response.status_code == 413


def test_small_blobs_are_read_together_and_large_ones_are_left_to_streams(served: Any) -> None:
    small, large = b"small", noise(content_words.SMALL_CONTENT)
    digests = served.record.blobs.put_many([small, large])
    answer = served.http.post("/api/content/read", json={"digests": digests}).json()
    assert answer == {"blobs": [base64.b64encode(small).decode(), None]}


def test_the_files_of_a_tree_are_listed_in_pages(served: Any, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("a", "b", "c"):
        (folder / name).write_text(name)
    tree = served.record.contents.adopt_tree(folder)
    page = served.http.get(f"/api/trees/{tree.manifest}?limit=2").json()
    rest = served.http.get(f"/api/trees/{tree.manifest}?limit=2&after={page[-1]['path']}").json()
    assert [f["path"] for f in page + rest] == ["a", "b", "c"]
    problem(served.http.get(f"/api/trees/{digest_bytes(b'a')}"), 400, "E0100")


# --- news, health, metrics, document ---------------------------------------------------------------------------------------


def events(lines: Iterator[str], count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while len(found) < count:
        line = next(lines)
        if line.startswith("data: "):
            found.append(json.loads(line.removeprefix("data: ")))
    return found


def test_news_come_from_where_the_reader_was_and_as_it_happens(served: Any) -> None:
    for number in range(1, 6):
        note(served.record, number)
    with served.http.stream("GET", "/api/news?after=2") as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = response.iter_lines()
        assert [e["data"]["number"] for e in events(lines, 3)] == [3, 4, 5]
        note(served.record, 6)
        assert events(lines, 1)[0]["data"]["number"] == 6
    with served.http.stream("GET", "/api/news?after=1", headers={"Last-Event-ID": "5"}) as response:
        assert events(response.iter_lines(), 1)[0]["data"]["number"] == 6


def test_news_of_one_run_and_of_one_kind_only(served: Any) -> None:
    with served.http.stream("GET", "/api/news?kind=run.*&root=7") as response:
        lines = response.iter_lines()
        assert next(lines).startswith("retry:")
        note(served.record, 1, kind="run.done", root=8)
        note(served.record, 2, kind="test.done", root=7)
        note(served.record, 3, kind="run.done", root=7)
        assert events(lines, 1)[0]["data"]["number"] == 3


def test_news_written_by_another_process_arrive_as_well(served: Any, tmp_path: Path) -> None:
    other = open_home(tmp_path / "home")
    with served.http.stream("GET", "/api/news") as response:
        lines = response.iter_lines()
        assert next(lines).startswith("retry:")
        note(other, 1)
        assert events(lines, 1)[0]["data"]["number"] == 1
    other.close()


def test_silence_is_filled_with_heartbeats_and_draining_ends_the_news(served: Any) -> None:
    with served.http.stream("GET", "/api/news") as response:
        lines = response.iter_lines()
        while next(lines) != ": still here":
            pass
        served.drain()
        assert list(lines)[-1:] in ([], [""])  # the stream ends whole, not torn
    assert served.http.get("/health/ready").status_code == 503
    assert served.http.get("/health/live").status_code == 200
    assert served.http.get("/api/news").status_code == 503


def test_a_reader_that_does_not_read_gets_everything_later(served: Any) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as raw:
        raw.sendall(b"GET /api/news?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with served.record.store.transaction(Call()) as tx:
            for number in range(3000):
                tx.news("test.noted", f"thing:{number}", number=number, words="x" * 1000)
        assert served.http.get("/api/runs").status_code == 200
        received, seen = b"", 0
        while seen < 3000:
            received += raw.recv(1 << 20)
            *whole, received = received.split(b"\n")
            seen += sum(1 for line in whole if line.startswith(b"data: "))


def test_metrics_count_requests_and_show_the_record(served: Any) -> None:
    served.http.get("/api/runs")
    served.http.get("/api/runs/99")
    note(served.record, 1)
    text = served.http.get("/metrics").text
    assert 'treadle_requests_total{operation="runs.list",status="200"} 1.0' in text
    assert 'treadle_requests_total{operation="runs.get",status="404"} 1.0' in text
    assert 'treadle_request_seconds_count{operation="runs.list"} 1.0' in text
    assert 'treadle_runs{state="queued"} 0.0' in text
    assert "treadle_journal_last_entry 1.0" in text
    assert "process_resident_memory_bytes" in text


def test_the_document_names_every_operation_and_is_valid(served: Any) -> None:
    document = served.http.get("/openapi.json").json()
    named = {one["operationId"] for path in document["paths"].values() for one in path.values()}
    assert named == set(TABLE)
    submit = document["paths"]["/api/runs"]["post"]
    assert submit["x-permission"] == "run:create"
    assert submit["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/SubmitRun"}
    validator = pytest.importorskip("openapi_spec_validator")
    validator.validate(document)


def test_the_document_describes_what_is_answered(served: Any) -> None:
    """Every path with a GET and no fields in it answers as the document says, as far as the types of the top go."""
    document = served.http.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        if "{" in path or "get" not in methods or any(p["required"] for p in methods["get"]["parameters"]):
            continue
        answer = served.http.get(path)
        assert answer.status_code == 200, path
        schema = methods["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        kind = schema.get("type") or document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["type"]
        assert isinstance(answer.json(), {"array": list, "object": dict}[kind]), path
