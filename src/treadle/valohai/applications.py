"""Endpoints of a valohai.yaml as applications of a deployment's version."""

from __future__ import annotations

from collections.abc import Mapping

from valohai_yaml.objs.config import Config

from treadle.contract.deployments import NewApplication
from treadle.contract.runs import Binding
from treadle.core.errors import UsageError
from treadle.valohai.steps import plain


def application_of(config: Config, endpoint: str, files: Mapping[str, Binding], yaml: str) -> NewApplication:
    """An endpoint of a valohai.yaml with its files. Raises UsageError for one that is not declared, or whose files are not given."""
    declared = config.endpoints.get(endpoint)
    if declared is None:
        known = ", ".join(f"`{one}`" for one in config.endpoints) or "none"
        raise UsageError(f"`{yaml}` declares no endpoint `{endpoint}`", where=yaml, hint=f"its endpoints are {known}")
    taken: dict[str, Binding] = {}
    for file in declared.files:
        found = files.get(f"{endpoint}.{file.name}", files.get(file.name))
        if found is None:
            raise UsageError(f"endpoint `{endpoint}` asks for the file `{file.name}`", where=yaml, hint=f"--file {file.name}=PATH")
        taken[file.name] = found
    words = {key: value for key, value in plain(declared.serialize()).items() if value is not None}
    return NewApplication(words=words, files=taken)
