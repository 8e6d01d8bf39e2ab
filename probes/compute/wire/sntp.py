# SPDX-License-Identifier: Apache-2.0
"""SNTP (RFC 4330) as far as two clocks are compared by it: a request, its answer, and what the four moments say.

Fields read are mode, stratum and three timestamps; an answer has to repeat the moment at which it was asked.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from harness.errors import DecodeError

_PACKET = struct.Struct(">BBBb11I")
SIZE = _PACKET.size
_EPOCH = 2_208_988_800
"""Seconds from 1900 to 1970."""
_ERA = 1 << 32
_CLIENT, _SERVER = 0x23, 0x24
"""Version 4, no warning; mode client, mode server."""
_S_NS = 10**9


class Exchange(NamedTuple):
    """``offset_ns``: how far the asked clock is ahead of ours; ``rtt_ns``: the way there and back, without its time inside."""

    at_ns: int
    offset_ns: int
    rtt_ns: int


def request(now_ns: int) -> bytes:
    """A question that carries the moment at which it leaves."""
    return _PACKET.pack(_CLIENT, 0, 0, 0, 0, 0, 0, *([0, 0] * 3), *_stamp(now_ns))


def answer(data: bytes, received_ns: int, sent_ns: int, stratum: int = 16) -> bytes:
    """The answer of a clock to a request; DecodeError for what is none."""
    if len(data) < SIZE or data[0] & 7 != _CLIENT & 7:
        raise DecodeError("This is no question for the time.", cure="ask by SNTP.")
    asked = _PACKET.unpack(data[:SIZE])[-2:]
    return _PACKET.pack(
        _SERVER, stratum, 0, -20, 0, 0, 0, *_stamp(received_ns), *asked, *_stamp(received_ns), *_stamp(sent_ns)
    )


def exchange(data: bytes, sent_ns: int, heard_ns: int) -> Exchange:
    """What an answer says beside the two moments of our own clock; DecodeError for another's answer, or one of no use."""
    if len(data) < SIZE:
        raise _useless("it is too short")
    first, stratum, *rest = _PACKET.unpack(data[:SIZE])
    if first & 7 != _SERVER & 7:
        raise _useless("it is no answer of a server")
    if tuple(rest[-6:-4]) != _stamp(sent_ns):
        raise _useless("it belongs to another question")
    if not stratum or not any(rest[-2:]):
        raise _useless("the server refuses to tell the time")
    received, sent = (_ns(rest[at], rest[at + 1], sent_ns) for at in (-4, -2))
    rtt = (heard_ns - sent_ns) - (sent - received)
    if rtt < 0 or heard_ns < sent_ns or sent < received:
        raise _useless("its moments are out of order")
    return Exchange((sent_ns + heard_ns) // 2, ((received - sent_ns) + (sent - heard_ns)) // 2, rtt)


def _stamp(at_ns: int) -> tuple[int, int]:
    seconds, rest = divmod(at_ns, _S_NS)
    return (seconds + _EPOCH) % _ERA, (rest << 32) // _S_NS


def _ns(seconds: int, fraction: int, near_ns: int) -> int:
    """The moment of a timestamp in the era nearest to ours."""
    plain = (seconds - _EPOCH) * _S_NS + (fraction * _S_NS >> 32)
    return plain + round((near_ns - plain) / (_ERA * _S_NS)) * _ERA * _S_NS


def _useless(why: str) -> DecodeError:
    return DecodeError(f"The clock's answer cannot be used: {why}.", cure="name a host that answers SNTP.")
