"""Serving a home: the listening socket, the event loop, the dispatcher beside it, and an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import signal
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import uvicorn
import uvloop

from treadle.assemble import Record
from treadle.contract.access import Identify, identify
from treadle.core.errors import UsageError
from treadle.server.app import App
from treadle.server.dispatcher import Dispatcher
from treadle.server.endpoints import Endpoints
from treadle.server.settings import Settings

log = logging.getLogger("treadle.server")
_KEEP_ALIVE = 75  # seconds an idle connection is kept: longer than proxies and our client keep theirs, so that they close first


class Server(uvicorn.Server):
    """uvicorn's server without its own handling of signals: what a signal means here is said in `serve`."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def make_server(app: App) -> Server:
    """The HTTP server around an application, with everything set that is about connections."""
    return Server(
        uvicorn.Config(
            app,
            http="httptools",
            ws="none",
            lifespan="off",
            loop="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE,
            timeout_graceful_shutdown=max(1, int(app.settings.drain)),
        )
    )


def check_exposure(record: Record, settings: Settings) -> None:
    """Raises UsageError when other machines could call and nobody would need a token."""
    if settings.loopback or settings.insecure:
        return
    if not record.call(identify, Identify()).guarded:
        raise UsageError(
            f"on {settings.host} anybody who reaches this machine could run code on it: there is no token yet",
            hint="treadle tokens add NAME --role admin, then again; or --insecure to serve everybody all the same",
        )


def listen(settings: Settings) -> socket.socket:
    """The listening socket. Raises UsageError when the port is taken or the address is not one of this machine."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host.strip("[]"), settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise UsageError(f"`{settings.host}` is not an address of this machine", hint="--host 127.0.0.1") from error
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Accepted sockets inherit it: small answers go out at once instead of waiting for the acknowledgement of the last one.
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.bind(address)
        made.listen(2048)
        made.setblocking(False)
    except OSError as error:
        made.close()
        if error.errno == errno.EADDRINUSE:
            raise UsageError(f"port {settings.port} is taken by another program", hint=f"--port {settings.port + 1}") from error
        raise UsageError(f"cannot listen on {settings.host} port {settings.port}: {error.strerror}", hint="--host 127.0.0.1") from error
    return made


class Beside(NamedTuple):
    """What runs beside the server: the dispatcher's command line, and the settings (as environment) of the endpoints' processes.
    None: not beside this server."""

    dispatch: Sequence[str] | None = None
    endpoints: Mapping[str, str] | None = None


def serve(record: Record, settings: Settings, listener: socket.socket, beside: Beside, ready: Callable[[], None]) -> None:
    """Serves until SIGTERM or SIGINT, and keeps alive what runs beside.

    The first signal drains: readiness turns 503, followers of the news are sent away, the dispatcher stops claiming, endpoints
    answer what is under way and end, and requests under way may end. A second one does not wait for them.
    """
    uvloop.run(_serve(record, settings, listener, beside, ready))


async def _serve(record: Record, settings: Settings, listener: socket.socket, beside: Beside, ready: Callable[[], None]) -> None:
    app = App(record, settings)
    server = make_server(app)
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def pressed() -> None:
        if asked.is_set():
            server.force_exit = True
            server.should_exit = True
        asked.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, pressed)
    kept: list[Dispatcher | Endpoints] = []
    if beside.dispatch is not None:
        kept.append(Dispatcher(beside.dispatch))
    if beside.endpoints is not None:
        kept.append(Endpoints(app.answering, beside.endpoints))
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    keeping = [asyncio.create_task(one.keep()) for one in kept]
    ready()
    waiting = asyncio.create_task(asked.wait())
    await asyncio.wait([serving, waiting, *keeping], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    await app.drain()
    for one in kept:
        one.stop()
    await _idle(app, server)
    server.should_exit = True
    await serving
    for one, task in zip(kept, keeping, strict=True):
        if server.force_exit:
            one.kill()
        await task
    app.close()


async def _idle(app: App, server: Server) -> None:
    """Waits until no request is under way, as long as requests may take. New ones are answered meanwhile, so that a load balancer
    that asks for readiness learns what is going on."""
    deadline = asyncio.get_running_loop().time() + app.settings.drain
    while app.active and not server.force_exit and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(0.05)
