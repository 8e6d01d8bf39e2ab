# SPDX-License-Identifier: Apache-2.0
"""Known-truth cases of the network: captures constructed bit by bit, with delays, losses and duplicates that are known."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from harness.kit.validation import Case

_START_NS = 1_700_000_000 * 10**9
_COUNT = 40
_LOST = frozenset({7, 8, 23})
_FRAMINGS = ("pcap-le-ns", "pcap-be-ns", "pcap-le-us", "pcap-be-us", "pcapng-le", "pcapng-be")


def cases() -> Iterator[Case]:
    """Forty echo requests, three unanswered, in every framing; each delay is 1 ms and as many microseconds as its number."""
    delays = sorted(_delay_ns(number) for number in range(_COUNT) if number not in _LOST)
    truth = {
        "sent": _COUNT,
        "received": _COUNT - len(_LOST),
        "lost": len(_LOST),
        "duplicate": 0,
        "rtt min": delays[0],
        "rtt max": delays[-1],
        "rtt p50": delays[(len(delays) - 1) // 2],
        "rtt mean": sum(delays) / len(delays),
    }
    for framing in _FRAMINGS:
        for what, expected in truth.items():
            yield Case(f"{framing}-{what.replace(' ', '-')}", "constructed", partial(_of, framing, what), expected, absolute=1.0 if "mean" in what else 0.0)  # fmt: skip


def _delay_ns(number: int) -> int:
    return 1_000_000 + number * 1000


@cache
def _analysed(framing: str) -> dict[str, Any]:
    from probes.network.analyse import analyse_network

    with TemporaryDirectory() as folder:
        path = Path(folder) / framing
        path.write_bytes(_capture(framing))
        found: dict[str, Any] = analyse_network([str(path)])["files"][0]["tests"][0]
        return found


def _of(framing: str, what: str) -> Any:
    test = _analysed(framing)
    return test["rtt_ns"][what.removeprefix("rtt ")] if what.startswith("rtt ") else test[what]


def _records() -> list[tuple[int, bytes]]:
    records = []
    for number in range(_COUNT):
        sent = _START_NS + number * 10_000_000
        records.append((sent, _frame(number, reply=False)))
        if number not in _LOST:
            records.append((sent + _delay_ns(number), _frame(number, reply=True)))
    return sorted(records)


def _frame(number: int, *, reply: bool) -> bytes:
    """An ICMP echo (RFC 792) in IPv4 (RFC 791) in Ethernet."""
    ends = (bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2]))
    source, target = ends[::-1] if reply else ends
    icmp = _summed(struct.pack("!BBHHH", 0 if reply else 8, 0, 0, 9, number) + bytes(8), 2)
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(icmp), number, 0, 64, 1, 0, source, target)
    return bytes.fromhex("020000000002020000000001") + b"\x08\x00" + _summed(header, 10) + icmp


def _summed(data: bytes, at: int) -> bytes:
    """With the internet checksum (RFC 1071) put in at ``at``."""
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return data[:at] + struct.pack("!H", ~total & 0xFFFF) + data[at + 2 :]


def _capture(framing: str) -> bytes:
    kind, order, *unit = framing.split("-")
    sign = "<" if order == "le" else ">"
    return _pcapng(sign) if kind == "pcapng" else _pcap(sign, 10**9 if unit == ["ns"] else 10**6)


def _pcap(sign: str, per_second: int) -> bytes:
    magic = 0xA1B23C4D if per_second == 10**9 else 0xA1B2C3D4
    out = struct.pack(sign + "IHHiIII", magic, 2, 4, 0, 0, 262144, 1)
    for time_ns, data in _records():
        out += struct.pack(sign + "IIII", time_ns // 10**9, time_ns % 10**9 * per_second // 10**9, len(data), len(data))
        out += data
    return out


def _pcapng(sign: str) -> bytes:
    out = _block(sign, 0x0A0D0D0A, struct.pack(sign + "IHHq", 0x1A2B3C4D, 1, 0, -1))
    options = struct.pack(sign + "HHB3x", 9, 1, 9) + bytes(4)
    out += _block(sign, 1, struct.pack(sign + "HHI", 1, 0, 0) + options)
    for time_ns, data in _records():
        head = struct.pack(sign + "IIIII", 0, time_ns >> 32, time_ns & 0xFFFFFFFF, len(data), len(data))
        out += _block(sign, 6, head + data)
    return out


def _block(sign: str, kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    length = struct.pack(sign + "I", len(body) + 12)
    return struct.pack(sign + "I", kind) + length + body + length
