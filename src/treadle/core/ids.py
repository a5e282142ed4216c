"""Names for things: friendly run names, references such as `@-1` or `flights@v3`, and identifiers that sort by time."""

from __future__ import annotations

import os
import re
import time

import msgspec

from treadle.core.errors import UsageError

_FIRST = (
    "amber ample arctic autumn azure balmy bold brave bright brisk bronze calm candid clear clever cobalt coral cosmic crisp "
    "daring deft eager early earnest easy fair fancy fleet fluent fond frank fresh gentle giant glad golden grand green happy "
    "hardy hazel humble ivory jade jolly keen kind lively lucid lucky lunar mellow merry mild misty noble olive pearl placid "
    "plucky polar proud quick quiet rapid ready regal robust rosy royal ruby rustic sable sage scarlet serene sharp silent "
    "silver sleek smart smooth snowy solar solid spry stellar sunny sure swift tidy topaz tranquil true upbeat velvet vivid "
    "warm wise witty young zesty"
).split()
_SECOND = (
    "alder ant ash aspen badger bear beaver bee beech birch bison bittern cedar clover cormorant cougar crane cricket curlew "
    "deer dolphin dove eagle egret elk elm falcon fern finch fir fox gannet gecko goose grouse gull hare hawk hazel heron "
    "hornet ibex ibis iris jackdaw jay juniper kestrel kite koala lark larch lemur lilac linden lion lynx magpie maple marten "
    "merlin mole moose moth narwhal newt nightjar oak ocelot orca osprey otter owl panda petrel pike pine plover poplar puffin "
    "quail rabbit raven reed robin rook rowan salmon seal shrike sparrow spruce stork swan swift tern thrush tiger toad trout "
    "turtle viper vole walrus warbler weasel whale willow wolf wren yak yew zebra"
).split()
_SPREAD = 2_654_435_761  # Knuth's multiplicative hash: neighbours get unlike names


def friendly_name(number: int) -> str:
    """A two-word name for a run, from its number: the same number always has the same name."""
    mixed = (number * _SPREAD) & 0xFFFFFFFF
    return f"{_FIRST[mixed % len(_FIRST)]}-{_SECOND[(mixed // len(_FIRST)) % len(_SECOND)]}"


def new_key() -> str:
    """A fresh identifier of 32 hexadecimal characters that sorts by the time it was made (the layout of UUIDv7, RFC 9562)."""
    milliseconds = time.time_ns() // 1_000_000
    return f"{milliseconds:012x}{os.urandom(10).hex()}"


class DatasetRef(msgspec.Struct, frozen=True):
    """A dataset by name, and which version: `flights`, `flights@latest`, `flights@v3`, `flights@3`, or `flights@word` with a label or
    an alias of a version."""

    name: str
    version: int | None = None
    """The version's number; None, without a word, is the latest at the time the reference is resolved."""
    word: str | None = None
    """A label, else an alias, else, where it reads like one, a number. Of such a word the text is `name/v3`, to be read behind
    `dataset://` only."""

    def __str__(self) -> str:
        if self.word is not None:
            return f"{self.name}{'/' if _NUMBER.match(self.word) else '@'}{self.word}"
        return f"{self.name}@{'latest' if self.version is None else f'v{self.version}'}"


_WORD = r"[A-Za-z0-9_](?:[A-Za-z0-9_.+:\- ]{0,126}[A-Za-z0-9_.+\-])?"
_NUMBER = re.compile(r"(?:latest|v?[0-9]{1,9})\Z")
_DATASET = re.compile(
    r"(?:dataset://)?(?P<name>[A-Za-z0-9][A-Za-z0-9_.-]{0,127})"
    rf"(?:@(?:latest|v?(?P<number>[0-9]{{1,9}})|(?P<word>{_WORD}))|/(?P<slashed>{_WORD})?)?\Z"
)


def parse_dataset_ref(text: str) -> DatasetRef:
    """Reads `name`, `name@latest`, `name@v3`, `name@3`, `name@word`, each with or without `dataset://` in front; raises UsageError.

    `dataset://name/word` is read, too, as Valohai writes it: its word may be a label that looks like a number, which goes before the
    version of that number.
    """
    match = _DATASET.match(text)
    if match is None or ("/" in text.removeprefix("dataset://") and not text.startswith("dataset://")):
        raise UsageError(
            f"`{text}` is not the name of a dataset",
            hint="write name, name@latest, name@v3 or name@label; names hold letters, digits, dot, dash and underscore",
        )
    number, word = match["number"], match["word"] or match["slashed"]
    return DatasetRef(match["name"], int(number) if number else None, None if word == "latest" else word)


def check_word(what: str, text: str, *, plain: bool = True) -> None:
    """Raises UsageError for a text that cannot be a label or an alias. `plain`: nor may it read like the number of a version."""
    if text == "latest" or not re.fullmatch(_WORD, text) or (plain and _NUMBER.match(text)):
        but = "; not `latest`" + (", not `v3`" if plain else "")
        raise UsageError(f"`{text}` cannot be {what}", hint=f"letters, digits, dot, dash, underscore, plus, colon and inner spaces{but}")


class DatumRef(msgspec.Struct, frozen=True):
    """A file that a run gave: its number, or an alias."""

    number: int | None = None
    alias: str | None = None

    def __str__(self) -> str:
        return f"datum://{self.number if self.number is not None else self.alias}"


def parse_datum_ref(text: str) -> DatumRef:
    """Reads a number or an alias, with or without `datum://` in front; raises UsageError."""
    word = text.removeprefix("datum://")
    if re.fullmatch(r"[0-9]{1,15}", word):
        return DatumRef(int(word))
    check_word("the name of a datum", word)
    return DatumRef(alias=word)


class ModelRef(msgspec.Struct, frozen=True):
    """A model by name, and which version: `churn` and `churn@latest` are the newest, `churn@v3` a certain one, `churn@champion`
    the one that the alias stands on when the reference is resolved."""

    name: str
    version: int | None = None
    alias: str | None = None

    def __str__(self) -> str:
        return f"{self.name}@{self.alias or ('latest' if self.version is None else f'v{self.version}')}"


_NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}"
# Other systems' clients name models with spaces inside, too.
_MODEL_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9_.\- ]{0,126}[A-Za-z0-9_.\-])?"
_MODEL = re.compile(
    rf"^(?:model://)?(?P<name>{_MODEL_NAME})(?:@(?:latest|v?(?P<number>[0-9]{{1,9}})|(?P<alias>[A-Za-z][A-Za-z0-9_-]{{0,63}})))?$"
)


def parse_model_ref(text: str) -> ModelRef:
    """Reads `name`, `name@latest`, `name@v3`, `name@3`, `name@alias`, each with or without `model://` in front; raises UsageError."""
    match = _MODEL.match(text)
    if match is None:
        raise UsageError(
            f"`{text}` is not the name of a model",
            hint="write name, name@latest, name@v3 or name@champion; names hold letters, digits, dot, dash and underscore",
        )
    number = match["number"]
    return ModelRef(match["name"], int(number) if number else None, match["alias"])
