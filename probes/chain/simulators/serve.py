# SPDX-License-Identifier: Apache-2.0
"""Simulated nodes in a process of their own, each on an address of its own."""

from __future__ import annotations

import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from harness.kit.children import ended, say, work
from probes.chain.simulators import papers
from probes.chain.simulators.answers import Node
from probes.chain.simulators.chain import Network
from probes.chain.simulators.plans import NetworkSettings


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    node: Node


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_POST(self) -> None:
        found = self.server.node.answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        if found is None:
            self.close_connection = True
            return
        status, body = found
        head = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        head += "Retry-After: 0\r\n" if status == 429 else ""
        self.wfile.write(head.encode() + b"\r\n" + body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Nothing."""


def _serve(settings: dict[str, Any]) -> dict[str, Any]:
    plan = NetworkSettings.parse(settings["plan"])
    network = Network(plan)
    first, servers = ip_address(plan.first), []
    for number in range(1, plan.count + 1):
        server = _Server((str(first + number - 1), 0), _Handler)
        server.node = Node(network, number)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
    urls = [f"http://{server.server_address[0]!s}:{server.server_address[1]}" for server in servers]
    say(papers.papers(network, urls, Path(settings["folder"])))
    ended(None)
    for server in servers:
        server.shutdown()
    return {"requests": 0}


if __name__ == "__main__":
    sys.exit(work(_serve))
