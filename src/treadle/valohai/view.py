"""A run's own view of the machine: its folders appear as /valohai, nobody else's files appear at all.

Scripts name /valohai/inputs and /valohai/outputs in their text, so two runs side by side must each find their own there. A process
that leaves for new user, mount and process namespaces (user_namespaces(7), mount_namespaces(7), pid_namespaces(7)) may build itself a
file system without being root: system folders read-only, the run's folders under /valohai, an empty home and its own /tmp. Other runs,
the home folder of Treadle with its record, bytes and secrets, and the person's own files are not in it. When the first process of it
ends, the kernel ends all others, so that nothing which a command left in the background outlives its run.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import platform
import shutil
import signal
import socket
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn

from treadle.core.errors import EnvironmentFailed

SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libx32", "usr", "etc", "opt", "sys", "nix", "snap")
"""What of the machine is seen, read-only."""

_NEWNS, _NEWPID, _NEWUSER, _NEWNET = 0x00020000, 0x20000000, 0x10000000, 0x40000000
_BIND, _REC, _PRIVATE, _NOSUID, _NODEV, _NOEXEC, _DETACH = 0x1000, 0x4000, 0x40000, 0x2, 0x4, 0x8, 0x2
_RECURSIVE, _RDONLY = 0x8000, 0x1
_NUMBERS = {"x86_64": (155, 442), "aarch64": (41, 442)}  # pivot_root, mount_setattr (syscalls(2))

_libc = ctypes.CDLL(None, use_errno=True)


class View:
    """What is shown: `places` are folders or files under the name they get, `writable` those among them that may be written to."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.places: dict[str, Path] = {}
        self.writable: set[str] = set()

    def show(self, name: str, place: Path, *, write: bool = False) -> None:
        self.places[name] = place
        if write:
            self.writable.add(name)


class Port(NamedTuple):
    """`listener` is a listening socket outside; each connection to it becomes one to port `number` on the loopback address inside."""

    listener: socket.socket
    number: int


def possible() -> bool:
    """Whether this machine lets an ordinary process make such namespaces; tried in a process of its own."""
    if platform.machine() not in _NUMBERS or os.uname().sysname != "Linux":
        return False
    pid = os.fork()
    if pid == 0:
        status = 1
        with contextlib.suppress(OSError):
            _leave(os.getuid(), os.getgid())
            _mount("none", "/", None, _REC | _PRIVATE)
            status = 0
        os._exit(status)
    return os.waitpid(pid, 0)[1] == 0


def run(
    view: View, argv: Sequence[str], folder: str, variables: Mapping[str, str], streams: tuple[int, int], port: Port | None = None
) -> int:
    """Starts a program in a view of its own; answers the process to wait for. `streams` become its standard output and error.

    With a `port` it has a network of its own, too, which holds nothing but itself; what comes in by the port's socket is handed to it.
    """
    pid = os.fork()
    if pid:
        return pid
    return _first_process(view, argv, folder, variables, streams, port)


def _first_process(
    view: View, argv: Sequence[str], folder: str, variables: Mapping[str, str], streams: tuple[int, int], port: Port | None
) -> NoReturn:
    """Enters the namespaces; its child is the first process of them, which starts the program and buries what is left by others."""
    status = 125
    try:
        _end_with_parent()
        _speak_into(streams)
        _leave(os.getuid(), os.getgid(), network=port is not None)
        inner = os.fork()
        if inner == 0:
            _init(view, argv, folder, variables, port)
        signal.signal(signal.SIGTERM, lambda *_: _signalled(inner, signal.SIGTERM))
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        status = _status(_waited(inner))
    except OSError as error:
        os.write(2, f"treadle: this run's own view of the machine cannot be made: {error}\n".encode())
    os._exit(status)


def _init(view: View, argv: Sequence[str], folder: str, variables: Mapping[str, str], port: Port | None) -> NoReturn:
    status = 125
    try:
        _end_with_parent()
        _build(view)
        if port is not None:
            _raise_loopback()
            if os.fork() == 0:
                _hand_on(port)
        signal.signal(signal.SIGTERM, lambda *_: _signalled(-1, signal.SIGTERM))
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            _execute(argv, folder, variables)
        while True:
            pid, ended = _waited_any()
            if pid == child:
                status = _status(ended)
                break
    except OSError as error:
        os.write(2, f"treadle: this run's own view of the machine cannot be made: {error}\n".encode())
    os._exit(status)


def execute(argv: Sequence[str], folder: str, variables: Mapping[str, str], streams: tuple[int, int]) -> int:
    """Starts a program as it is, without a view of its own; answers the process to wait for."""
    pid = os.fork()
    if pid:
        return pid
    _end_with_parent()
    _speak_into(streams)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return _execute(argv, folder, variables)


def _end_with_parent() -> None:
    """Should the parent be killed, this process is killed with it (prctl(2), PR_SET_PDEATHSIG)."""
    _libc.prctl(1, signal.SIGKILL, 0, 0, 0)


def _speak_into(streams: tuple[int, int]) -> None:
    for target, stream in zip((1, 2), streams, strict=True):
        os.dup2(stream, target)


def _execute(argv: Sequence[str], folder: str, variables: Mapping[str, str]) -> NoReturn:
    try:
        os.chdir(folder)
        os.execvpe(argv[0], list(argv), dict(variables))
    except OSError as error:
        os.write(2, f"treadle: `{argv[0]}` cannot be started: {error.strerror}\n".encode())
        os._exit(127)


def _waited(pid: int) -> int:
    while True:
        with contextlib.suppress(InterruptedError):
            return os.waitpid(pid, 0)[1]


def _waited_any() -> tuple[int, int]:
    while True:
        with contextlib.suppress(InterruptedError):
            return os.waitpid(-1, 0)


def _signalled(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def _status(ended: int) -> int:
    """The exit status as a shell tells it: 128 and the signal for a program that one has ended."""
    code = os.waitstatus_to_exitcode(ended)
    return code if code >= 0 else 128 - code


# --- a network of its own ---------------------------------------------------------------------------------------------------------


def _raise_loopback() -> None:
    """A fresh network has a loopback device that is down (netdevice(7), SIOCSIFFLAGS)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, 0x8914, struct.pack("16sh14x", b"lo", 0x1 | 0x40))  # up and running


def _hand_on(port: Port) -> NoReturn:
    """Hands connections from outside to the program, byte by byte, until everything here ends."""
    import asyncio

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(1 << 16):
                writer.write(piece)
                await writer.drain()
            if writer.can_write_eof():
                writer.write_eof()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", port.number)
        except OSError:  # it does not answer yet: who asks sees the connection end
            writer.close()
            return
        await asyncio.gather(pump(reader, back), pump(there, writer))
        back.close()
        writer.close()

    async def serve() -> None:
        server = await asyncio.start_unix_server(connected, sock=port.listener)
        await server.serve_forever()

    asyncio.run(serve())
    os._exit(0)


# --- making it -----------------------------------------------------------------------------------------------------------------


def _leave(user: int, group: int, *, network: bool = False) -> None:
    """New user, mount, process and (`network`) network namespaces, in which the user is who it was."""
    _checked(_libc.unshare(_NEWUSER | _NEWNS | _NEWPID | (_NEWNET if network else 0)), "unshare")
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _build(view: View) -> None:
    _mount("none", "/", None, _REC | _PRIVATE)
    new = view.base
    new.mkdir(exist_ok=True)
    _mount("tmpfs", str(new), "tmpfs", _NOSUID | _NODEV, "mode=755,size=16m")
    for name in SYSTEM:
        place = Path("/", name)
        if place.is_symlink():
            (new / name).symlink_to(os.readlink(place))
        elif place.is_dir():
            _bind(place, new / name, write=False)
    _mount_devices(new)
    for name in sorted(view.places):  # outer ones first
        _bind(view.places[name], new / name.lstrip("/"), write=name in view.writable)
    _resolver(new)
    (new / "proc").mkdir()
    try:
        _mount("proc", str(new / "proc"), "proc", _NOSUID | _NODEV | _NOEXEC)
    except OSError:  # in some containers parts of /proc are hidden, and then the kernel allows no new one
        _mount("/proc", str(new / "proc"), None, _BIND | _REC)
    _read_only(new, deep=False)
    os.chdir(new)
    pivot_root, _ = _NUMBERS[platform.machine()]
    _checked(_libc.syscall(pivot_root, b".", b"."), "pivot_root")  # pivot_root(2): the old root lies below the new one, and is let go
    _checked(_libc.umount2(b".", _DETACH), "umount2")
    os.chdir("/")


def _mount_devices(new: Path) -> None:
    (new / "dev").mkdir()
    _mount("/dev", str(new / "dev"), None, _BIND | _REC)


def _resolver(new: Path) -> None:
    """Names are found on the network as outside: /etc/resolv.conf is often a link to where it is not shown."""
    file = Path("/etc/resolv.conf")
    target = new / os.path.realpath(file).lstrip("/")
    if file.is_symlink() and file.exists() and not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)


def _bind(source: Path, target: Path, *, write: bool) -> None:
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    _mount(str(source), str(target), None, _BIND | _REC)
    if not write:
        _read_only(target)


class _Attributes(ctypes.Structure):
    _fields_ = (("set", ctypes.c_uint64), ("clear", ctypes.c_uint64), ("propagation", ctypes.c_uint64), ("user", ctypes.c_uint64))


def _read_only(target: Path, *, deep: bool = True) -> None:
    """The mount, and with `deep` all below it (mount_setattr(2), Linux 5.12)."""
    wanted = _Attributes(_RDONLY, 0, 0, 0)
    _, mount_setattr = _NUMBERS[platform.machine()]
    answer = _libc.syscall(mount_setattr, -100, os.fsencode(target), _RECURSIVE if deep else 0, ctypes.byref(wanted), ctypes.sizeof(wanted))
    _checked(answer, f"mount_setattr {target}")


def _mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
    answer = _libc.mount(os.fsencode(source), os.fsencode(target), kind.encode() if kind else None, ctypes.c_ulong(flags), data.encode())
    _checked(answer, f"mount {target}")


def _checked(answer: int, what: str) -> None:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def refuse() -> EnvironmentFailed:
    """Why a run that needs its own view cannot be performed here."""
    return EnvironmentFailed(
        "this machine lets no ordinary process make namespaces, which give a run its own /valohai and keep it away from other files",
        hint="sysctl user.max_user_namespaces and kernel.unprivileged_userns_clone; or, for code you trust: TREADLE_ISOLATION=none",
    )
