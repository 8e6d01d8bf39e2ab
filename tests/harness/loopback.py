# SPDX-License-Identifier: Apache-2.0
"""A practice campaign of latency and loss over loopback, whose terminals are simulated."""

from __future__ import annotations

from pathlib import Path

from harness.evidence.keys import generate
from tests.projects import head

_REST = """\
practice: true
declared:
  s01.loss: {waiting_time: 300 ms}
  s01.latency: {waiting_time: 300 ms}
limits: {s01.loss: "<= 1 %"}
sources:
  s01.latency: {probe: network.stamp, targets: "@terminals.targets", SENT, size: [64 B], duration: DURATION, waiting_time: 300 ms}
  s01.loss: {evidence: [s01.latency]}
simulators:
  terminals: {probe: network.stamp, simulator: reflectors, ANSWERING}
signing: {ed25519: loopback.ed25519.pem}
"""


def profile(folder: Path, name: str, duration: str, *, sent: str = "rate: 500/s", answering: str = "count: 2") -> Path:
    """The profile in ``folder``, with a key; ``sent`` says how packets leave, ``answering`` which terminals answer."""
    path = folder / f"{name}.yaml"
    rest = _REST.replace("SENT", sent).replace("DURATION", duration).replace("ANSWERING", answering)
    path.write_text(head("s01", name="环回测试") + rest, encoding="utf-8")
    if not (folder / "loopback.ed25519.pem").exists():
        generate(folder / "loopback")
    return path
