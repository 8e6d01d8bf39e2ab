# SPDX-License-Identifier: Apache-2.0
"""A small site of XR experiences on loopback, written for trying: some in order, some with a fault that is named.

``black``: nothing is drawn; ``missing``: an asset is not there; ``masked``: it is not, and a page says so with 200; ``dead``: no controller is listened to; ``closed``: the button
starts no session; ``one-eyed``: one view is drawn; ``error``: the page throws; ``slow``: it blocks for 400 ms; ``gone``: the
server answers 503; ``copy``: the first point once more under another address; ``elsewhere``: it leads to another server.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path
from threading import Thread
from typing import Annotated, Any, Literal

from pydantic import Field

from harness.kit.settings import Settings, Several
from probes.immersive.simulators.register import name_of

Fault = Literal[
    "black", "missing", "masked", "dead", "closed", "one-eyed", "error", "slow", "gone", "copy", "elsewhere"
]
_PAGE = """<!doctype html><html lang="zh"><meta charset="utf-8"><title>{title}</title><link rel="icon" href="data:,">
<style>body{{margin:0;background:#223;color:#fff;font:16px sans-serif}}canvas{{display:block;width:100%;height:80vh}}</style>
<h1>{title}</h1><canvas width="640" height="360"></canvas><button id="enter-vr" disabled>进入 VR</button>{more}
<script src="scene.js"></script></html>"""
_MISSING = '<img src="exhibit.png" alt="">'


class SiteSettings(Settings):
    """How many points are in order, and which faults stand behind them."""

    count: Annotated[int, Field(ge=0, le=50)] = Field(5, description="points in order.")
    faults: Several[Fault] = Field((), description="a point each with this fault, like [black, missing, dead].")
    host: str = Field("127.0.0.1", description="the address to serve on.")


@contextmanager
def simulate(config: Mapping[str, Any], _folder: Path) -> Iterator[Mapping[str, Any]]:
    """Yields ``points``: the address of each point by its name."""
    settings = SiteSettings.parse(config)
    with serving(settings.host) as (base, other):
        yield {"points": points(settings, base, other)}


def points(settings: SiteSettings, base: str, other: str) -> dict[str, dict[str, str]]:
    """The points of a site by name."""
    found = {name_of(at): f"{base}/{at}/good/" for at in range(1, settings.count + 1)}
    for at, fault in enumerate(settings.faults, settings.count + 1):
        found[name_of(at)] = {"copy": f"{base}/1/good/?again={at}", "elsewhere": f"{base}/{at}/to/{other}/"}.get(
            fault, f"{base}/{at}/{fault}/"
        )
    return {name: {"url": url} for name, url in found.items()}


@contextmanager
def serving(host: str = "127.0.0.1") -> Iterator[tuple[str, str]]:
    """Yields the address of a running site, and the port of another one beside it."""
    servers = [ThreadingHTTPServer((host, 0), _Handler) for _ in range(2)]
    threads = [Thread(target=each.serve_forever, args=(0.05,), daemon=True) for each in servers]
    for each in threads:
        each.start()
    try:
        yield f"http://{host}:{servers[0].server_port}", str(servers[1].server_port)
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """``/NUMBER/FAULT/`` and what lies below it."""

    def do_GET(self) -> None:
        """A page, its script, its scene; 404 for all else."""
        number, fault, *rest = [*self.path.partition("?")[0].strip("/").split("/"), "", ""][:4]
        name = next((each for each in rest if each), "")
        if fault == "to":
            self.send_response(302)
            self.send_header(
                "Location", f"http://{self.headers.get('Host', '').partition(':')[0]}:{name}/{number}/good/"
            )
            self.end_headers()
        elif fault == "gone":
            self._send(503, "text/plain", b"down for maintenance")
        elif not name:
            more = _MISSING if fault in {"missing", "masked"} else ""
            self._send(200, "text/html; charset=utf-8", _PAGE.format(title=name_of(int(number)), more=more).encode())
        elif name == "scene.js":
            script = (resources.files("probes.immersive.simulators") / "pages" / "scene.js").read_bytes()
            self._send(200, "text/javascript; charset=utf-8", script)
        elif name == "scene.json":
            self._send(200, "application/json", json.dumps(_scene(int(number))).encode())
        elif fault == "masked":
            self._send(200, "text/html; charset=utf-8", b"<h1>404 Not Found</h1>")
        else:
            self._send(404, "text/plain", b"there is no such exhibit")

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        """Nothing on stderr."""


def _scene(number: int) -> Mapping[str, Sequence[Any]]:
    """Pillars and a sky that no other number has."""
    pillars = [
        [
            round(-3 + at * 1.5 + number * 0.13 % 0.7, 3),
            round(-4 - (at * number) % 3, 3),
            round(1 + (at + number) % 4 * 0.6, 3),
            *(round(0.25 + ((at * step + number * 3) % 7) / 10, 3) for step in (2, 3, 5)),
        ]
        for at in range(5)
    ]
    return {"pillars": pillars, "sky": [0.5, round(0.5 + number % 5 / 20, 3), 0.7]}
