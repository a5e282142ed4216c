"""Where the processes of models are born: a small process that has imported what a format needs and forks one for each revision.

A model whose process died is back in the time it takes to load its bytes, not in the seconds that importing scikit-learn takes. This
process has one thread; when an import has started others (some libraries do), processes are started afresh instead of forked.

It is asked over a socket of packets: {id, preload} with the descriptor of the model's end of a socket, answered by {id, pid} with a
descriptor of the process (pidfd), through which the worker can end it without ever meeting another process of the same number.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import os
import select
import signal
import socket
import subprocess
import sys

import msgspec

_PRELOADS = {
    "sklearn": ("numpy", "treadle.endpoint.score", "treadle.sdk.formats", "sklearn", "skops.io"),
    "skops": ("numpy", "treadle.endpoint.score", "treadle.sdk.formats", "sklearn", "skops.io"),
    "lightgbm": ("numpy", "treadle.endpoint.score", "treadle.sdk.formats", "lightgbm"),
    "xgboost": ("numpy", "treadle.endpoint.score", "treadle.sdk.formats", "xgboost"),
    "onnx": ("numpy", "treadle.endpoint.score"),  # its runtime starts a thread when it is imported: that is for the child
}
_OTHERS = ("numpy", "treadle.endpoint.score", "treadle.sdk.formats")
_HIDDEN = ("pandas", "pyarrow", "pytest")
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of <linux/prctl.h>


class Nursery:
    """Serves one worker over `control` until the worker is gone."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.children: dict[int, int] = {}  # pid -> pidfd

    def serve(self) -> None:
        poll = select.poll()
        poll.register(self.control.fileno(), select.POLLIN)
        while True:
            for descriptor, _ in poll.poll():
                if descriptor == self.control.fileno():
                    data, received, _, _ = socket.recv_fds(self.control, 1 << 16, 4)
                    if not data:
                        return self._end()
                    pid, pidfd = self._start(msgspec.msgpack.decode(data), received)
                    poll.register(pidfd, select.POLLIN)
                    self.children[pid] = pidfd
                else:
                    poll.unregister(descriptor)
                    self._reap(descriptor)

    def _start(self, asked: dict[str, object], received: list[int]) -> tuple[int, int]:
        preload(str(asked["preload"]))
        end = received[0]
        if len(os.listdir("/proc/self/task")) > 1:
            os.set_inheritable(end, True)
            # The child outlives this object, and is reaped by its number.
            process = subprocess.Popen([sys.executable, "-m", "treadle.endpoint.host", str(end)], pass_fds=(end,), stdin=subprocess.DEVNULL)
            pid = process.pid
            process.returncode = 0
        else:
            pid = os.fork()
            if pid == 0:
                self._become(end)
        os.close(end)
        pidfd = os.pidfd_open(pid)
        socket.send_fds(self.control, [msgspec.msgpack.encode({"id": asked["id"], "pid": pid})], [pidfd])
        return pid, pidfd

    def _become(self, end: int) -> None:
        """The child's life: it never returns."""
        status = 1
        try:
            parent = os.getppid()
            die_with_parent()
            if os.getppid() != parent:
                os._exit(0)
            self.control.close()
            for pidfd in self.children.values():
                os.close(pidfd)
            os.dup2(2, 1)
            from treadle.endpoint.host import run

            run(socket.socket(fileno=end))
            status = 0
        except OSError:
            pass  # the worker is gone
        finally:
            os._exit(status)

    def _reap(self, pidfd: int) -> None:
        pid = next((pid for pid, known in self.children.items() if known == pidfd), None)
        if pid is not None:
            del self.children[pid]
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
        os.close(pidfd)

    def _end(self) -> None:
        for pidfd in self.children.values():
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(pidfd, signal.SIGKILL)


def preload(name: str) -> None:
    """Imports what models of a format need; what is not installed shows when the model is loaded."""
    fresh = False
    # scikit-learn imports pandas only to ask for its version; without it its import takes half the time and two thirds of the memory.
    hidden = [library for library in _HIDDEN if library not in sys.modules] if name in ("sklearn", "skops") else []
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    for module in _PRELOADS.get(name.partition("+")[0], _OTHERS):
        if module not in sys.modules:
            fresh = True
            with contextlib.suppress(ImportError):
                importlib.import_module(module)
    for library in hidden:
        del sys.modules[library]
    if fresh:
        gc.collect()
        gc.freeze()


def die_with_parent() -> None:
    """The kernel ends this process when its parent ends, however that happens."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)


def main() -> None:
    """`python -m treadle.endpoint.nursery FD FORMAT...`"""
    die_with_parent()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the worker says when to end, by closing its socket
    control = socket.socket(fileno=int(sys.argv[1]))
    import warnings

    warnings.simplefilter("ignore")
    for name in sys.argv[2:]:
        preload(name)
    Nursery(control).serve()


if __name__ == "__main__":
    main()
