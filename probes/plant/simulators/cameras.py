# SPDX-License-Identifier: Apache-2.0
"""Simulated cameras: FLV streams over HTTP, with a moving picture, some frozen, some black, and a code of the moment in the others."""

from __future__ import annotations

import io
import os
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from harness.errors import UsageError
from harness.kit.settings import Settings
from probes.plant.wire.nonces import code

_SIZE, _RATE = (320, 240), 10
KEY = "YANSHOU_SIMULATED_CODE"
_Number = Annotated[int, Field(ge=0, le=64)]


class CameraFleet(Settings):
    """How many cameras, and which misbehave."""

    count: Annotated[int, Field(ge=1, le=64)] = Field(4, description="how many cameras.")
    frozen: _Number = Field(0, description="how many stand still.")
    black: _Number = Field(0, description="how many are black.")
    locked: _Number = Field(0, description="how many answer 401.")


@contextmanager
def simulate(config: Mapping[str, Any], _folder: Path) -> Iterator[Mapping[str, Any]]:
    """Yields ``cameras`` (address by asset number) and ``key`` (where the key of the codes is)."""
    settings = CameraFleet.parse(config)
    faults = ["frozen"] * settings.frozen + ["black"] * settings.black + ["locked"] * settings.locked
    faults = (faults + [""] * settings.count)[: settings.count]
    names = {f"CAM-{at + 1:03d}": fault for at, fault in enumerate(faults)}
    key = os.environ.setdefault(KEY, secrets.token_hex(16)).encode()
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.strip("/").removesuffix(".flv")
            if name not in names or names[name] == "locked":
                self.send_error(401 if name in names else 404)
                return
            self.send_response(200)
            self.send_header("Content-Type", "video/x-flv")
            self.end_headers()
            with suppress(OSError, _broken()):
                _stream(self.wfile, key, name, names[name], over)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        address = f"http://127.0.0.1:{server.server_address[1]}"
        yield {"cameras": {name: f"{address}/{name}.flv" for name in names}, "key": f"env:{KEY}"}
    finally:
        over.set()
        server.shutdown()
        server.server_close()


def _broken() -> type[Exception]:
    """What PyAV raises when nobody listens any more."""
    import av

    found: type[Exception] = av.FFmpegError
    return found


def _stream(out: Any, key: bytes, name: str, fault: str, over: threading.Event) -> None:
    """Frames as they come, until nobody listens any more."""
    import av

    box = _Pipe(out)
    with av.open(box, "w", format="flv") as container:
        stream = container.add_stream("flv1", rate=_RATE)
        stream.width, stream.height, stream.pix_fmt = *_SIZE, "yuv420p"
        stream.bit_rate, stream.gop_size = 2_000_000, _RATE
        begun = time.monotonic()
        for number in range(1 << 20):
            if over.wait(max(0.0, begun + number / _RATE - time.monotonic())):
                return
            frame = av.VideoFrame.from_ndarray(picture(key, name, fault, number), format="gray").reformat(
                format="yuv420p"
            )
            frame.pts = number
            for packet in stream.encode(frame):
                container.mux(packet)


def picture(key: bytes, name: str, fault: str, number: int) -> Any:
    """One picture: a bar that moves over a grey wall, and the code of this second."""
    width, height = _SIZE
    if fault == "black":
        return np.zeros((height, width), np.uint8)
    at = 0 if fault == "frozen" else number
    grey = np.full((height, width), 128, np.uint8)
    grey[:, (at * 7) % width : (at * 7) % width + 12] = 40
    if fault == "":
        drawn = _code(code(key, name, int(time.time())))
        grey[10 : 10 + drawn.shape[0], 10 : 10 + drawn.shape[1]] = drawn
    return grey


def _code(text: str) -> Any:
    try:
        import segno
    except ImportError:
        raise UsageError("Codes are drawn by segno.", cure="pip install 'yanshou[camera]'.") from None
    rows = [list(row) for row in segno.make(text, error="m", micro=False).matrix_iter(scale=4, border=4)]
    return (255 * (1 - np.array(rows, np.uint8))).astype(np.uint8)


class _Pipe(io.RawIOBase):
    """A file that can only be written forward."""

    def __init__(self, out: Any) -> None:
        super().__init__()
        self._out = out

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: Any) -> int:
        """Pass on."""
        self._out.write(bytes(data))
        return len(data)
