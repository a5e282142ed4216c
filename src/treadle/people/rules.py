"""The rules of comments and views: what can be talked about, who is mentioned, which addresses may be kept. Pure."""

from __future__ import annotations

import re

from treadle.contract.people import MOST_ADDRESS, MOST_TEXT
from treadle.core.errors import UsageError

MOST_MENTIONS = 50
"""People that one comment may call."""

_NUMBER = r"[1-9][0-9]{0,17}"
_NAMED = r"[^\s@\x00]{1,255}"
_VERSIONED = rf"{_NAMED}(?:@v[1-9][0-9]{{0,8}})?"
SUBJECTS: dict[str, str] = {
    "alarm": _NUMBER,
    "dataset": _VERSIONED,
    "deployment": _NAMED,
    "endpoint": _NAMED,
    "entry": _NUMBER,
    "experiment": r"0|" + _NUMBER,
    "model": _VERSIONED,
    "monitor": _NAMED,
    "pipeline": r"[^\s\x00]{1,255}",
    "project": _NAMED,
    "run": _NUMBER,
    "trigger": _NAMED,
}
"""What can be talked about -> how it is named behind the colon."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9@._-]{0,63}")
_MENTION = re.compile(r"(?<![\w@./+-])@([A-Za-z0-9][A-Za-z0-9@._-]*)")
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f\\]")
_SCREEN = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def parse_subject(subject: str) -> tuple[str, str, int | None]:
    """The kind of thing, its name, and the number of its version where one is named; raises UsageError saying what can be talked about."""
    kind, _, name = subject.partition(":")
    pattern = SUBJECTS.get(kind)
    if pattern is None or not re.fullmatch(pattern, name):
        known = ", ".join(SUBJECTS)
        raise UsageError(f"`{subject[:80]}` cannot be talked about", hint=f"KIND:NAME, such as run:17 or model:NAME@v3; kinds are {known}")
    name, at, number = name.partition("@v") if pattern == _VERSIONED else (name, "", "")
    return kind, name, int(number) if at else None


def check_text(text: str) -> str:
    """The text of a comment without the blanks around it; raises UsageError for none, or for one that is too long."""
    clean = text.strip()
    if not clean:
        raise UsageError("a comment needs words", hint="text: what you have to say")
    if len(clean) > MOST_TEXT:
        raise UsageError(f"a comment has at most {MOST_TEXT} characters, this one {len(clean)}", hint="say it in two comments")
    if "\0" in clean:
        raise UsageError("a comment cannot hold the character 0")
    return clean


def mentions(text: str) -> tuple[str, ...]:
    """The names after an @, each once, in their order; not those inside of code, nor the second half of a mail address.

    A name ends before punctuation that ends a sentence: `ask @ada.` calls `ada`."""
    found = (match[1].rstrip(".-@") for match in _MENTION.finditer(_CODE.sub(" ", text)))
    names = tuple(dict.fromkeys(name for name in found if can_be_mentioned(name)))
    if len(names) > MOST_MENTIONS:
        raise UsageError(f"a comment mentions at most {MOST_MENTIONS} people, this one {len(names)}")
    return names


def can_be_mentioned(name: str) -> bool:
    """Whether a name could stand after an @."""
    return _NAME.fullmatch(name) is not None and name == name.rstrip(".-@")


def check_view(screen: str, name: str, address: str) -> tuple[str, str]:
    """The name and the address of a view as they are kept; raises UsageError for what cannot be.

    An address is the query part of a URL and nothing else, so that following it never leaves the screen it was made on."""
    if not _SCREEN.fullmatch(screen):
        raise UsageError(
            f"`{screen[:80]}` is not the name of a screen", hint="up to 64 small letters, digits, dashes and underscores: runs"
        )
    clean = name.strip()
    if not 0 < len(clean) <= 100 or not clean.isprintable():
        raise UsageError(f"`{clean[:80]}` cannot be the name of a view", hint="1 to 100 characters on one line")
    query = address.removeprefix("?")
    if len(query) > MOST_ADDRESS:
        raise UsageError(f"the address of a view has at most {MOST_ADDRESS} characters, this one {len(query)}")
    if query.startswith("/") or "//" in query or _SCHEME.match(query) or _UNPRINTABLE.search(query) or "#" in query:
        raise UsageError("the address of a view is the query part of a URL", where=query[:80], hint="state=failed&sort=-started")
    return clean, query
