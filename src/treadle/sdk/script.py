"""A bare script or notebook as a run of its own: its spool is opened with its first word and ended with its end.

Nothing here may harm the script: what cannot be captured becomes a line in the record, and how it ends is watched by chaining, never
by replacing, what the script or its libraries have put in place.
"""

from __future__ import annotations

import _thread
import builtins
import os
import sys
import time
from pathlib import Path

from treadle.sdk.home import find_home, make_home

TYPE_CHECKING = False  # importing `typing` would be most of what importing this file costs
if TYPE_CHECKING:
    from types import FrameType, TracebackType
    from typing import Any

    from treadle.sdk.spool import SpoolWriter

SHARED = "TREADLE_SCRIPT_SPOOL"
"""The environment variable by which processes that a script starts find its spool, so that their words become one run."""

SNAPSHOT, PATCH = "snapshot", "patch"
"""The files in a script's folder with the snapshot of its code, and with what differs from the commit."""

_lock = _thread.RLock()
_script: _Script | None = None
_opening = False


def script_spool() -> SpoolWriter | None:
    """The spool of this script or notebook; opened when asked for the first time. Raises OSError when it cannot be opened.

    None when it is just being opened by the very thread that asks (from a signal handler, say).
    """
    global _script, _opening
    if _script is not None:
        return _script.writer
    shared = os.environ.get(SHARED, "")
    if shared and os.path.isdir(shared):
        from treadle.sdk.spool import SpoolWriter

        return SpoolWriter(shared)
    with _lock:
        if _opening or _script is not None:
            return _script.writer if _script else None
        _opening = True
        try:
            _script = _Script(_open_spool(make_home(find_home())))
        finally:
            _opening = False
        os.environ[SHARED] = _script.writer.folder
        _script.watch()
    return _script.writer


def _open_spool(home: Path) -> SpoolWriter:
    from treadle.core.ids import new_key
    from treadle.sdk.spool import SpoolWriter

    key = new_key()
    growing, folder = home / "spool" / f".new-{key}", home / "spool" / key
    growing.mkdir(parents=True)
    writer = SpoolWriter(growing)
    writer.write({"k": "open", "t": time.time(), "key": key, **_facts(), **_captured(growing)})
    growing.rename(folder)
    writer.folder = str(folder)
    return writer


def _facts() -> dict[str, Any]:
    """Who speaks: the script's name, its process, its user and the place it was started in."""
    import getpass

    from treadle.sdk.spool import process_identity

    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in some containers
        user = str(os.getuid())
    name, path = _script_name()
    identity = process_identity()
    return {
        "name": name,
        "path": path,
        "argv": list(sys.argv),
        "cwd": os.getcwd(),
        "user": user,
        "notebook": _shell() is not None,
        "started_at": _started_at(identity["pid_started"]),
        **identity,
    }


def process_began() -> float:
    """When this process was started, in seconds since 1970."""
    from treadle.sdk.spool import process_started

    return _started_at(process_started(os.getpid()))


def _script_name() -> tuple[str, str | None]:
    main = sys.modules.get("__main__")
    notebook = getattr(main, "__vsc_ipynb_file__", None) or os.environ.get("JPY_SESSION_NAME")
    if notebook:
        return os.path.basename(notebook), os.path.abspath(notebook)
    if _shell() is not None:
        return "notebook", None
    spec = getattr(main, "__spec__", None)
    path = getattr(main, "__file__", None)
    if path is None or not os.path.exists(path):
        return "python", None
    return (spec.name.removesuffix(".__main__") if spec else os.path.basename(path)), os.path.abspath(path)


def _started_at(ticks: str) -> float:
    """When this process started, in seconds since 1970."""
    try:
        with open("/proc/uptime", encoding="ascii") as file:
            since_boot = float(file.read().split()[0])
        return time.time() - max(0.0, since_boot - int(ticks) / os.sysconf("SC_CLK_TCK"))
    except (OSError, ValueError):
        return time.time()


def _captured(folder: Path) -> dict[str, Any]:
    """The script's code and environment, as far as they can be taken down; what cannot becomes a line in `problems`.

    The code's snapshot is written to the folder beside the spool.
    """
    import msgspec

    found: dict[str, Any] = {"problems": []}
    for name, take in (("code", _code), ("environment", _environment)):
        try:
            value = take(folder)
        except Exception as error:  # whatever is odd about this project must not become an error of the user's program
            found["problems"].append(f"{name} not captured: {type(error).__name__}: {error}")
        else:
            found[name] = value if value is None else msgspec.to_builtins(value)
    return found


def _code(folder: Path) -> Any:
    from treadle.contract.runs import Code
    from treadle.core.content import digest_bytes
    from treadle.sdk.capture import code, git, snapshot

    path = _script_name()[1]
    if path is None or not path.endswith(".py"):
        return None
    root = code.find_root(Path(path))
    closure = code.closure(root, Path(path))
    packed = snapshot.snapshot(closure)
    (folder / SNAPSHOT).write_bytes(packed)
    made: dict[str, Any] = {
        "digest": closure.digest,
        "snapshot": digest_bytes(packed),
        "parts": closure.parts,
        "warnings": closure.warnings,
    }
    state = git.git_state(root, files=closure.paths)
    if state is not None:
        made |= {"commit": state.commit, "branch": state.branch, "dirty": state.dirty, "remote": state.remote, "note": state.note or None}
        if state.patch:
            (folder / PATCH).write_bytes(state.patch)
            made["patch"] = digest_bytes(state.patch)
    return Code(**made)


def _environment(_folder: Path) -> Any:
    from treadle.contract.runs import Environment
    from treadle.sdk.capture.environment import environment

    facts = environment()
    detail = {"implementation": facts.implementation, "libc": facts.libc, "sources": facts.sources, "editable": facts.editable}
    return Environment(
        digest=facts.digest,
        python=facts.python,
        platform=f"{facts.system} {facts.machine}",
        distributions=facts.distributions,
        treadle=facts.treadle,
        detail=detail,
    )


# --- how a script ends ----------------------------------------------------------------------------------------------------


class _Script:
    """A script that logs: its spool, and what has been seen of its end."""

    def __init__(self, writer: SpoolWriter) -> None:
        self.writer = writer
        self.pid = os.getpid()
        self.cwd = os.getcwd()  # at the end it may be another one, or gone
        self.exit: Any = _UNSEEN
        self.ended = False
        self.outermost = _outermost_frame()

    def watch(self) -> None:
        """Hooks into every way in which a process notices its end; what was hooked in before is called as before."""
        import atexit
        import threading

        atexit.register(self._at_exit)
        self._watch_system()
        _chain_exit(self)
        before, before_in_threads = sys.excepthook, threading.excepthook

        def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
            if hasattr(sys, "ps1"):  # at a prompt an error ends the line, not the session
                self.say("note", v=f"{kind.__name__}: {error}")
            else:
                self.end(**_raised(error, trace, self.cwd))
            before(kind, error, trace)

        def uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
            name = args.thread.name if args.thread else "?"
            if args.exc_type is not SystemExit:
                self.say("note", v=f"thread {name} failed: {args.exc_type.__name__}: {args.exc_value}")
            before_in_threads(args)

        sys.excepthook, threading.excepthook = uncaught, uncaught_in_thread
        shell = _shell()
        if shell is not None:
            shell.events.register("post_run_cell", self._after_cell)
        if threading.current_thread() is threading.main_thread():
            self._watch_signals()

    def _watch_system(self) -> None:
        """Has a thread look at what the script and its machine use, unless TREADLE_SYSTEM_METRICS says otherwise."""
        from treadle.core.errors import UsageError
        from treadle.sdk import system, ticker

        try:
            seconds = system.interval(os.environ.get("TREADLE_SYSTEM_METRICS"))
        except UsageError as error:
            self.say("note", v=f"{error.what}; nothing of the system is recorded")
            return
        if seconds is not None:
            machine = system.Machine()
            machine.look([self.pid])
            machine.usage(self.pid)
            ticker.Ticker(
                seconds, lambda: self.say("p", s=None, m=machine.look([self.pid]) | machine.usage(self.pid)), "treadle-system"
            ).start()

    def say(self, record: str, /, **fields: Any) -> None:
        """Writes a record; a disk without room must not turn the end of a program into another one."""
        if os.getpid() == self.pid:
            try:
                self.writer.write({"k": record, "t": time.time(), **fields})
            except OSError as error:
                if sys.stderr is not None:
                    print(f"treadle: not recorded: {error}", file=sys.stderr)

    def end(self, **fields: Any) -> None:
        self.ended = True
        self.say("end", **fields)

    def _watch_signals(self) -> None:
        import signal

        hooked = [number for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT) if signal.getsignal(number) is signal.SIG_DFL]

        def on_signal(number: int, _frame: FrameType | None) -> None:
            name = signal.Signals(number).name
            self.end(kind="signal", signal=name, message=f"ended by {name}")
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)  # so that whoever started the program sees the end it asked for

        def forget() -> None:
            # A child in a long computation must die of SIGTERM at once, not when Python gets round to a handler.
            for number in hooked:
                if signal.getsignal(number) is on_signal:
                    signal.signal(number, signal.SIG_DFL)

        for number in hooked:
            signal.signal(number, on_signal)
        os.register_at_fork(after_in_child=forget)

    def _after_cell(self, result: Any) -> None:
        error = result.error_before_exec or result.error_in_exec
        if error is not None:
            self.say("note", v=f"cell {result.execution_count or '?'} failed: {type(error).__name__}: {error}")

    def _at_exit(self) -> None:
        if self.ended:
            return
        if self.outermost is None or _returned(self.outermost):
            self.end(kind="done")
            return
        status = self.exit
        if status is _UNSEEN or status is None or status == 0:
            unseen = "ended by SystemExit; its status cannot be seen from inside" if status is _UNSEEN else ""
            self.end(kind="done", message=unseen)
        elif isinstance(status, int):
            self.end(kind="exit", exit=status & 0xFF, message=f"ended with status {status & 0xFF}")
        else:
            self.end(kind="exit", exit=1, message=str(status))


class _Unseen:
    """Stands for an exit status nobody told us."""


_UNSEEN = _Unseen()


def _chain_exit(script: _Script) -> None:
    """Notes the status that is given to sys.exit, exit and quit: when Python calls the functions of atexit it has dropped it."""
    before = sys.exit

    def exit(status: Any = None, /) -> None:
        script.exit = status
        before(status)

    sys.exit = exit  # type: ignore[assignment]
    for name in ("exit", "quit"):
        quitter = type(getattr(builtins, name, None))
        if quitter.__name__ == "Quitter":
            setattr(builtins, name, _Quit(getattr(builtins, name), script))


class _Quit:
    """The builtin `exit` or `quit`, noting the status it is given."""

    def __init__(self, before: Any, script: _Script) -> None:
        self._before, self._script = before, script

    def __repr__(self) -> str:
        return repr(self._before)

    def __call__(self, code: Any = None) -> None:
        self._script.exit = code
        self._before(code)


def _raised(error: BaseException, trace: TracebackType | None, cwd: str) -> dict[str, Any]:
    """An uncaught exception as the fields of an end."""
    if isinstance(error, KeyboardInterrupt):
        # Nothing is imported on this way: Python would forget that it has to end itself by SIGINT.
        return {"kind": "stopped", "signal": "SIGINT", "message": "interrupted"}
    import traceback

    text = "".join(traceback.format_exception(type(error), error, trace))
    frames = traceback.extract_tb(trace)
    own = [frame for frame in frames if frame.filename.startswith(cwd + os.sep) and "site-packages" not in frame.filename] or frames
    place = f"{os.path.relpath(own[-1].filename, cwd)}:{own[-1].lineno}" if own else None
    return {
        "kind": "raised",
        "error": type(error).__qualname__,
        "message": str(error),
        "place": place,
        "traceback": text[-_MOST_TRACEBACK:],
    }


_MOST_TRACEBACK = 64 << 10  # characters; the end of a long one says more than its start


def _outermost_frame() -> FrameType | None:
    """The frame in which the main thread's code began: it tells at exit whether the code ran to its end."""
    import threading

    frame = sys._current_frames().get(threading.main_thread().ident or 0)
    while frame is not None and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _returned(frame: FrameType) -> bool:
    """Whether a finished frame returned (otherwise an exception went through it; at exit only SystemExit does so unseen)."""
    import dis

    at = frame.f_lasti
    return at < 0 or dis.opname[frame.f_code.co_code[at]].startswith("RETURN")


def _shell() -> Any:
    """The running IPython shell of a notebook or a prompt, or None. Imports nothing."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
