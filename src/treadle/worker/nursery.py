"""The nursery: a small process that has started no thread and forks the processes of attempts.

A fork of a warm interpreter takes milliseconds where a fresh one takes tens, and the imports of a project seconds. The root
nursery knows nothing of the user; for each project it forks a template, which imports the user's module once. A template that
has a single thread after that import forks steps from itself; one with more (some libraries start threads on import) must not
fork, so steps are then forked from the root and import for themselves.

It speaks with the worker's host over one socket. When the host is gone, it ends everything it has started, and itself.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import msgspec

from treadle.core.errors import TreadleError
from treadle.worker.wire import Channel, Launch

_BLAS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Nursery:
    """Serves one channel; `template` is the project it has loaded, for a template."""

    def __init__(self, channel: Channel, template: tuple[Path, str] | None = None) -> None:
        self.channel = channel
        self.template = template
        self.children: dict[int, str] = {}
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)

    def serve(self) -> None:
        """Until the host closes the channel, or is gone."""
        try:
            self._serve()
        except (BrokenPipeError, ConnectionResetError):
            self._end_all()

    def _serve(self) -> None:
        poll = select.poll()
        poll.register(self.channel.fileno(), select.POLLIN)
        poll.register(self._wake_read, select.POLLIN)
        while True:
            ready = {fd for fd, _ in poll.poll()}
            if self._wake_read in ready:
                os.read(self._wake_read, 4096)
                self._reap()
            if self.channel.fileno() in ready:
                messages = self.channel.receive()
                if messages is None:
                    return self._end_all()
                for kind, body, descriptor in messages:
                    self._obey(kind, body, descriptor)

    def _obey(self, kind: str, body: Any, descriptor: int | None) -> None:
        if kind == "template":
            assert descriptor is not None
            self._fork_template(body, descriptor)
        elif kind in ("fork", "fork-body"):
            self._fork(msgspec.convert(body, Launch), descriptor)
        elif kind in ("become", "become-body"):
            self._become(msgspec.convert(body, Launch), descriptor)
        elif kind == "describe":
            self._describe(body)
        elif kind == "collect":
            self._collect()

    def _reap(self) -> None:
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            name = self.children.pop(pid, None)
            if name is not None:
                spent = {"cpu": usage.ru_utime + usage.ru_stime, "memory": usage.ru_maxrss * 1024}
                self.channel.send("ended", {"id": name, "pid": pid, "status": status, "usage": spent})

    def _end_all(self) -> None:
        for pid in self.children:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)

    def _fork(self, launch: Launch, descriptor: int | None) -> None:
        pid = os.fork()
        if pid:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # both sides say it, so that neither has to wait
                os.setpgid(pid, pid)
            self.children[pid] = launch.id
            if descriptor is not None:
                os.close(descriptor)
            self.channel.send("started", {"id": launch.id, "pid": pid})
            return
        self._leave()
        _run(launch, descriptor)

    def _become(self, launch: Launch, descriptor: int | None) -> None:
        """Performs the job in this very process: its parent, the root nursery, reports how it ended."""
        self.channel.send("started", {"id": launch.id, "pid": os.getpid()})
        self._leave()
        _run(launch, descriptor)

    def _leave(self) -> None:
        """Steps out of the nursery's life, into a process of its own group."""
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self.channel.close()
        close_both = (self._wake_read, self._wake_write)
        for descriptor in close_both:
            os.close(descriptor)
        with contextlib.suppress(PermissionError):  # a template leads its own group already
            os.setpgid(0, 0)

    def _fork_template(self, body: dict[str, Any], descriptor: int) -> None:
        pid = os.fork()
        if pid:
            os.close(descriptor)
            self.children[pid] = body["id"]
            return
        self._leave()
        root, file = Path(body["root"]), str(body["file"])
        _become_template(Channel(socket.socket(fileno=descriptor)), root, file, bool(body["narrow"]))

    def _describe(self, body: dict[str, Any]) -> None:
        from treadle.worker import load

        assert self.template is not None
        root, file = self.template
        try:
            declared = load.find(root, file, body["name"])
            values = load.converted(declared, body["parameters"], from_text=body["from_text"])
            definition = within(declared.definition, root)
        except TreadleError as error:
            self.channel.send("refused", error.problem())
            return
        self.channel.send("described", {"definition": msgspec.to_builtins(definition), "parameters": msgspec.to_builtins(values)})

    def _collect(self) -> None:
        """Says what the project's file declares about its loop."""
        from treadle.worker import declared

        assert self.template is not None
        try:
            found = declared.collect(*self.template)
        except TreadleError as error:
            self.channel.send("refused", error.problem())
            return
        self.channel.send("described", msgspec.to_builtins(found))


def within(definition: Any, root: Path) -> Any:
    """The definition with its file relative to the project's root."""
    if definition.file is None:
        return definition
    file = os.path.relpath(definition.file, root) if definition.file.startswith(str(root) + os.sep) else definition.file
    return msgspec.structs.replace(definition, file=file)


def _become_template(channel: Channel, root: Path, file: str, narrow: bool) -> None:
    """Imports the user's module, says how it went, and serves as a nursery of its own."""
    from treadle.sdk.define import Command, Declared
    from treadle.worker import load

    # BLAS libraries start a thread for each core when they are loaded. Told to use one they start none, so that this process
    # may fork; a forked step widens them again before the user's code runs (child.widen_blas).
    set_here = [name for name in _BLAS if narrow and name not in os.environ]
    os.environ.update(dict.fromkeys(set_here, "1"))
    log = os.open(os.devnull, os.O_WRONLY)
    os.dup2(log, 1)
    try:
        module = load.load(root, file)
    except TreadleError as error:
        channel.send("refused", error.problem())
        os._exit(0)
    finally:
        for name in set_here:
            os.environ.pop(name, None)
    threads = len(os.listdir("/proc/self/task"))
    names = [name for name, value in vars(module).items() if isinstance(value, Declared | Command)]
    gc.collect()
    gc.freeze()  # what is here now is never looked at again by the collectors of forks, so their memory stays shared
    channel.send("loaded", {"threads": threads, "names": names})
    Nursery(channel, (root, file)).serve()
    os._exit(0)


def _run(launch: Launch, descriptor: int | None) -> None:
    """In the new process: performs the attempt and leaves without returning."""
    from treadle.worker import child

    status = 70  # "internal software error" (sysexits): what is seen when even reporting failed
    try:
        status = child.perform(launch, descriptor)
    finally:
        child.leave(status)


def main() -> None:
    """`python -m treadle.worker.nursery FD`: serves the host at the other end of the inherited socket."""
    import treadle.worker.child
    import treadle.worker.load  # noqa: F401 - imported here once, so that every fork has them
    from treadle.sdk import formats

    formats.save(0, Path(os.devnull))  # a plain value is kept in memory; what choosing a format imports is imported once, here

    channel = Channel(socket.socket(fileno=int(sys.argv[1])))
    channel.connection.set_inheritable(False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the host's to answer
    child_of_host()
    Nursery(channel).serve()
    os._exit(0)  # nothing here needs an interpreter's slow goodbye


def child_of_host() -> None:
    """Its own process group, so that a terminal's Ctrl-C reaches the host alone, which then ends runs one by one."""
    with contextlib.suppress(PermissionError):
        os.setpgid(0, 0)


if __name__ == "__main__":
    main()
