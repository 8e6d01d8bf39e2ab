# SPDX-License-Identifier: Apache-2.0
"""Points that never come to rest in a real Chromium: the visit ends all the same, and says what was and was not there."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from harness import installed
from harness.testing import record
from probes.immersive.live import browser

PROBE = installed.probe("immersive.visits")
FROZEN = "<script>setTimeout(() => { for (;;) {} }, 300)</script>"
ASKING = "<script>fetch('/never'); const told = new EventSource('/stream'); fetch('/whole')</script>"
PAGES = {"/frozen": FROZEN, "/asking": ASKING, "/good": "", "/whole": "whole"}


@pytest.fixture
def site() -> Iterator[str]:
    """Pages that stop, or that wait for an answer that never comes and for a stream that never ends."""
    over = Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = PAGES.get(self.path)
            if body is None and self.path != "/stream":
                over.wait(300)
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream" if body is None else "text/html")
            if body is not None:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(b"data: 1\n\n" if body is None else body.encode())
            self.wfile.flush()
            if body is None:
                over.wait(300)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        over.set()
        server.shutdown()


@pytest.mark.timeout(150)
def test_a_visit_ends_whatever_the_point_waits_for(
    peer: Callable[[str], str], site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer("chromium")
    monkeypatch.setattr(browser, "_TOLD_MS", 3_000)
    points = {name: {"url": f"{site}/{name}", "kind": "web"} for name in ("frozen", "asking", "good")}
    settings = {"points": points, "visits": 1, "stay": "1 s", "timeout": "20 s"}
    lines = record(PROBE, settings, Path()).data.splitlines()[1:]
    rows = {row["point"]: row for row in map(json.loads, lines)}
    assert "Timeout" in rows["frozen"]["broken"]
    asked = {row["url"].rpartition("/")[2]: row for row in rows["asking"]["requests"]}
    assert asked["whole"]["bytes"] == 5
    assert asked["stream"]["status"] == 200
    assert "bytes" not in asked["stream"]
    assert "status" not in asked["never"]
    assert "broken" not in rows["good"]
