# SPDX-License-Identifier: Apache-2.0
"""A server of streams that says in each chunk when its request had come and when the chunk left: ``python -m tests.bench.known_truth``.

A thread a connection, and the kernel's own stamp of the request's arrival, so that its truth owes nothing to any loop. Prints its
port, and ends with its standard input.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import socket
import struct
import sys
import threading
import time

_STAMP = 35  # SO_TIMESTAMPNS
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
FIRST_S, STEP_S, TOKENS = 0.030, 0.005, 4


def serve(connection: socket.socket) -> None:
    """One request, one answer."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    data, came_ns = b"", 0
    while b"\r\n\r\n" not in data or len(data.partition(b"\r\n\r\n")[2]) < _length(data):
        piece, told, _, _ = connection.recvmsg(1 << 16, 64)
        if not piece:
            return
        data += piece
        seconds, rest = struct.unpack("qq", told[0][2][:16])
        came_ns = seconds * 10**9 + rest
    connection.sendall(_HEAD)
    for at in range(TOKENS):
        left = came_ns / 1e9 + FIRST_S + at * STEP_S - time.time()
        if left > 0:
            time.sleep(left)
        chunk = {
            "choices": [{"index": 0, "delta": {"content": "x "}, "finish_reason": "stop" if at == TOKENS - 1 else None}]
        }
        tail = json.dumps(chunk)[:-1]
        truth = {"came": came_ns, "sent": time.time_ns()}
        connection.sendall(f'data: {tail}, "truth": {json.dumps(truth)}}}\n\n'.encode())
    connection.sendall(b'data: {"choices": [], "usage": {"completion_tokens": %d}}\n\ndata: [DONE]\n\n' % TOKENS)


def _length(data: bytes) -> int:
    head = data.partition(b"\r\n\r\n")[0].lower()
    return int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])


def _served(connection: socket.socket) -> None:
    with connection, contextlib.suppress(OSError):
        serve(connection)


def main() -> None:
    """Serve until the parent is gone."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listening:
        listening.setsockopt(socket.SOL_SOCKET, _STAMP, 1)  # what is accepted has it too, from its first byte on
        sys.stdout.write(f"{listening.getsockname()[1]}\n")
        sys.stdout.flush()
        gc.freeze()
        with contextlib.suppress(OSError, AttributeError):
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))  # its truth is no better than its own punctuality
        sys.setswitchinterval(0.0005)

        def accept() -> None:
            while True:
                connection, _ = listening.accept()
                threading.Thread(target=_served, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        sys.stdin.read()


if __name__ == "__main__":
    main()
