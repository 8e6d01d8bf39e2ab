# SPDX-License-Identifier: Apache-2.0
"""The console says that it is there once Ctrl-C ends it, not before."""

import asyncio
import signal
import socket

import uvicorn

from harness.console.live import command
from harness.console.live.feed import Feed


async def _nothing(_scope: object, _receive: object, _send: object) -> None:
    """An application that nobody asks."""


def test_nobody_is_greeted_before_ctrl_c_ends_the_console() -> None:
    """Earlier it may come while a module is imported, where Python ignores it, and the console goes on for ever."""
    server = uvicorn.Server(uvicorn.Config(_nothing, interface="asgi3", lifespan="off", log_level="error"))
    ends = []

    def greet() -> None:
        ends.append(signal.getsignal(signal.SIGINT) == server.handle_exit)
        server.should_exit = True

    with socket.create_server(("127.0.0.1", 0)) as door:
        asyncio.run(command._until_stopped(server, Feed(), door, greet))
    assert ends == [True]
