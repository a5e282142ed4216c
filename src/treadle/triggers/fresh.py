"""The code of a pushed commit, captured from a checkout in a folder of its own, and described in a process of its own."""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from treadle.contract.runs import SubmitRun
from treadle.contract.triggers import Run
from treadle.core.errors import UsageError
from treadle.core.ids import new_key
from treadle.triggers.outside import check_out

if TYPE_CHECKING:
    from treadle.triggers.react import Keeping


def submission_of_commit(record: Keeping, act: Run, news: Mapping[str, Any]) -> SubmitRun:
    """What was applied, with definition, code and environment as the commit in the news has them."""
    data = news["data"]
    commit = str(data["commit"])
    folder = record.home / "cache" / "commits" / new_key()
    try:
        check_out(str(data["repository"]), str(data["branch"]), commit, folder)
        return _described(record, act, folder, commit)
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # the run has a snapshot


def _described(record: Keeping, act: Run, folder: Path, commit: str) -> SubmitRun:
    applied = act.submission
    file, mark, name = (applied.options.entry or "").partition("::")
    path = (folder / act.folder / file).resolve()
    if not mark or not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise UsageError(f"the commit {commit[:12]} has no file `{act.folder}{file}`", hint="apply the trigger again")
    # The worker's rooms are found by name: what they import is needed only here.
    describing = importlib.import_module("treadle.worker.submission")
    made: SubmitRun = describing.describe(record.home, record.contents, path, name, applied.parameters)
    return msgspec.structs.replace(made, bindings=applied.bindings, options=applied.options)
