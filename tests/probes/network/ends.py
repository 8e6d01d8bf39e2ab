# SPDX-License-Identifier: Apache-2.0
"""Packets of bytes through the compiled functions that both ends use: a sender's and a reflector's view of each mode."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from probes.network.wire import frames
from probes.network.wire.digest import pads_of
from probes.network.wire.modes import PAYLOAD_BYTES, reply_mark, template
from probes.network.wire.packet import ReflectorPacket, SenderPacket
from probes.network.wire.tlv import EXTRA_PADDING


class Arrival(NamedTuple):
    """What a reflector knows of the packet it answers."""

    traffic_class: int = 0
    received: int = 0
    sent: int = 0
    synchronised: bool = False


class Heard(NamedTuple):
    sequence: int
    timestamp: int
    authentic: bool = True


def column(data: bytes) -> np.ndarray:
    return np.frombuffer(data, np.uint8).copy()


def signed64(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


@dataclass(frozen=True)
class Ends:
    """Both ends of a mode; ``key`` for the authenticated one, ``version`` and ``identifier`` for echoes."""

    mode: int
    key: bytes = b""
    version: int = 4
    identifier: int = 0

    @property
    def mark(self) -> int:
        return reply_mark(self.version, self.identifier) if self.mode == frames.ECHO else 0

    def ask(self, packet: SenderPacket) -> bytes:
        """The request; TLVs of ``packet.tail`` are protected, padding behind them is not."""
        cut = 0
        while cut + 4 <= len(packet.tail) and packet.tail[cut + 1] != EXTRA_PADDING:
            cut += 4 + int.from_bytes(packet.tail[cut + 2 : cut + 4], "big")
        made = template(self.mode, packet.error, packet.tail[:cut], packet.tail[cut:])
        if packet.ssid:
            at = 26 if self.mode == frames.AUTHENTICATED else 14
            made = made[:at] + packet.ssid.to_bytes(2, "big") + made[at + 2 :]
        out = np.full(len(made), 255, np.uint8)
        frames.write_request(
            out, column(made), len(made), self.mode, packet.sequence, signed64(packet.timestamp), self.mark, self.pads
        )
        return out.tobytes()

    @property
    def pads(self) -> np.ndarray:
        return pads_of(self.key)

    def heard(self, payload: bytes) -> Heard | None:
        found = np.zeros(3, np.int64)
        frames.hear(column(payload), len(payload), self.mode, self.mark, self.pads, found)
        if found[0] == frames.NOTHING:
            return None
        return Heard(int(found[1]), int(found[2]) % (1 << 64), found[0] == frames.HEARD)

    def reads(self, payload: bytes) -> bool:
        return bool(frames.readable(column(payload), len(payload), self.mode, self.pads))

    def answer(self, packet: ReflectorPacket, arrival: Arrival, request: bytes) -> bytes:
        """The reply with sequence, times, error and TTL of ``packet``; the rest is copied from the request."""
        out = np.full(max(len(request), PAYLOAD_BYTES[self.mode]) + 8, 255, np.uint8)
        times = (signed64(packet.timestamp), signed64(packet.received))
        own = np.array([packet.sequence, *times, packet.error, packet.sender_ttl], np.int64)
        size = frames.answer(column(request), len(request), out, self.mode, own, np.array(arrival, np.int64), self.pads)
        assert set(out[size:].tolist()) == {255}
        return out[:size].tobytes()

    def asked_for(self, packet: ReflectorPacket, tail: bytes = b"") -> bytes:
        """The request that a reply to it copies the sender's fields of ``packet`` from."""
        sent = SenderPacket(packet.sender_sequence, packet.sender_timestamp, packet.sender_error, packet.ssid, tail)
        return self.ask(sent)


def reflected(tail: bytes, arrival: Arrival | None = None) -> bytes:
    """The TLVs as they come back."""
    data = column(tail)
    frames.reflect(data, 0, len(data), np.array(arrival or Arrival(), np.int64))
    return data.tobytes()
