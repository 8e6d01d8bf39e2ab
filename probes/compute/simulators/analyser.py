# SPDX-License-Identifier: Apache-2.0
"""A simulated power analyser on loopback that answers SCPI as a Yokogawa WT3xx does; its true power and energy are known."""

from __future__ import annotations

import random
import socketserver
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from harness.kit.settings import Settings

_Positive = Annotated[float, Field(gt=0, lt=1e9)]


class AnalyserSettings(Settings):
    """What it shows."""

    seed: int = Field(1, description="of the scatter.")
    watts: _Positive = Field(30.0, description="true power, W.")
    scatter: Annotated[float, Field(ge=0, lt=0.5)] = Field(0.005, description="scatter of the power, as a share.")
    gain: Annotated[float, Field(gt=-0.5, lt=0.5)] = Field(0.0, description="relative error of its gain.")
    volts: _Positive = Field(150.0, description="voltage range, V.")
    amperes: _Positive = Field(0.5, description="current range, A.")
    auto: bool = Field(False, description="whether it ranges by itself.")
    say: str = Field("", description="what it answers in place of a power, like 9.91E+37 for an overload.")


@contextmanager
def analyser(config: Mapping[str, Any], _folder: Path) -> Iterator[Mapping[str, Any]]:
    """Serve until the end; yields ``scpi``, as a profile writes it."""
    own = AnalyserSettings.parse(config)
    noise, lock = random.Random(own.seed), threading.Lock()
    ranging = int(own.auto)
    answers = {
        "*IDN?": "YOKOGAWA,WT333E,SIMULATED,F1.03",
        ":CFAC?;:CURR:RANG?;:CURR:AUTO?;:VOLT:RANG?;:VOLT:AUTO?": f"3;{own.amperes:.3E};{ranging};{own.volts:.3E};{ranging}",
    }

    class Answering(socketserver.StreamRequestHandler):
        """One connection."""

        def handle(self) -> None:
            """Question by question, until the other end hangs up."""
            while asked := self.rfile.readline():
                question = asked.decode("ascii", "replace").strip()
                if question in {":NUM:NORM:VAL?", ":MEAS:POW?"}:
                    with lock:
                        watts = own.watts * (1 + own.gain) * (1 + own.scatter * noise.gauss(0, 1))
                    self.wfile.write((own.say or f"{watts:.6E}").encode() + b"\n")
                elif question in answers:
                    self.wfile.write(answers[question].encode() + b"\n")

    class Server(socketserver.ThreadingTCPServer):
        """Threads that do not outlive it."""

        daemon_threads, allow_reuse_address = True, True

    with Server(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            host, port = server.server_address[:2]
            yield {"scpi": {"tcp": f"{host!s}:{port}"}, "began_ns": time.time_ns()}
        finally:
            server.shutdown()
