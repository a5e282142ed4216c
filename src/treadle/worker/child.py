"""Inside the process of an attempt: the user's function is called with its inputs, and what it returns is saved.

Nothing here talks to a network or a database. What happened is written to the attempt's spool, a local file: the outputs, then
the end, as the last record. A process that dies before leaves no end, and its supervisor knows by how it died.
"""

from __future__ import annotations

import atexit
import ctypes
import errno
import importlib
import math
import os
import random
import re
import shutil
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

import msgspec

from treadle.contract.data import INLINE, PLAIN_INLINE, Artifact
from treadle.contract.runs import End
from treadle.contract.work import JobInput
from treadle.core.content import digest_bytes, digest_file
from treadle.core.definition import Output
from treadle.core.errors import DataError, FormatError, InputError, RunFailed, TreadleError
from treadle.sdk import formats, models
from treadle.sdk.define import Command, Declared, orchestrate
from treadle.sdk.spool import SpoolWriter
from treadle.worker import load
from treadle.worker.wire import Channel, Launch

_PLAIN = ("json", "text")


def perform(launch: Launch, descriptor: int | None) -> int:
    """Performs the attempt in this process; answers its exit status: 0 when the function returned."""
    folder = Path(launch.folder)
    _settle_in(launch, folder)
    if launch.argv:
        os.execvpe(launch.argv[0], launch.argv, os.environ)
    spool = SpoolWriter(launch.folder)
    root = Path(launch.root)
    try:
        _seed(launch.job.seed)
        artifacts = _call(launch, root, descriptor)
    except SystemExit as left:
        return _record_exit(spool, left)
    except TreadleError as error:
        kind = "raised" if isinstance(error, FormatError | DataError | RunFailed) else "start"  # the code ran, and something broke in it
        end = End(
            kind=kind,
            message=error.what,
            error=type(error).__name__,
            place=error.where or load.place_of(error, root),
            code=error.code,
            hint=error.hint,
        )
        return _record(spool, end, f"error[{error.code}]: {error.what}\n" + (f"  hint: {error.hint}\n" if error.hint else ""), 1)
    except OSError as error:
        if error.errno == errno.ENOSPC:  # make room for the last words: what was half written is of no use
            shutil.rmtree(folder / "out", ignore_errors=True)
        return _record_raised(spool, error, root)
    except BaseException as error:  # whatever user code raises is recorded as what it is, and ends this process
        return _record_raised(spool, error, root)
    for artifact in artifacts:
        spool.write({"k": "out", "t": time.time(), "v": msgspec.to_builtins(artifact, builtin_types=(bytes,))})
    return _record(spool, End(kind="done"), "", 0)


def _settle_in(launch: Launch, folder: Path) -> None:
    """Output to the attempt's log, the attempt's folder as working folder, and the environment variables of the run."""
    log = os.open(folder / "log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(nothing)
    os.close(log)
    for name in ("stdout", "stderr"):  # whatever this interpreter had buffered belongs to its parent
        setattr(
            sys, name, os.fdopen(1 if name == "stdout" else 2, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
        )
    _end_with_parent()
    work = folder / "work"
    work.mkdir(exist_ok=True)
    os.chdir(work)
    job = launch.job
    os.environ.update(
        {
            "TREADLE_SPOOL": launch.folder,
            "TREADLE_RUN": str(job.run),
            "TREADLE_RUN_NAME": job.run_name,
            "TREADLE_ATTEMPT": str(job.number),
            "TREADLE_SEED": str(job.seed),
            "TREADLE_WORK": str(work),
        }
    )
    _keep_to(_threads(job.definition.resources.cpu))
    os.environ.update(launch.secrets)
    os.environ.update(launch.variables)


_WAITING_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def _keep_to(threads: int) -> None:
    """Libraries whose threads wait by spinning get as many as the step has asked for, unless the person has said otherwise.

    Left alone each of them takes every core, and two steps side by side then spin for each other's threads: a fit of two seconds
    was seen to take fifty. Libraries read these names when they are loaded; one that is loaded already is told by threadpoolctl.
    """
    said = os.environ.get("OMP_NUM_THREADS")
    for name in _WAITING_THREADS:
        os.environ.setdefault(name, str(threads))
    if said is None and "threadpoolctl" in sys.modules:
        sys.modules["threadpoolctl"].threadpool_limits(threads)


def _threads(cpu: float) -> int:
    return max(1, min(math.ceil(cpu), len(os.sched_getaffinity(0))))


_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def _end_with_parent() -> None:
    """Should the nursery be killed, this process is killed with it: nobody would supervise it (prctl(2), PR_SET_PDEATHSIG)."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _seed(seed: int) -> None:
    """Seeds Python's random numbers, and NumPy's where the project has imported it; others read TREADLE_SEED."""
    random.seed(seed)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(seed % (1 << 32))


def widen_blas(cores: int) -> None:
    """Gives the BLAS libraries of this process their threads back, after they were loaded with one (see nursery)."""
    with open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:
        libraries = set(re.findall(r"(/\S*openblas\S*\.so\S*)", maps.read()))
    for path in sorted(libraries):
        library = ctypes.CDLL(path)
        for name in (
            "scipy_openblas_set_num_threads64_",
            "scipy_openblas_set_num_threads",
            "openblas_set_num_threads64_",
            "openblas_set_num_threads",
        ):
            function = getattr(library, name, None)
            if function is not None:
                function(cores)
                break


def _call(launch: Launch, root: Path, descriptor: int | None) -> list[Artifact]:
    job = launch.job
    definition = job.definition
    if definition.kind == "pipeline" and definition.dialect in BODIES:
        assert descriptor is not None
        return _call_our_body(launch, root, definition.dialect, descriptor)
    if definition.file is None or definition.function is None:
        raise InputError(f"run {job.run} names no function to call")
    if "numpy" in sys.modules:
        widen_blas(_threads(definition.resources.cpu))
    declared = load.find(root, definition.file, definition.function)
    assert isinstance(declared, Declared)
    arguments = load.converted(declared, job.parameters, from_text=False)
    if definition.kind == "pipeline":
        assert descriptor is not None
        return _call_body(launch, root, declared, arguments, descriptor)
    known = {declared_input.name: declared_input for declared_input in definition.inputs}
    for name, value in job.inputs.items():
        arguments[name] = _value(known[name].form, name, value, launch.paths.get(name, []))
    orchestrate(None)
    models.taken.update({name: value.artifacts[0] for name, value in job.inputs.items() if value.artifacts})
    return save_outputs(definition.outputs, declared.function(**arguments), Path(launch.folder), declared)


BODIES = {"sweep": "treadle.worker.trials", "valohai": "treadle.valohai.graph"}
"""The bodies of ours, by the dialect of what they perform: modules with `perform(body, parameters)`."""


def _call_our_body(launch: Launch, root: Path, dialect: str, descriptor: int) -> list[Artifact]:
    from treadle.worker.body import Body

    channel = Channel(socket.socket(fileno=descriptor))
    if launch.plan:
        channel.send("open-end", "what it calls follows from what its runs give")
        return []
    made: list[Artifact] = importlib.import_module(BODIES[dialect]).perform(Body(channel, launch, root), dict(launch.job.parameters))
    return made


def _call_body(launch: Launch, root: Path, declared: Declared[..., Any], arguments: dict[str, Any], descriptor: int) -> list[Artifact]:
    from treadle.worker.body import Body

    if launch.plan:
        return _look_at_body(launch, root, declared, arguments, descriptor)
    body = Body(Channel(socket.socket(fileno=descriptor)), launch, root)
    arguments |= body.inputs()
    orchestrate(body)
    try:
        result = declared.function(**arguments)
        return body.outputs(declared, result)
    finally:
        orchestrate(None)


def _look_at_body(launch: Launch, root: Path, declared: Declared[..., Any], arguments: dict[str, Any], descriptor: int) -> list[Artifact]:
    """Performs a pipeline's body for its plan: says how far it came, and why not further."""
    from treadle.worker.planning import PlanBody, UnknownValue

    channel = Channel(socket.socket(fileno=descriptor))
    body = PlanBody(channel, launch, root)
    orchestrate(body)
    try:
        declared.function(**(arguments | body.inputs()))
    except UnknownValue as unknown:
        channel.send("open-end", f"what follows depends on the value of {unknown}, which has not been computed")
    except TreadleError as error:
        channel.send("open-end", f"error[{error.code}]: {error.what}")
    except Exception as error:
        channel.send("open-end", f"the pipeline raised {type(error).__name__}: {error} at {load.place_of(error, root)}")
    return []


def _value(form: str, name: str, given: JobInput, paths: list[str | None]) -> Any:
    """An input in the form that the annotation asks for: one value, or a list of them."""
    values = []
    for artifact, path in zip(given.artifacts, paths, strict=True):
        source = Path(path) if path is not None else artifact.inline
        if source is None:
            raise InputError(f"input `{name}` has neither bytes nor a file")
        if artifact.pickled and not given.own:
            raise FormatError(
                f"input `{name}` is a pickle from outside this project, and loading it would execute code",
                hint=f"annotate `{name}: Path` and load it yourself if you trust it",
            )
        values.append(formats.load(artifact.format, source, form, consent=artifact.pickled))
    return values if given.many else values[0]


def save_outputs(outputs: tuple[Output, ...], result: Any, folder: Path, declared: Declared[..., Any] | Command) -> list[Artifact]:
    """Saves what a step returned, one artifact per declared output; raises FormatError naming the output."""
    if not outputs:
        return []
    parts = _parts(outputs, result, declared.name)
    out = folder / "out"
    return [save_one(output, value, out / output.name, declared.name) for output, value in zip(outputs, parts, strict=True)]


def _parts(outputs: tuple[Output, ...], result: Any, name: str) -> list[Any]:
    if len(outputs) == 1 and outputs[0].name == "result":
        return [result]
    names = [output.name for output in outputs]
    if isinstance(result, dict):
        if sorted(result) != sorted(names):
            raise FormatError(f"`{name}` declares the outputs {', '.join(names)} and returned {', '.join(map(str, result))}")
        return [result[output] for output in names]
    if isinstance(result, tuple | list) and len(result) == len(names):
        return list(result)
    if len(names) == 1:
        return [result]
    what = f"{len(result)} values" if isinstance(result, tuple | list) else type(result).__name__
    raise FormatError(
        f"`{name}` declares the outputs {', '.join(names)} and returned {what}",
        hint="return a tuple in that order, or a dict with these names",
    )


def save_one(output: Output, value: Any, target: Path, step: str) -> Artifact:
    """One saved value as an artifact: its digest is known here, its bytes still lie in the attempt's folder (`about["path"]`)."""
    if not isinstance(value, bool | int | float | None):  # such a value needs no file, so most small steps need no folder
        target.parent.mkdir(exist_ok=True)
    try:
        if output.dataset is not None:
            return _save_dataset(output, value, target)
        saved = formats.save(value, target, format=output.format)
    except FormatError as error:
        raise FormatError(f"output `{output.name}` of `{step}`: {error.what}", where=error.where, hint=error.hint) from error
    about = dict(saved.about)
    if saved.data is not None:
        digest, size = digest_bytes(saved.data), len(saved.data)
        if size <= (PLAIN_INLINE if saved.format in _PLAIN else INLINE):
            return Artifact(
                name=output.name, digest=digest, size=size, format=saved.format, pickled=saved.pickled, inline=saved.data, about=about
            )
        target.write_bytes(saved.data)
        path = target
    else:
        assert saved.path is not None
        path = saved.path
        if saved.format in _PLAIN and not saved.tree and path.stat().st_size <= PLAIN_INLINE:
            data = path.read_bytes()
            return Artifact(name=output.name, digest=digest_bytes(data), size=len(data), format=saved.format, inline=data, about=about)
        digest, size = ("", 0) if saved.tree else (digest_file(path), path.stat().st_size)
    return Artifact(
        name=output.name,
        digest=digest,
        size=size,
        format=saved.format,
        tree=saved.tree,
        pickled=saved.pickled,
        about=about | {"path": str(path)},
    )


def _save_dataset(output: Output, value: Any, target: Path) -> Artifact:
    """A dataset's version is a folder: a frame becomes one Parquet file in it, a path its file or files."""
    if isinstance(value, Path):
        saved = formats.save(value, target)
        about, path = dict(saved.about), saved.path or target
        if saved.data is not None:
            target.mkdir()
            (target / value.name).write_bytes(saved.data)
            path = target
        elif not saved.tree:
            folder = target.with_name(target.name + ".version")
            folder.mkdir()
            path.rename(folder / value.name)
            path = folder
    else:
        target.mkdir()
        saved = formats.save(value, target / "data.parquet", format="parquet")
        if saved.data is not None:
            (target / "data.parquet").write_bytes(saved.data)
        about, path = dict(saved.about), target
    return Artifact(name=output.name, digest="", size=0, format="dataset", tree=True, about=about | {"path": str(path)})


def _record_raised(spool: SpoolWriter, error: BaseException, root: Path) -> int:
    text = load.users_traceback(error, root)
    kind = "memory" if isinstance(error, MemoryError) else "raised"
    end = End(kind=kind, message=str(error)[:2000], error=type(error).__name__, place=load.place_of(error, root), traceback=text[-20000:])
    return _record(spool, end, text, 1)


def _record_exit(spool: SpoolWriter, left: SystemExit) -> int:
    status = left.code if isinstance(left.code, int) else (0 if left.code is None else 1)
    if status == 0:
        message = "the step called exit before it returned its result"
        return _record(spool, End(kind="exit", exit=0, message=message), message + "\n", 1)
    message = left.code if isinstance(left.code, str) else f"the step called exit({status})"
    return _record(spool, End(kind="exit", exit=status, message=message), message + "\n", status & 0xFF or 1)


def _record(spool: SpoolWriter, end: End, words: str, status: int) -> int:
    if words:
        print(words, end="", file=sys.stderr, flush=True)
    try:
        spool.write({"k": "end", "t": time.time(), **msgspec.to_builtins(end)})
    except OSError as error:  # a full disk: the supervisor still sees the exit status
        print(f"treadle: the end of this run could not be written: {error}", file=sys.stderr, flush=True)
        return status or 74  # "input/output error" (sysexits)
    return status


def leave(status: int) -> None:
    """Ends the process as an interpreter would: threads joined, exit functions run, buffers written."""
    try:
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
    finally:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        os._exit(status)
