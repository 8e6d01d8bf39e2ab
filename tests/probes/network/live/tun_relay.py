# SPDX-License-Identifier: Apache-2.0
"""A path of two TUN devices whose own record of each packet is the truth: delay, drops each way, copies and overtaking on the way back.

``python tun_relay.py NETNS_A NETNS_B SEED``: says "on" when both devices exist, and ends when standard input closes, with one
JSON list: (way, sequence in the packet, fate, ns held).
"""

import ctypes
import fcntl
import heapq
import json
import os
import random
import select
import struct
import sys
import time
from pathlib import Path

_SETIFF, _TUN_WITHOUT_HEADER, _NEWNET = 0x400454CA, 0x1001, 0x40000000
_DELAY_NS, _SPREAD_NS = 1_000_000, 3_000_000
_DROPPED = (0.05, 0.08)  # there, back
_COPIED = 0.05  # back
_UDP, _AT = 17, 28


def device(netns: str) -> int:
    """A TUN device called path0 in a namespace."""
    with Path("/run/netns", netns).open("rb") as handle:
        if ctypes.CDLL(None).setns(handle.fileno(), _NEWNET):
            raise OSError(netns)
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, _SETIFF, struct.pack("16sH", b"path0", _TUN_WITHOUT_HEADER))
    return tun


def main() -> None:
    chance = random.Random(int(sys.argv[3]))
    tuns = [device(name) for name in sys.argv[1:3]]
    sys.stdout.write("on\n")
    sys.stdout.flush()
    waiting: list[tuple[int, int, int, int, int, str, bytes]] = []
    truth, number = [], 0
    while True:
        now = time.monotonic_ns()
        while waiting and waiting[0][0] <= now:
            _due, _number, way, sequence, entered, fate, data = heapq.heappop(waiting)
            truth.append((way, sequence, fate, time.monotonic_ns() - entered))
            os.write(tuns[1 - way], data)
        wait = (waiting[0][0] - now) / 1e9 if waiting else 0.1
        ready, _, _ = select.select([*tuns, sys.stdin], [], [], max(0.0, wait))
        if sys.stdin in ready:
            sys.stdout.write(json.dumps(truth))
            return
        for way, tun in enumerate(tuns):
            if tun not in ready:
                continue
            data, entered = os.read(tun, 2048), time.monotonic_ns()
            if data[0] >> 4 != 4 or data[9] != _UDP:
                continue
            at = _AT + (24 if way else 0)  # a reply carries the sender's sequence there
            sequence = int.from_bytes(data[at : at + 4], "big")
            if chance.random() < _DROPPED[way]:
                truth.append((way, sequence, "dropped", 0))
                continue
            copies = 2 if way and chance.random() < _COPIED else 1
            for copy in range(copies):
                number += 1
                due = entered + _DELAY_NS + (int(chance.random() * _SPREAD_NS) if way else 0)
                heapq.heappush(waiting, (due, number, way, sequence, entered, "copied" if copy else "carried", data))


if __name__ == "__main__":
    main()
