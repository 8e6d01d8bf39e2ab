# SPDX-License-Identifier: Apache-2.0
"""A look while a campaign records costs what was added since the last one, and says what a fresh look would say."""

from collections.abc import Callable

from tests.conformance import examples

LOOKS = 12
GROWING: dict[str, tuple[str, Callable[[], bytes]]] = {
    "packets": ("network.stamp", lambda: examples.packets(6000, 2)),
    "connects": ("network.tcp", lambda: b"".join(examples.connects(name, 500) for name in "abcdefghijkl")),
    "loops": ("network.mqtt", lambda: b"".join(examples.loops(100) for _ in range(LOOKS))),
    "presence": ("network.presence", lambda: b"".join(examples.presence(f"A{each}") for each in range(LOOKS))),
}
