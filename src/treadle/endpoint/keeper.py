"""The keeper of one endpoint: it asks the record what should answer, keeps the workers that do, and tells the record what they counted.

It never stands in the way of a prediction: when it is killed, its workers go on, and the next keeper takes them over with their sockets.
Each worker has a listening socket of its own on the endpoint's port; the keeper holds a copy, so that connections wait in the kernel
while a worker that died is replaced.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from treadle.contract.access import Identity
from treadle.contract.serving import Label, Plan, ReportTraffic, Traffic
from treadle.core.addresses import is_loopback
from treadle.core.errors import TreadleError, UsageError
from treadle.endpoint.frames import Unpacker, pack
from treadle.endpoint.holding import hold
from treadle.endpoint.plans import Orders, spec_of
from treadle.endpoint.shipper import Shipper
from treadle.endpoint.sources import Source
from treadle.endpoint.worker import SOCKET, in_folder

log = logging.getLogger("treadle.endpoint")
_PAUSES = (0.0, 0.05, 0.2, 1.0, 3.0, 10.0)
_LOOK = 0.02
_REPORT_SECONDS = 1.0
_SILENT_SECONDS = 60.0
_ADOPT_SECONDS = 5.0


class Hand:
    """One worker as its keeper knows it: a slot with its listening socket, and the process that is in it."""

    def __init__(self, slot: int) -> None:
        self.slot = slot
        self.listener: socket.socket | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self.connection: socket.socket | None = None
        self.unpacker = Unpacker()
        self.key = ""
        self.generation = -1
        self.ordered = -1
        self.counts: list[Traffic] = []
        self.failed: dict[int, str] = {}
        self.heard_at = time.monotonic()
        self.reported: tuple[Any, ...] = ()
        self.reported_at = 0.0
        self.deaths = 0
        self.start_at = 0.0


class Keeper:
    """`folder` is the endpoint's own; `ready` is called once with the address when the first plan is answered by."""

    def __init__(
        self,
        source: Source,
        endpoint: str,
        folder: Path,
        *,
        memory: int,
        insecure: bool,
        ready: Callable[[str], None],
        take_over: bool = False,
    ) -> None:
        self.source = source
        self.endpoint = endpoint
        self.folder = folder
        self.memory = memory
        self.insecure = insecure
        self.ready = ready
        self.hands: dict[int, Hand] = {}
        self.orders: Orders | None = None
        self.address = ""
        self.place = ("", 0)
        self.loop: asyncio.AbstractEventLoop
        self._shipper = Shipper(source, endpoint, folder)
        self._told_ready = False
        self._stopping = False
        self._tasks: set[asyncio.Task[Any]] = set()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        self._lock = hold(folder, endpoint, take_over=take_over)

    async def keep(self) -> None:
        """Until SIGTERM or SIGINT: the first drains in order, the second does not wait."""
        self.loop = asyncio.get_running_loop()
        asked = asyncio.Event()
        pressed = 0

        def press() -> None:
            nonlocal pressed
            pressed += 1
            asked.set()
            if pressed > 1:
                self._kill_all()

        for number in (signal.SIGTERM, signal.SIGINT):
            self.loop.add_signal_handler(number, press)
        await self._take_plan(await asyncio.to_thread(self.source.plan, -1))
        door = self._open_door()
        self.loop.add_reader(door.fileno(), self._met, door)
        looking = self.loop.create_task(self._look())
        shipping = self.loop.create_task(self._ship())
        stopping = self.loop.create_task(asked.wait())
        try:
            while not asked.is_set():
                self._mind()
                await asyncio.wait([stopping, looking], timeout=_LOOK, return_when=asyncio.FIRST_COMPLETED)
                if looking.done():
                    looking.result()  # only an error ends it
        finally:
            looking.cancel()
            self.loop.remove_reader(door.fileno())
            door.close()
            await self._leave()
            shipping.cancel()
            await asyncio.gather(looking, shipping, return_exceptions=True)
            await asyncio.to_thread(self._shipper.finish)

    # --- plans -------------------------------------------------------------------------------------------------------

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(self.source.pause)
            known = self.orders.generation if self.orders is not None else -1
            try:
                plan = await asyncio.to_thread(self.source.plan, known)
            except TreadleError as error:
                log.warning("the record does not say what should answer: %s; the last plan stands", error.what)
                await asyncio.sleep(1.0)
                continue
            if plan.generation != known:
                await self._take_plan(plan)

    async def _take_plan(self, plan: Plan) -> None:
        settings = plan.settings
        guarded = settings.tokens or not is_loopback(settings.host)
        if self.insecure:
            guarded = False
        if plan.state == "off":
            log.info("the endpoint `%s` is off; it answers when it is switched on: treadle endpoints on %s", self.endpoint, self.endpoint)
            self.orders = Orders(endpoint=self.endpoint, generation=plan.generation, settings=settings, guarded=guarded)
            for hand in list(self.hands.values()):
                self._dismiss(hand)
            return
        specs, broken = [], {}
        for planned in plan.revisions:
            if planned.role in ("live", "canary", "shadow", "ready"):
                try:
                    specs.append(await asyncio.to_thread(spec_of, planned, settings, self.source.place, self.memory))
                except TreadleError as error:
                    log.error("revision %d cannot be fetched: %s", planned.number, error.what)
                    broken[planned.number] = error.what
        self.orders = Orders(endpoint=self.endpoint, generation=plan.generation, settings=settings, specs=tuple(specs), guarded=guarded)
        self._shipper.share = settings.record
        if broken:
            await self._report(f"keeper-{os.getpid()}", plan.generation, [], broken)
        self._staff()
        for hand in self.hands.values():
            self._order(hand)

    def _staff(self) -> None:
        """As many workers as there should be, on the port where they should be."""
        assert self.orders is not None
        settings = self.orders.settings
        if (settings.host, settings.port) != self.place:
            for hand in list(self.hands.values()):
                self._dismiss(hand)
            self.place = (settings.host, settings.port)
            self.address = ""
        for slot in range(settings.workers):
            if slot not in self.hands:
                self.hands[slot] = Hand(slot)
                if self._taken(slot):
                    self.hands[slot].start_at = time.monotonic() + _ADOPT_SECONDS  # an orphan will come, with its socket
                else:
                    self.hands[slot].listener = self._listener(settings.host, self._port(settings.port))
        for slot in [slot for slot in self.hands if slot >= settings.workers]:
            self._dismiss(self.hands[slot])

    def _port(self, wanted: int) -> int:
        """The port: as set, or the one that was taken when it first started."""
        if self.address:
            return int(self.address.rpartition(":")[2])
        if wanted:
            return wanted
        with contextlib.suppress(OSError, ValueError):
            return int((self.folder / "port").read_text())
        return 0

    def _listener(self, host: str, port: int) -> socket.socket:
        """A listening socket of its own on the endpoint's port."""
        try:
            family, kind, protocol, _, address = socket.getaddrinfo(
                host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
        except OSError as error:
            raise UsageError(f"`{host}` is not an address of this machine", hint="set the endpoint's host to 127.0.0.1") from error
        made = socket.socket(family, kind, protocol)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            made.bind(address)
            made.listen(2048)
        except OSError as error:
            made.close()
            raise UsageError(f"port {port} of {host} is taken by another program", hint="set another port for the endpoint") from error
        made.setblocking(False)
        self._listens(made)
        return made

    def _listens(self, listener: socket.socket) -> None:
        host, port = self.place[0], listener.getsockname()[1]
        shown = f"[{host}]" if ":" in host and not host.startswith("[") else host
        self.address = f"http://{shown}:{port}"
        (self.folder / "port").write_text(str(port))

    # --- workers -----------------------------------------------------------------------------------------------------

    def _open_door(self) -> socket.socket:
        """The socket where workers come to: theirs alone, in a folder that nobody else may enter."""
        door = socket.socket(socket.AF_UNIX)
        with in_folder(self.folder):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(SOCKET)
            before = os.umask(0o177)
            try:
                door.bind(SOCKET)
            finally:
                os.umask(before)
        door.listen(64)
        door.setblocking(False)
        return door

    def _taken(self, slot: int) -> bool:
        """Whether a worker that lives is in a slot: it holds the slot's lock."""
        fd = os.open(self.folder / f"slot-{slot}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(fd)
        return False

    def _mind(self) -> None:
        """Starts who is missing; ends who has been silent for long."""
        now = time.monotonic()
        for hand in list(self.hands.values()):
            if hand.process is not None and hand.process.poll() is not None:
                code = hand.process.returncode
                hand.process = None
                if hand.connection is None:
                    self._gone(hand, f"status {code}")
            if hand.connection is None and hand.process is None and now >= hand.start_at:
                self._start(hand)
            elif now - hand.heard_at > _SILENT_SECONDS and hand.process is not None:
                log.warning("worker %d says nothing any more: it is replaced", hand.slot)
                hand.heard_at = now
                hand.process.kill()
            if hand.connection is not None and now - hand.reported_at > _REPORT_SECONDS:
                self._tell_record(hand)

    def _start(self, hand: Hand) -> None:
        assert self.orders is not None
        formats = sorted({spec.preload for spec in self.orders.specs})
        if hand.listener is None:
            hand.listener = self._listener(self.place[0], self._port(self.place[1]))
        fd = hand.listener.fileno()
        command = [sys.executable, "-m", "treadle.endpoint.worker", str(self.folder), str(fd), str(hand.slot), *formats]
        hand.process = subprocess.Popen(command, pass_fds=(fd,), stdin=subprocess.DEVNULL, stdout=2, process_group=0)
        hand.heard_at = time.monotonic()

    def _met(self, door: socket.socket) -> None:
        """A worker comes: one that was just started, or an orphan of a former keeper with its socket."""
        try:
            connection, _ = door.accept()
        except BlockingIOError:
            return
        connection.settimeout(2.0)
        try:
            data, descriptors, _, _ = socket.recv_fds(connection, 1 << 16, 4)
            unpacker = Unpacker()
            messages = unpacker.feed(data)
            hello = messages[0][0]
        except (OSError, IndexError, ValueError, msgspec.DecodeError):
            connection.close()
            return
        given = socket.socket(fileno=descriptors[0])
        connection.setblocking(False)
        hand = self.hands.get(hello["slot"])
        own = hand is not None and (hand.process is None or hand.process.pid == hello["pid"]) and hand.connection is None
        if hand is None or not own or self._stopping or not self._right_place(given):
            connection.sendall(pack({"stop": True}))
            connection.close()
            given.close()
            return
        if hand.listener is None:
            hand.listener = given
            self._listens(given)
        else:
            given.close()
        hand.connection, hand.unpacker, hand.key, hand.generation = connection, unpacker, hello["worker"], hello["generation"]
        hand.heard_at, hand.ordered = time.monotonic(), -1
        self.loop.add_reader(connection.fileno(), self._heard, hand, connection)
        self._order(hand)

    def _right_place(self, listener: socket.socket) -> bool:
        """Whether an orphan listens where the endpoint should."""
        host, port = listener.getsockname()[:2]
        wanted = self._port(self.place[1])
        return port == wanted and (host == self.place[0].strip("[]") or not is_loopback(self.place[0]) or is_loopback(host))

    def _order(self, hand: Hand) -> None:
        if hand.connection is not None and self.orders is not None and hand.ordered != self.orders.generation:
            hand.ordered = self.orders.generation
            self._send(hand, {"orders": self.orders})

    def _send(self, hand: Hand, message: dict[str, Any]) -> None:
        if hand.connection is None:
            return
        try:
            hand.connection.settimeout(2.0)
            hand.connection.sendall(pack(message))
            hand.connection.setblocking(False)
        except OSError:
            log.warning("worker %d does not take what it is told", hand.slot)

    def _heard(self, hand: Hand, connection: socket.socket) -> None:
        try:
            data = connection.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.loop.remove_reader(connection.fileno())
            connection.close()
            if hand.connection is connection:
                hand.connection = None
                self._gone(hand, "its connection ended")
            return
        hand.heard_at = time.monotonic()
        for message, _ in hand.unpacker.feed(data):
            if "ask" in message:
                self._spawn(self._answer(hand, message))
            else:
                self._counted(hand, message)

    def _gone(self, hand: Hand, how: str) -> None:
        if self._stopping or self.hands.get(hand.slot) is not hand:
            return
        if hand.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                hand.process.wait(1.0)
            hand.process = None
        pause = _PAUSES[min(hand.deaths, len(_PAUSES) - 1)]
        hand.deaths += 1
        hand.start_at = time.monotonic() + pause
        log.warning("worker %d is gone (%s); another one starts", hand.slot, how)

    def _counted(self, hand: Hand, message: dict[str, Any]) -> None:
        crashes = sum(t.crashes for t in hand.counts)
        before = (hand.generation, hand.failed, crashes)
        hand.counts = msgspec.convert(message["counts"], list[Traffic])
        hand.failed = {int(number): str(reason) for number, reason in message["failed"].items()}
        hand.generation = message["generation"]
        if hand.generation >= 0:
            hand.deaths = 0 if sum(t.requests for t in hand.counts) else hand.deaths
            if not self._told_ready and self.orders is not None and hand.generation == self.orders.generation:
                self._told_ready = True
                self.ready(self.address)
        if before != (hand.generation, hand.failed, sum(t.crashes for t in hand.counts)):
            self._tell_record(hand)

    def _dismiss(self, hand: Hand) -> None:
        """A worker that is not wanted any more finishes what it has begun."""
        self.hands.pop(hand.slot, None)
        self._send(hand, {"stop": True})
        if hand.listener is not None:
            hand.listener.close()
        if hand.connection is None and hand.process is not None:
            hand.process.terminate()
        if hand.process is not None:
            self._spawn(asyncio.to_thread(hand.process.wait))

    def _kill_all(self) -> None:
        for hand in self.hands.values():
            if hand.process is not None:
                hand.process.kill()

    async def _leave(self) -> None:
        """Workers finish what is under way and record it; then the last counts are told."""
        self._stopping = True
        hands = list(self.hands.values())
        for hand in hands:
            self._send(hand, {"stop": True})
            if hand.connection is None and hand.process is not None:
                hand.process.terminate()
        limit = (self.orders.settings.drain if self.orders is not None else 0.0) + 10.0
        end = time.monotonic() + limit
        while (
            any(h.connection is not None or (h.process is not None and h.process.poll() is None) for h in hands) and time.monotonic() < end
        ):
            await asyncio.sleep(0.01)
        self._kill_all()
        for hand in hands:
            self._tell_record(hand)
            if hand.listener is not None:
                hand.listener.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- the record --------------------------------------------------------------------------------------------------

    def _tell_record(self, hand: Hand) -> None:
        said = (hand.generation, hand.counts, hand.failed)
        now = time.monotonic()
        if not hand.key or (said == hand.reported and now - hand.reported_at < 10 * _REPORT_SECONDS):
            return
        hand.reported, hand.reported_at = said, now
        self._spawn(self._report(hand.key, hand.generation, hand.counts, hand.failed))

    async def _report(self, process: str, generation: int, counts: list[Traffic], failed: dict[int, str]) -> None:
        report = ReportTraffic(
            endpoint=self.endpoint, process=process, address=self.address, generation=generation, traffic=tuple(counts), failed=failed
        )
        try:
            await asyncio.to_thread(self.source.report, report)
        except TreadleError as error:  # the next report says it all again: counts are cumulative
            log.warning("the record does not take a report: %s", error.what)

    async def _answer(self, hand: Hand, message: dict[str, Any]) -> None:
        try:
            if "identify" in message:
                found: Identity = await asyncio.to_thread(self.source.who, message["identify"])
                said: dict[str, Any] = {"known": found.known, "may": found.may}
            else:
                labels = msgspec.convert(message["labels"], tuple[Label, ...])
                said = {"added": await asyncio.to_thread(self.source.labels, labels)}
        except TreadleError as error:
            said = {"problem": error.problem()}
        self._send(hand, {"answer": message["ask"], **said})

    async def _ship(self) -> None:
        while True:
            await asyncio.sleep(0.25)
            await asyncio.to_thread(self._shipper.ship)

    def _spawn(self, work: Any) -> None:
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
