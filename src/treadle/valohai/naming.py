"""What outputs are said to become part of: versions of datasets and of models, read from their properties."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from treadle.core.errors import UsageError
from treadle.core.ids import check_word, parse_dataset_ref, parse_model_ref
from treadle.valohai.sweep import Found, Say

DATASETS, MODELS = "valohai.dataset-versions", "valohai.model-versions"
_DATASET_KEYS = frozenset(("uri", "from", "start_fresh", "exclude", "targeting_aliases", "packaging", "valohai.tags"))
_MODEL_KEYS = frozenset(("model_uri", "model_version_tags", "model_release_note"))


class Whole(msgspec.Struct, kw_only=True):
    """A version that several outputs make together: the name of the artifact that it is, what is said of it, and the outputs by their
    place in the list. `about` is what the record reads: `commits` for a dataset, `registers` for a model."""

    name: str
    format: str
    about: dict[str, Any]
    members: list[int] = []


def versions(found: Iterable[Found], say: Say) -> list[Whole]:
    """The versions that outputs name, each with all outputs that name it. What cannot be understood is told and left."""
    made: dict[str, Whole] = {}
    for place, one in enumerate(found):
        for words in _said(one, DATASETS, "uri", _DATASET_KEYS, say):
            _add(made, place, _dataset(one, words, say))
        for words in _said(one, MODELS, "model_uri", _MODEL_KEYS, say):
            _add(made, place, _model(one, words, say))
    return list(made.values())


def _said(one: Found, key: str, uri: str, known: frozenset[str], say: Say) -> Iterator[dict[str, Any]]:
    """What an output says under a key, each as a mapping with its address under `uri`."""
    said = one.properties.get(key) or []
    for words in said if isinstance(said, list) else [said]:
        made = {uri: words} if isinstance(words, str) else dict(words) if isinstance(words, dict) else {}
        for unknown in sorted(made.keys() - known):
            say(f"treadle: warning: `{unknown}` in {key} of the output `{one.name}` is not known and not heeded")
        yield made


def _dataset(one: Found, words: Mapping[str, Any], say: Say) -> Whole | None:
    uri = str(words.get("uri", ""))
    match = re.fullmatch(r"dataset://([^/]+)/(.+?)/?", uri)
    if match is None:
        say(f"treadle: warning: `{uri}` of the output `{one.name}` is no dataset://NAME/VERSION")
        return None
    name, label = match[1], None if match[2] == "latest" else match[2]
    try:
        parse_dataset_ref(f"dataset://{name}")
        if label is not None:
            check_word("the name of a version", label, plain=False)
    except UsageError as error:
        say(f"treadle: warning: `{uri}` of the output `{one.name}` names no version: {error.what} ({error.hint})")
        return None
    source = words.get("from") if not words.get("start_fresh") else None
    about: dict[str, Any] = {
        "dataset": name,
        "label": label,
        "tags": _texts(words.get("valohai.tags")),
        "aliases": _texts(words.get("targeting_aliases")),
        "source": None if source is None else str(source).rstrip("/"),
        "exclude": _texts(words.get("exclude")),
    }
    return Whole(name=f"@dataset://{name}/{match[2]}", format="dataset", about={"commits": about})


def _model(one: Found, words: Mapping[str, Any], say: Say) -> Whole | None:
    uri = str(words.get("model_uri", ""))
    match = re.fullmatch(r"model://([^/]+)(?:/.*)?", uri)
    try:
        if match is None or parse_model_ref(match[1]).name != match[1]:
            raise UsageError(f"`{uri}` is no model://NAME/", hint="names hold letters, digits, dot, dash, underscore and inner spaces")
    except UsageError as error:
        say(f"treadle: warning: the output `{one.name}` is no part of a model: {error.what} ({error.hint})")
        return None
    note = words.get("model_release_note")
    about: dict[str, Any] = {"model": match[1], "tags": _texts(words.get("model_version_tags")), "note": "" if note is None else str(note)}
    return Whole(name=f"@model://{match[1]}", format="folder", about={"registers": about})


def _add(made: dict[str, Whole], place: int, whole: Whole | None) -> None:
    """Adds an output to its version. Of what several of them say lists come together, and of the rest the first word holds."""
    if whole is None:
        return
    known = made.setdefault(whole.name, whole)
    if place not in known.members:
        known.members = [*known.members, place]
    for key, said in whole.about.items():
        for name, value in said.items():
            earlier = known.about[key][name]
            known.about[key][name] = list(dict.fromkeys([*earlier, *value])) if isinstance(value, list) else earlier or value


def _texts(value: Any) -> list[str]:
    words = value if isinstance(value, list) else [] if value is None else [value]
    return [str(one) for one in words if one not in (None, "")]
