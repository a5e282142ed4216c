"""What an attempt leaves behind, brought into the store: outputs, logged files, a long log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from treadle.contract.data import Artifact
from treadle.contract.work import FinishAttempt, LoggedArtifact
from treadle.core.errors import MissingContent
from treadle.worker.attempt import LOG_IN_RECORD, Attempt
from treadle.worker.contents import Contents


class Results:
    """Stores results and completes the report of an attempt. May take long, so the host does it in a thread where it might."""

    def __init__(self, contents: Contents) -> None:
        self.contents = contents

    def of_function(self, attempt: Attempt, report: FinishAttempt, outputs: list[Artifact], files: list[dict[str, Any]]) -> FinishAttempt:
        """Stores outputs, logged files and a long log; answers the complete report."""
        stored = tuple(self.stored(a) for a in outputs)
        logged = tuple(self._logged(attempt, record) for record in files)
        if attempt.log_size() > LOG_IN_RECORD:
            attempt.mask_log()
            digest, size = self.contents.adopt(attempt.folder / "log"), attempt.log_size()
            return msgspec.structs.replace(report, outputs=stored, logged=logged, log_digest=digest, log_offset=size)
        offset, log = attempt.fresh_log()
        return msgspec.structs.replace(report, outputs=stored, logged=logged, log_offset=offset, log=log)

    def of_command(self, attempt: Attempt, report: FinishAttempt, files: list[dict[str, Any]]) -> FinishAttempt:
        """The files and folders that a command was to leave behind, as its outputs."""
        made: list[Artifact] = []
        for output in attempt.job.definition.outputs:
            path = attempt.folder / "work" / (output.path or output.name)
            if not path.exists():
                raise MissingContent(
                    f"command `{attempt.job.definition.name}` ended well but left no `{output.path}`, its output `{output.name}`"
                )
            tree = path.is_dir()
            kind = "dataset" if output.dataset else output.format or ("folder" if tree else "file")
            about: dict[str, Any] = {"path": str(path), "name": path.name}
            made.append(
                Artifact(
                    name=output.name,
                    digest="",
                    size=0 if tree else path.stat().st_size,
                    format=kind,
                    tree=tree or bool(output.dataset),
                    about=about,
                )
            )
        return self.of_function(attempt, report, made, files)

    def stored(self, artifact: Artifact) -> Artifact:
        """A saved file or folder, now in the store."""
        if artifact.inline is not None or "path" not in artifact.about:
            return artifact
        about = {key: value for key, value in artifact.about.items() if key != "path"}
        path = Path(artifact.about["path"])
        if artifact.tree:
            tree = self.contents.adopt_tree(path)
            return msgspec.structs.replace(artifact, digest=tree.manifest, size=tree.size, about=about | {"files": tree.files})
        digest = self.contents.adopt(path, artifact.digest or None, move=True)
        return msgspec.structs.replace(artifact, digest=digest, about=about)

    def _logged(self, attempt: Attempt, record: dict[str, Any]) -> LoggedArtifact:
        about = dict(record.get("about") or {}) | {"path": str(attempt.folder / record["path"])}
        artifact = Artifact(
            name=record["name"],
            digest="",
            size=int(record.get("size") or 0),
            format=record.get("format") or "file",
            tree=bool(record.get("tree")),
            pickled=bool(record.get("pickled")),
            about=about,
        )
        return LoggedArtifact(artifact=self.stored(artifact), step=record.get("step"))
