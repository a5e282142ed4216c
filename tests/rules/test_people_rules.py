"""What can be talked about, who is mentioned, and which addresses a view may have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.core.errors import UsageError
from treadle.people.rules import MOST_MENTIONS, can_be_mentioned, check_text, check_view, mentions, parse_subject


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@ada look", ("ada",)),
        ("ask @ada, @bob.", ("ada", "bob")),
        ("(@ada)", ("ada",)),
        ("@ada @ada", ("ada",)),
        ("@ada.lovelace...", ("ada.lovelace",)),
        ("@ann@lab: yes", ("ann@lab",)),
        ("mail ada@example.org", ()),
        ("pkg/@scope", ()),
        ("`@step` and ```\n@pipeline\n``` but @eve", ("eve",)),
        ("```\n@pipeline to the end", ()),
        ("@", ()),
        ("@-x @_y", ()),
        ("@" + "a" * 65, ()),
        ("line\n@bob", ("bob",)),
    ],
)
def test_names_after_an_at_are_mentioned(text: str, names: tuple[str, ...]) -> None:
    assert mentions(text) == names


@given(st.text(max_size=300))
def test_whatever_is_mentioned_stands_in_the_text_and_could_be_mentioned(text: str) -> None:
    for name in mentions(text):
        assert f"@{name}" in text
        assert can_be_mentioned(name)
        assert mentions(f"@{name} ") == (name,)


def test_a_crowd_is_not_called() -> None:
    with pytest.raises(UsageError, match=str(MOST_MENTIONS)):
        mentions(" ".join(f"@p{number}" for number in range(MOST_MENTIONS + 1)))


@pytest.mark.parametrize(
    ("subject", "parsed"),
    [
        ("run:17", ("run", "17", None)),
        ("model:flight-delay@v3", ("model", "flight-delay", 3)),
        ("model:a/b.c", ("model", "a/b.c", None)),
        ("dataset:flights@v2", ("dataset", "flights", 2)),
        ("endpoint:flights", ("endpoint", "flights", None)),
        ("pipeline:late_arrivals", ("pipeline", "late_arrivals", None)),
        ("experiment:0", ("experiment", "0", None)),
    ],
)
def test_subjects_are_kind_and_name(subject: str, parsed: tuple[str, str, int | None]) -> None:
    assert parse_subject(subject) == parsed


@pytest.mark.parametrize(
    "subject", ["", "run", "run:", "run:x", "run:0", "run:-1", "run:1 ", "model:a@latest", "model:a@v0", "token:ann", "model:a b", "x:1"]
)
def test_what_cannot_be_talked_about_says_what_can(subject: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_subject(subject)
    assert "run:17" in str(refused.value.hint)


def test_a_comment_has_words_but_not_too_many() -> None:
    assert check_text("  yes\n") == "yes"
    assert len(check_text("x" * 10_000)) == 10_000
    for text in ("", " \n", "x" * 10_001, "a\0b"):
        with pytest.raises(UsageError):
            check_text(text)


def test_an_address_is_the_query_part_of_a_url() -> None:
    assert check_view("runs", " failed ones ", "?state=failed&q=a%20b") == ("failed ones", "state=failed&q=a%20b")
    assert check_view("runs", "all", "") == ("all", "")


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/x",
        "javascript:alert(1)",
        "//evil.example",
        "?//evil.example",
        "/runs?x=1",
        "data:text/html,x",
        "a=http://x",
        "\\\\evil",
        "a b",
        "a\nb",
        "#x",
        "x" * 4001,
    ],
)
def test_an_address_that_leads_elsewhere_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="address"):
        check_view("runs", "v", address)


@pytest.mark.parametrize(("screen", "name"), [("", "v"), ("../x", "v"), ("Runs", "v"), ("runs", ""), ("runs", "x" * 101), ("runs", "a\nb")])
def test_screens_and_views_have_plain_names(screen: str, name: str) -> None:
    with pytest.raises(UsageError):
        check_view(screen, name, "a=1")
