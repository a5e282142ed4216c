"""The one tree of errors.

Every error a user can cause is one of these classes. Each has a stable code (`treadle explain E0201`), an HTTP status and an
exit status; its docstring is the long explanation. The message names the user's own thing; `where` is the place; `hint` is
what to do next, a runnable command where there is one.

Exit statuses: 1 the thing failed, 2 wrong use, 3 not found, 4 not allowed, 5 cannot reach, 6 conflict, 130 interrupted.
"""

from __future__ import annotations

from typing import Any, ClassVar


class TreadleError(Exception):
    """Something Treadle knows by name went wrong; the message says what, where, and what to do next."""

    code: ClassVar[str] = "E0001"
    status: ClassVar[int] = 500
    exit: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __reduce__(self) -> Any:
        return (_revive, (self.code, self.what, self.where, self.hint))

    def problem(self) -> dict[str, Any]:
        """The error as an RFC 9457 problem document (what an HTTP client is sent)."""
        body: dict[str, Any] = {"type": f"urn:treadle:{self.code}", "code": self.code, "status": self.status, "title": self.what}
        if self.where:
            body["where"] = self.where
        if self.hint:
            body["hint"] = self.hint
        return body


# --- wrong use: 2 / 400 -------------------------------------------------------------------------------------------------


class UsageError(TreadleError):
    """A command or a call was given words it cannot use. The message names the word; the hint shows the right form."""

    code, status, exit = "E0100", 400, 2


class TargetError(UsageError):
    """`treadle run FILE::NAME` could not find a step or pipeline under that name.

    FILE is a Python file or a module; NAME is a function decorated with @step or @pipeline, or a command(...) value."""

    code = "E0101"


class DefinitionError(UsageError):
    """A @step or @pipeline declaration contradicts itself: an unknown option, a wrong type, an output named twice."""

    code = "E0102"


class ParameterError(UsageError):
    """A parameter has a wrong name, or a value that its annotation does not allow.

    Parameters are the arguments annotated with plain data: numbers, strings, booleans, dates, enums, literals, lists, dicts,
    dataclasses, msgspec structs. All other arguments are inputs."""

    code = "E0103"


class InputError(UsageError):
    """An input is missing, or what was given cannot become what the annotation asks for."""

    code = "E0104"


class CircleError(UsageError):
    """A pipeline calls itself, directly or through others, so it would never end."""

    code = "E0105"


class UserSyntaxError(UsageError):
    """The project's own source file does not parse. The place names the file and the line."""

    code = "E0106"


class UserImportError(UsageError):
    """The project's own module could not be imported: a package is missing, or the module raised while loading.

    Packages belong into the environment that runs Treadle, or into `@step(packages=[...])`."""

    code = "E0107"


class QueryError(UsageError):
    """A query does not parse, or compares a key with something it cannot be compared with. The place is the column."""

    code = "E0108"

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None, span: tuple[int, int] | None = None) -> None:
        super().__init__(what, where=where, hint=hint)
        self.span = span
        """Where in the text the word begins and ends that is meant, counted in characters (code points) from 0."""

    def problem(self) -> dict[str, Any]:
        return super().problem() | ({"span": list(self.span)} if self.span else {})


class FormatError(UsageError):
    """No format can save or load this value, the library it needs is not installed, or its bytes are not what they claim.

    Pickle is never chosen silently, because loading a pickle executes code: ask for it by name, `format="pickle"`."""

    code = "E0109"


class DataError(UsageError):
    """Data handed to Treadle cannot be used: an unreadable file, a path that leaves its folder, columns that do not agree."""

    code = "E0110"


class CodeError(UsageError):
    """The project's code could not be captured: a declared file is missing, or the project is too large to snapshot."""

    code = "E0111"


class InvalidRows(UsageError):
    """Rows sent to an endpoint do not fit its model: a column is missing, unknown, null or of another type; the place names row and column.

    `GET /openapi.json` of the endpoint says what its model takes."""

    code = "E0113"


# --- not found: 3 / 404 -------------------------------------------------------------------------------------------------


class NotFound(TreadleError):
    """Nothing exists under that name or number. Objects can be named by number, friendly name, unique prefix, or @-1."""

    code, status, exit = "E0200", 404, 3


class UnknownDataset(NotFound):
    """No dataset, or no version of it, has that name. `treadle data` lists what there is."""

    code = "E0201"


class UnknownRun(NotFound):
    """No run has that number or name. `treadle runs` lists them."""

    code = "E0202"


class MissingContent(NotFound):
    """The record names bytes that the store no longer holds: removed by gc, or lost with a disk.

    `treadle data verify` names everything that is missing or damaged."""

    code = "E0203"


class UnknownOperation(NotFound):
    """The operation table has no operation of that name. `treadle api` lists them all."""

    code = "E0204"


class UnknownModel(NotFound):
    """No model, or no version or alias of it, has that name. `treadle models` lists what there is."""

    code = "E0205"


class UnknownExperiment(NotFound):
    """No experiment has this number or name in the project."""

    code = "E0206"


class UnknownDatum(NotFound):
    """No file that a run gave has this number or alias in the project. `treadle data aliases` lists the aliases."""

    code = "E0207"


# --- not allowed: 4 / 401, 403 ------------------------------------------------------------------------------------------


class NotAllowed(TreadleError):
    """The token is known, but its role does not allow this operation."""

    code, status, exit = "E0300", 403, 4


class NotSignedIn(NotAllowed):
    """The server asks for a token and none, or no valid one, was sent. Set TREADLE_TOKEN."""

    code, status = "E0301", 401


# --- cannot reach: 5 / 503 ----------------------------------------------------------------------------------------------


class Unreachable(TreadleError):
    """The server, the database or the object store did not answer. Nothing recorded is lost; the command can be repeated."""

    code, status, exit = "E0400", 503, 5


class StorageFull(Unreachable):
    """The disk that holds the home folder has no room left. What was recorded before is intact; make room and repeat."""

    code, status = "E0401", 507


class HomeError(Unreachable):
    """The home folder cannot be read or written, or was made by a newer Treadle than this one."""

    code = "E0402"


class Overloaded(Unreachable):
    """An endpoint has no model that answers now, or more requests than it can answer in time. Come again after `Retry-After` seconds."""

    code = "E0403"


# --- conflict: 6 / 409 --------------------------------------------------------------------------------------------------


class Conflict(TreadleError):
    """What this call expected is no longer so: somebody else was faster, or the object is in another state."""

    code, status, exit = "E0500", 409, 6


class LeaseLost(Conflict):
    """This worker no longer owns the attempt: its lease ran out and another attempt took over. Its result is dropped."""

    code = "E0501"


class PipelineChanged(Conflict):
    """A pipeline that continues after an interruption made a different call than the record holds at that place.

    A pipeline's function must make the same calls in the same order when it is performed again. Start a new run instead:
    finished steps whose code and inputs did not change are answered from the cache."""

    code = "E0502"


class StateError(Conflict):
    """The run is not in a state that allows this move, for example stopping a run that has ended."""

    code = "E0503"


class NotPassed(Conflict):
    """The model version has not passed its gates, so it cannot become what was asked.

    `treadle models show REF` says which gate spoke and why. A person may decide otherwise: `treadle models approve REF -m WHY
    --override`; the words are kept, and the version says that it was let through."""

    code = "E0504"


class ParameterChanged(Conflict):
    """A parameter of a client's run was logged before with another value. What a run was made with does not change afterwards.

    Log it under another name, or open another run."""

    code = "E0505"
    name, before, after = "", "", ""


class ExperimentExists(Conflict):
    """An experiment of this name exists already, perhaps as a deleted one, which can be restored."""

    code = "E0506"


class ModelExists(Conflict):
    """A registered model of this name exists already."""

    code = "E0507"


# --- it failed: 1 -------------------------------------------------------------------------------------------------------


class RunFailed(TreadleError):
    """A run ended without a result: its code raised, was stopped, ran out of time or memory, or its worker was lost.

    `treadle logs RUN` shows what it printed and `treadle show RUN` how it ended."""

    code, status, exit = "E0600", 500, 1


class Damaged(TreadleError):
    """Stored bytes do not have the digest under which they were stored. `treadle data verify` names all of them."""

    code, status, exit = "E0601", 500, 1


class EnvironmentFailed(TreadleError):
    """The declared packages could not be installed. The message holds the resolver's own words."""

    code, status, exit = "E0602", 500, 1


class ModelFailed(TreadleError):
    """The model of an endpoint raised, gave no answer in time, or ended its process. Other requests are answered as before.

    The endpoint's log holds what the model said."""

    code, status, exit = "E0603", 500, 1


class TooLarge(UsageError):
    """A request or an upload is larger than the server accepts (settings `max_body` and `max_upload`)."""

    code, status = "E0112", 413


def known_errors() -> dict[str, type[TreadleError]]:
    """Every class of the tree by its code, in order of code."""
    found: dict[str, type[TreadleError]] = {}
    waiting: list[type[TreadleError]] = [TreadleError]
    while waiting:
        cls = waiting.pop()
        if cls.code in found and found[cls.code] is not cls:
            raise AssertionError(f"two errors share the code {cls.code}")
        found[cls.code] = cls
        waiting.extend(cls.__subclasses__())
    return dict(sorted(found.items()))


def from_problem(body: dict[str, Any]) -> TreadleError:
    """The error that a problem document describes; unknown codes become the root class."""
    error = _revive(str(body.get("code", "E0001")), str(body.get("title", "unknown error")), body.get("where"), body.get("hint"))
    span = body.get("span")
    if isinstance(error, QueryError) and isinstance(span, list) and len(span) == 2:
        error.span = int(span[0]), int(span[1])
    return error


def _revive(code: str, what: str, where: str | None, hint: str | None) -> TreadleError:
    return known_errors().get(code, TreadleError)(what, where=where, hint=hint)
