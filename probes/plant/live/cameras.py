# SPDX-License-Identifier: Apache-2.0
"""The live half of ``plant.camera``: each camera is watched for its time, several at once; a line a picture, two pictures a second."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

from harness.errors import InstrumentError, UsageError
from harness.kit.lines import Writer, line
from harness.plugins import Sink
from probes.plant.live.pictures import Picture, libraries, pictures, plain

_EVERY_S = 0.5
_AT_ONCE = 8
_AGAIN_S = 2.0


class CameraSource:
    """Watches every camera once for the planned time; a resumed run watches those that are left."""

    appendable = False

    def __init__(self, settings: Any, folder: Path, form: str) -> None:
        """Nothing is opened yet."""
        self._settings, self._folder, self._form = settings, folder, form
        self._lock = Lock()

    def preflight(self) -> None:
        """The extra is installed, the secrets are there, and the first picture of one camera comes; else the cure."""
        libraries()
        self._key()
        name, address = next(iter(self._settings.cameras.items()))
        try:
            next(pictures(address, *self._login()))
        except StopIteration:
            msg = f"{plain(address)} ({name}) gives no picture."
            raise InstrumentError(msg, cure="check the stream.") from None

    def record(self, sink: Sink) -> None:
        """A line a picture."""
        sink.write(Writer(self._form, {"key": self._key().hex(), "cameras": sorted(self._settings.cameras)}).header)
        done = set(sink.state.get("done", ()))
        left = [each for each in self._settings.cameras.items() if each[0] not in done]
        with ThreadPoolExecutor(min(_AT_ONCE, max(1, len(left)))) as pool:
            for name in pool.map(lambda each: self._watch(each[0], each[1], sink), left):
                done.add(name)
                with self._lock:
                    if not sink.stopping:
                        sink.checkpoint({"done": sorted(done)})
                sink.progress(len(done), len(self._settings.cameras), name)

    def _watch(self, name: str, address: str, sink: Sink) -> str:
        end, still = time.monotonic() + float(self._settings.duration_s), 0
        while time.monotonic() < end and not sink.stopping:
            try:
                next_at = 0.0
                for picture in pictures(address, *self._login()):
                    if time.monotonic() >= end or sink.stopping:
                        break
                    if time.monotonic() < next_at and not picture.codes:
                        continue
                    next_at = time.monotonic() + _EVERY_S
                    self._write(name, picture, sink)
                    if picture.codes and self._settings.stills and still < 3:
                        still += 1
                        sink.attach(f"{name}-{still}.pgm", _pgm(picture))
            except InstrumentError as error:
                with self._lock:
                    sink.write(line({"t": time.time_ns(), "camera": name, "refused": error.problem}))
            time.sleep(max(0.0, min(_AGAIN_S, end - time.monotonic())))
        return name

    def _write(self, name: str, picture: Picture, sink: Sink) -> None:
        row = {"t": time.time_ns(), "camera": name, "mean": picture.mean, "deviation": picture.deviation}
        with self._lock:
            sink.write(line({**row, "digest": picture.digest, "codes": list(picture.codes)}))

    def _login(self) -> tuple[str, str]:
        secret = self._settings.password
        return self._settings.user or "", "" if secret is None else secret.text("the platform's password")

    def _key(self) -> bytes:
        key: bytes = self._settings.key.read("the key of the codes")
        if len(key) < 16:
            raise UsageError(
                "The key of the codes is shorter than 16 characters.",
                cure="draw a longer one, as by `openssl rand -hex 16`.",
            )
        return key


def _pgm(picture: Picture) -> bytes:
    """The luminance as a portable graymap, which every viewer opens."""
    height, width = picture.luminance.shape
    data: bytes = picture.luminance.tobytes()
    return f"P5 {width} {height} 255\n".encode() + data
