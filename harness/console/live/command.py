# SPDX-License-Identifier: Apache-2.0
"""``yanshou console``: a page that shows a campaign while it records, or one that is done, and takes notes from phones."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import threading
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.console.language import language
from harness.console.live import watcher
from harness.console.live.target import bundle_in
from harness.console.live.words import WORDS
from harness.errors import Exit, InstrumentError, UsageError
from harness.evidence.pack import unpacked
from harness.printable import printable

if TYPE_CHECKING:
    import uvicorn

    from harness.console.live.feed import Feed
    from harness.console.live.guard import Guard

PORT = 8650
LOOPBACK = "127.0.0.1"
_WAIT_S, _LEAVE_S = 1.0, 5.0


def console(options: Namespace) -> int:
    """Serve until Ctrl-C; what to open, and how a phone gets there, is printed."""
    _require()
    place = options.place
    if place.is_file():
        with unpacked(place) as root:
            return _serve(root, options)
    bundle_in(place)  # refused now rather than behind a page
    return _serve(place, options)


def _require() -> None:
    """UsageError where the extra is not installed."""
    try:
        import segno
        import starlette
        import uvicorn

        del segno, starlette, uvicorn
    except ImportError:
        msg = "The console needs starlette, uvicorn and segno, which are not installed."
        raise UsageError(msg, cure='pip install "yanshou[console]".') from None


def _serve(place: Path, options: Namespace) -> int:
    from harness.console.live.app import Console
    from harness.console.live.feed import Feed
    from harness.console.live.guard import Guard

    guard, feed = Guard(), Feed()
    target = Target(place)
    with _listening(options.listen or LOOPBACK, options.port) as door:
        greeting = _Greeting(guard, door, shared=options.listen is not None)
        served = Console(guard, feed, lambda: target.found, greeting.again)
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_run(served.app(), feed, target, door, greeting.first))
    return Exit.PASS


@dataclass(slots=True)
class Target:
    """What is looked at; a folder without any bundle is waited at."""

    place: Path
    found: Path | None = None
    ended: threading.Event = field(default_factory=threading.Event)

    def wait(self) -> Path | None:
        """The bundle once there is one; None when the console ended before."""
        while self.found is None and not self.ended.is_set():
            self.found = bundle_in(self.place)
            if self.found is None:
                self.ended.wait(_WAIT_S)
        return self.found


async def _run(app: Any, feed: Feed, target: Target, door: socket.socket, greet: Callable[[], None]) -> None:
    """The server in this thread, the onlooker in a process of its own, a thread between them; ``greet`` says that all is there."""
    import uvicorn

    config = uvicorn.Config(
        app,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        lifespan="off",
        limit_concurrency=128,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    loop = asyncio.get_running_loop()
    await feed.put({"state": "waiting", "state_word": WORDS.text("state-waiting").get(language()), "name": ""}, [])
    reader = threading.Thread(target=_follow, args=(target, feed, loop), name="watcher", daemon=True)
    reader.start()
    try:
        await _until_stopped(server, feed, door, greet)
    finally:
        target.ended.set()
        await asyncio.to_thread(reader.join, 5)


async def _until_stopped(server: uvicorn.Server, feed: Feed, door: socket.socket, greet: Callable[[], None]) -> None:
    serving = asyncio.create_task(server.serve(sockets=[door]))
    while not (server.started or server.should_exit or serving.done()):  # noqa: ASYNC110 - as below
        await asyncio.sleep(0.01)
    if server.started:
        greet()  # before, Ctrl-C may come while something is imported, and Python then only tells that it was ignored
    while not (server.should_exit or serving.done()):  # noqa: ASYNC110 - uvicorn tells that it was asked to end in no other way
        await asyncio.sleep(0.1)
    await feed.close()
    await serving


def _follow(target: Target, feed: Feed, loop: asyncio.AbstractEventLoop) -> None:
    """Hand on what the onlooker sees; one that dies is started again."""
    root = target.wait()
    context = get_context("spawn")
    while root is not None and not target.ended.is_set():
        here, there = context.Pipe()
        process = context.Process(target=watcher.serve, args=(there, root, language()), name="watcher", daemon=True)
        with contextlib.suppress(OSError, EOFError, RuntimeError):
            process.start()
            there.close()
            _hand_on(here, feed, loop, target.ended)
        here.close()
        if process.pid is not None:
            process.kill()  # it writes nothing, and even one that somebody stopped hears this
            process.join(_LEAVE_S)
        target.ended.wait(_WAIT_S)


def _hand_on(here: Connection, feed: Feed, loop: asyncio.AbstractEventLoop, ended: threading.Event) -> None:
    while not ended.is_set():
        if here.poll(0.2):
            state, points = here.recv()
            asyncio.run_coroutine_threadsafe(feed.put(state, points), loop).result()


@contextmanager
def _listening(address: str, port: int | None) -> Iterator[socket.socket]:
    """A socket on ``address``: on ``port``, or where none is asked for on 8650 or any that is free. InstrumentError."""
    try:
        wanted = ip_address(address)
    except ValueError:
        msg = f"{address} is no address."
        raise UsageError(msg, cure="name an IP address of this machine, like --listen 192.168.1.20.") from None
    if wanted.is_unspecified:
        msg = f"{address} is every address of this machine, and a link needs one."
        raise UsageError(msg, cure="name the address in the network of the phone; yanshou doctor lists them.")
    kind = socket.AF_INET6 if wanted.version == 6 else socket.AF_INET
    with socket.socket(kind, socket.SOCK_STREAM) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((address, PORT if port is None else port))
        except OSError as error:
            if port is not None or not _taken(door, address):
                msg = f"The console cannot listen on {address}:{PORT if port is None else port}: {error.strerror}."
                raise InstrumentError(msg, cure="name another --port, or an address of this machine.") from None
        door.listen(128)
        yield door


def _taken(door: socket.socket, address: str) -> bool:
    """Bind to any free port instead; whether that went well."""
    try:
        door.bind((address, 0))
    except OSError:
        return False
    return True


class _Greeting:
    """Prints the link that lets a browser in, once: on this machine, or from a phone by a code to scan."""

    def __init__(self, guard: Guard, door: socket.socket, *, shared: bool) -> None:
        name, port = door.getsockname()[:2]
        self._base = f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
        self._guard, self._shared = guard, shared

    def first(self) -> None:
        """What a person needs to know."""
        self._say(WORDS.text("greet-open").get(language()))
        if self._shared:
            self._say(WORDS.text("greet-plain").get(language()))
        self._link()
        self._say(WORDS.text("greet-stop").get(language()))

    def again(self) -> None:
        """A browser came in with the link: here is one for the next."""
        self._say(WORDS.text("greet-next").get(language()))
        self._link()

    def _link(self) -> None:
        import segno

        link = f"{self._base}/enter#{self._guard.token()}"
        self._say(f"  {link}")
        if self._shared and sys.stdout.isatty():
            segno.make(link, error="l").terminal(compact=True, border=2)
            sys.stdout.flush()

    @staticmethod
    def _say(line: str) -> None:
        sys.stdout.write(f"{printable(line)}\n")
        sys.stdout.flush()
