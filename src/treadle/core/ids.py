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
    """A dataset by name, and which version: `flights`, `flights@latest`, `flights@v3` or `flights@3`."""

    name: str
    version: int | None = None
    """The version's number; None is the latest at the time the reference is resolved."""

    def __str__(self) -> str:
        return f"{self.name}@{'latest' if self.version is None else f'v{self.version}'}"


_DATASET = re.compile(r"^(?:dataset://)?(?P<name>[A-Za-z0-9][A-Za-z0-9_.-]{0,127})(?:@(?:latest|v?(?P<number>[0-9]{1,9})))?$")


def parse_dataset_ref(text: str) -> DatasetRef:
    """Reads `name`, `name@latest`, `name@v3`, `name@3`, each with or without `dataset://` in front; raises UsageError."""
    match = _DATASET.match(text)
    if match is None:
        raise UsageError(
            f"`{text}` is not the name of a dataset",
            hint="write name, name@latest or name@v3; names hold letters, digits, dot, dash and underscore",
        )
    number = match["number"]
    return DatasetRef(match["name"], int(number) if number else None)


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
