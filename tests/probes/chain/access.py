# SPDX-License-Identifier: Apache-2.0
"""Access points on loopback that answer one hello."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from probes.chain.formats.tlcp import SUITES
from tests.waiting import accepted, joined


@contextmanager
def answering(answer: Callable[[bytes], bytes]) -> Iterator[str]:
    """An access point on loopback that answers one hello."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        heard: list[bytes] = []

        def serve() -> None:
            with accepted(server) as connection:
                heard.append(connection.recv(4096))
                connection.sendall(answer(heard[0]))
                connection.recv(1)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        joined(thread)
        assert heard[0][:3] == bytes([22, 1, 1])
        assert all(each.to_bytes(2, "big") in heard[0] for each in SUITES)
