# SPDX-License-Identifier: Apache-2.0
"""From a frame to its innermost transport header, compiled: link layers, VLAN, IPv4, IPv6 with extensions, tunnels.

``at`` and ``end`` are addresses, and nothing is read beyond ``end``. A packet is described in the int64 row at ``p``: the
constants SRC_HI … below. Ethertypes and protocol numbers are IANA's.
"""

from __future__ import annotations

from probes.network.capture.memory import byte, get, inner, put, shared, u16, u32, u64

# fields of a packet row
PROTOCOL, SRC_HI, SRC_LO, DST_HI, DST_LO, SPORT, DPORT, PAYLOAD, END, SEEN, FLAGS, NUMBER, ANSWERS, TTL = range(14)
MARK, PROOF, LOCAL = 14, 15, 16
FIELDS = 17

# protocols that occur in a frame, as bits of SEEN
NAMES = (
    "arp",
    "ipv4",
    "ipv6",
    "udp",
    "tcp",
    "icmp",
    "icmpv6",
    "sctp",
    "gtpu",
    "vxlan",
    "fragment",
    "other",
    "malformed",
    "gre",
    "geneve",
    "tunnel",
)
ARP, V4, V6, UDP, TCP, ICMP, ICMP6, SCTP, GTP, VXLAN, FRAGMENT, OTHER, MALFORMED, GRE, GENEVE, TUNNEL = range(
    len(NAMES)
)

# link types (tcpdump.org/linktypes)
NULL, ETHERNET, RAW_BSD, RAW_OPENBSD, RAW, LOOP, SLL, IPV4, IPV6, SLL2 = 0, 1, 12, 14, 101, 108, 113, 228, 229, 276
KNOWN_LINKS = (NULL, ETHERNET, RAW_BSD, RAW_OPENBSD, RAW, LOOP, SLL, IPV4, IPV6, SLL2)

_ETH_IPV4, _ETH_IPV6, _ETH_ARP, _ETH_MPLS, _ETH_PPPOE, _ETH_BRIDGE = 0x0800, 0x86DD, 0x0806, 0x8847, 0x8864, 0x6558
_ETH_PBB, _ETH_ETAG, _ERSPAN_2, _ERSPAN_3 = 0x88E7, 0x893F, 0x88BE, 0x22EB
_GTP_PORT, _VXLAN_PORT, _GENEVE_PORT = 2152, 4789, 6081
_DEPTH = 6
_MAPPED = 0xFFFF << 32  # ::ffff:a.b.c.d (RFC 4291 §2.5.5.2), so that one row holds both families
_NONE = -1
_BROKEN, _LATER, _FRAGMENTED = 0x1000, 0x2000, 0x4000


@inner
def decode(at: int, end: int, link: int, p: int) -> int:
    """Describe the innermost UDP, TCP or ICMP header of a frame in ``p``; returns its protocol number, 0 when there is none.

    Which protocols occur in the frame is left in SEEN, a bit each.
    """
    if link == ETHERNET and at + 54 <= end and u32(at + 12) >> 8 == 0x08_0045 and u16(at + 20) & 0x3FFF == 0:
        if byte(at + 23) == 17:
            port = u16(at + 36)
            if port not in (_GTP_PORT, _VXLAN_PORT, _GENEVE_PORT):
                return _plain(at + 14, end, p, 17)
        elif byte(at + 23) == 6:
            return _plain(at + 14, end, p, 6)
    return _any(at, end, link, p)


@inner
def _plain(at: int, end: int, p: int, protocol: int) -> int:
    """The commonest packets by far: IPv4 without options or fragments; UDP without a tunnel, or TCP. At least 40 bytes are there."""
    total, length = u16(at + 2), u16(at + 24) if protocol == 17 else 20
    if (total and total < 40) or length < 8:
        return _any(at, end, IPV4, p)
    end = min(end, at + total) if total else end
    put(p, SRC_HI, 0)
    put(p, SRC_LO, _MAPPED | u32(at + 12))
    put(p, DST_HI, 0)
    put(p, DST_LO, _MAPPED | u32(at + 16))
    put(p, SPORT, u16(at + 20))
    put(p, DPORT, u16(at + 22))
    put(p, TTL, byte(at + 8))
    put(p, END, end)
    if protocol == 17:
        put(p, PAYLOAD, at + 28)
        put(p, END, min(end, at + 20 + length))
        put(p, SEEN, 1 << V4 | 1 << UDP)
        return 17
    put(p, PAYLOAD, at + 20 + (byte(at + 32) >> 4) * 4)
    put(p, NUMBER, u32(at + 24))
    put(p, ANSWERS, u32(at + 28))
    put(p, FLAGS, byte(at + 33))
    put(p, SEEN, 1 << V4 | 1 << TCP)
    return 6


@shared
def _any(at: int, end: int, link: int, p: int) -> int:
    """As :func:`decode`, for every frame there is."""
    seen = 0
    at, kind = _network(at, end, link)
    for _ in range(_DEPTH):
        if at < 0:
            break
        if kind == _ETH_IPV4:
            seen |= 1 << V4
            protocol, at, end = _ipv4(at, end, p)
        elif kind == _ETH_IPV6:
            seen |= 1 << V6
            protocol, at, end = _ipv6(at, end, p)
        else:
            put(p, SEEN, seen | (_arp(at, end) if kind == _ETH_ARP else 1 << OTHER))
            return 0
        if protocol & _FRAGMENTED:
            seen |= 1 << FRAGMENT
            protocol &= ~_FRAGMENTED
        kind, found = _transport(at, end, protocol, p)
        seen |= found
        if kind <= 0:
            put(p, SEEN, seen)
            return protocol if kind == 0 else 0
        at = get(p, PAYLOAD)
        if kind == _ETH_BRIDGE:
            at, kind = _network(at, end, ETHERNET)
    put(p, SEEN, seen | 1 << MALFORMED)
    return 0


@inner
def _arp(at: int, end: int) -> int:
    """ARP, and malformed when its own lengths reach beyond the frame (RFC 826)."""
    whole = at + 8 <= end and at + 8 + 2 * (byte(at + 4) + byte(at + 5)) <= end
    return 1 << ARP if whole else 1 << ARP | 1 << MALFORMED


@inner
def _network(at: int, end: int, link: int) -> tuple[int, int]:
    """Where the network header begins (-1: cut off) and its ethertype (0: unknown)."""
    if link == ETHERNET:
        return _tagged(at + 14, end, u16(at + 12)) if at + 14 <= end else (_NONE, 0)
    if link == SLL:
        return _tagged(at + 16, end, u16(at + 14)) if at + 16 <= end else (_NONE, 0)
    if link == SLL2:
        return _tagged(at + 20, end, u16(at)) if at + 20 <= end else (_NONE, 0)
    if link < 0:
        return at, 0
    if link == IPV4:
        return at, _ETH_IPV4
    if link == IPV6:
        return at, _ETH_IPV6
    if link in (NULL, LOOP):
        at += 4
    return _by_version(at, end)


@inner
def _by_version(at: int, end: int) -> tuple[int, int]:
    """An IP packet without an ethertype says its version in its first nibble."""
    if at >= end:
        return _NONE, 0
    version = byte(at) >> 4
    if version == 4:
        return at, _ETH_IPV4
    return at, _ETH_IPV6 if version == 6 else 0


@inner
def _tagged(at: int, end: int, kind: int) -> tuple[int, int]:
    """Past VLAN tags (802.1Q, 802.1ad, the older 0x9100), MPLS labels with what they carry, and PPPoE."""
    for _ in range(_DEPTH):
        if kind in (0x8100, 0x88A8, 0x9100):
            if at + 4 > end:
                return _NONE, 0
            kind, at = u16(at + 2), at + 4
        elif kind == _ETH_MPLS:
            at = _under_labels(at, end)
            if at < 0 or at + 18 > end or byte(at) >> 4:
                return _by_version(at, end) if at >= 0 else (_NONE, 0)
            kind, at = u16(at + 16), at + 18  # an Ethernet frame behind a pseudowire control word (RFC 4385)
        elif kind == _ETH_PPPOE:
            return _by_version(at + 8, end)
        elif kind == _ETH_ETAG:
            if at + 8 > end:
                return _NONE, 0
            kind, at = u16(at + 6), at + 8  # 802.1BR
        elif kind == _ETH_PBB:
            if at + 18 > end:
                return _NONE, 0
            kind, at = u16(at + 16), at + 18  # 802.1ah: the customer's addresses stand behind the I-TAG
        elif kind < 0x0600 and at + 8 <= end and u32(at) >> 8 == 0xAAAA03:
            kind, at = u16(at + 6), at + 8  # a length, then LLC and SNAP (802.2, RFC 1042)
        else:
            break
    return at, kind


@inner
def _under_labels(at: int, end: int) -> int:
    """Behind the last MPLS label (RFC 3032 §2.1), -1: cut off."""
    while at + 4 <= end:
        at += 4
        if byte(at - 2) & 1:
            return at
    return _NONE


@inner
def _ipv4(at: int, end: int, p: int) -> tuple[int, int, int]:
    """(protocol, where its header begins, end of the packet). Protocol: _BROKEN, or _LATER for a fragment that is not the first."""
    if at + 20 > end:
        return _BROKEN, at, end
    length, total = (byte(at) & 15) * 4, u16(at + 2)
    if byte(at) >> 4 != 4 or length < 20 or (total and total < length) or at + length > end:
        return _BROKEN, at, end
    if total:  # 0: a packet larger than 64 KiB before segmentation
        end = min(end, at + total)
    put(p, SRC_HI, 0)
    put(p, SRC_LO, _MAPPED | u32(at + 12))
    put(p, DST_HI, 0)
    put(p, DST_LO, _MAPPED | u32(at + 16))
    put(p, TTL, byte(at + 8))
    fragment = u16(at + 6) & 0x3FFF
    if fragment == 0:
        return byte(at + 9), at + length, end
    return (_LATER if fragment & 0x1FFF else byte(at + 9)) | _FRAGMENTED, at + length, end


@inner
def _ipv6(at: int, end: int, p: int) -> tuple[int, int, int]:
    """As :func:`_ipv4`; extension headers are walked (RFC 8200 §4), a payload length of 0 with a packet behind is a jumbo."""
    if at + 40 > end or byte(at) >> 4 != 6:
        return _BROKEN, at, end
    if u16(at + 4):
        end = min(end, at + 40 + u16(at + 4))
    put(p, SRC_HI, u64(at + 8))
    put(p, SRC_LO, u64(at + 16))
    put(p, DST_HI, u64(at + 24))
    put(p, DST_LO, u64(at + 32))
    put(p, TTL, byte(at + 7))
    following, at, fragment = byte(at + 6), at + 40, 0
    while following in (0, 43, 44, 51, 60, 135):
        if at + 8 > end:
            return _BROKEN | fragment, at, end
        length = (byte(at + 1) + 1) * 8
        if following == 44:
            length, fragment = 8, _FRAGMENTED
            if u16(at + 2) >> 3:
                return _LATER | fragment, at, end
        elif following == 51:
            length = (byte(at + 1) + 2) * 4
        following, at = byte(at), at + length
    return following | fragment, at, end


@inner
def _transport(at: int, end: int, protocol: int, p: int) -> tuple[int, int]:
    """What to do, and what was seen. 0: ``p`` describes it; > 0: ethertype of a packet inside, at p's PAYLOAD; -1: nothing to pair."""
    put(p, PAYLOAD, at)
    put(p, END, end)
    if protocol == 17:
        return _udp(at, end, p)
    if protocol == 6:
        return _tcp(at, end, p)
    if protocol in (1, 58):
        return _icmp(at, end, p, ICMP if protocol == 1 else ICMP6)
    if protocol == 4:
        return _ETH_IPV4, 0
    if protocol == 41:
        return _ETH_IPV6, 0
    if protocol == 47:
        return _gre(at, end, p)
    if protocol == 97 and at + 2 <= end:  # EtherIP, RFC 3378
        put(p, PAYLOAD, at + 2)
        return _ETH_BRIDGE, 0
    if protocol == 132:
        return _NONE, 1 << SCTP
    if protocol in (50, 108, 115):  # ESP, IPComp, L2TP
        return _NONE, 1 << TUNNEL
    return _NONE, 1 << MALFORMED if protocol == _BROKEN else 0


@inner
def _udp(at: int, end: int, p: int) -> tuple[int, int]:
    if at + 8 > end:
        return _NONE, 1 << UDP | 1 << MALFORMED
    length = u16(at + 4)
    if length >= 8:  # 0: a datagram larger than 64 KiB before segmentation; 1 to 7 lie
        end = min(end, at + length)
    elif length:
        return _NONE, 1 << UDP | 1 << MALFORMED
    port = u16(at + 2)
    put(p, SPORT, u16(at))
    put(p, DPORT, port)
    put(p, PAYLOAD, at + 8)
    put(p, END, end)
    if port == _GTP_PORT:
        return _gtp(at + 8, end, p)
    if port == _VXLAN_PORT and at + 16 < end:
        put(p, PAYLOAD, at + 16)
        return _ETH_BRIDGE, 1 << UDP | 1 << VXLAN
    if port == _GENEVE_PORT and at + 16 < end and byte(at + 8) >> 6 == 0:  # RFC 8926
        kind, inside = u16(at + 10), at + 16 + (byte(at + 8) & 63) * 4
        if kind in (_ETH_BRIDGE, _ETH_IPV4, _ETH_IPV6):
            put(p, PAYLOAD, inside)
            return kind, 1 << UDP | 1 << GENEVE
        return 0, 1 << UDP | 1 << GENEVE | 1 << TUNNEL
    return 0, 1 << UDP


@inner
def _gre(at: int, end: int, p: int) -> tuple[int, int]:
    """Past a GRE header (RFC 2784, RFC 2890): IP, a bridged frame, or a mirrored one (ERSPAN I to III)."""
    if at + 4 > end:
        return _NONE, 1 << GRE | 1 << MALFORMED
    flags, kind = u16(at), u16(at + 2)
    if flags & 0x4007:  # source routes, or the version of PPTP
        return _NONE, 1 << GRE | 1 << TUNNEL
    inside = at + 4 + (4 if flags & 0x8000 else 0) + (4 if flags & 0x2000 else 0) + (4 if flags & 0x1000 else 0)
    if kind == _ERSPAN_2 and flags & 0x1000:
        inside += 8
    elif kind == _ERSPAN_3:
        if inside + 12 > end:
            return _NONE, 1 << GRE | 1 << MALFORMED
        inside += 20 if byte(inside + 11) & 1 else 12
    put(p, PAYLOAD, inside)
    if kind in (_ERSPAN_2, _ERSPAN_3, _ETH_BRIDGE):
        return _ETH_BRIDGE, 1 << GRE
    if kind in (_ETH_IPV4, _ETH_IPV6):
        return kind, 1 << GRE
    return _NONE, 1 << GRE | 1 << TUNNEL


@inner
def _gtp(at: int, end: int, p: int) -> tuple[int, int]:
    """Past a GTP-U header (3GPP TS 29.281 §5): version 1, message G-PDU, options and extension headers."""
    if at + 8 > end or byte(at) >> 5 != 1:
        return 0, 1 << UDP
    seen = 1 << UDP | 1 << GTP
    if byte(at + 1) != 255:
        return _NONE, seen
    flags, following, at = byte(at) & 7, 0, at + 8
    if flags:
        if at + 4 > end:
            return _NONE, seen
        following, at = byte(at + 3) if flags & 4 else 0, at + 4
    while following:
        if at >= end or byte(at) == 0 or at + byte(at) * 4 > end:
            return _NONE, seen
        at += byte(at) * 4
        following = byte(at - 1)
    at, kind = _by_version(at, end)
    put(p, PAYLOAD, at)
    return kind or _NONE, seen


@inner
def _tcp(at: int, end: int, p: int) -> tuple[int, int]:
    """FLAGS: the TCP flags; NUMBER and ANSWERS: sequence and acknowledgement number."""
    if at + 20 > end:
        return _NONE, 1 << TCP | 1 << MALFORMED
    put(p, SPORT, u16(at))
    put(p, DPORT, u16(at + 2))
    put(p, NUMBER, u32(at + 4))
    put(p, ANSWERS, u32(at + 8))
    put(p, FLAGS, byte(at + 13))
    put(p, PAYLOAD, at + (byte(at + 12) >> 4) * 4)
    return 0, 1 << TCP


@inner
def _icmp(at: int, end: int, p: int, which: int) -> tuple[int, int]:
    """FLAGS: the type; for echo, SPORT = DPORT = identifier and NUMBER = sequence number (RFC 792, RFC 4443)."""
    if at + 8 > end:
        return _NONE, 1 << which | 1 << MALFORMED
    kind, identifier = byte(at), u16(at + 4)
    put(p, FLAGS, kind)
    put(p, SPORT, identifier)
    put(p, DPORT, identifier)
    put(p, NUMBER, u16(at + 6))
    put(p, PAYLOAD, at + 8)
    error = kind in (3, 4, 5, 11, 12) if which == ICMP else kind < 5
    return 0, 1 << which | (_quoted(at + 8, end) if error else 0)


@inner
def _quoted(at: int, end: int) -> int:
    """An ICMP error quotes the packet it is about: the protocols that so occur in this frame too."""
    at, kind = _by_version(at, end)
    length = 20 if kind == _ETH_IPV4 else 40
    if kind == 0 or at + length > end:
        return 0
    seen = 1 << (V4 if kind == _ETH_IPV4 else V6)
    protocol = byte(at + 9) if kind == _ETH_IPV4 else byte(at + 6)
    if at + length + 8 > end:
        return seen
    return seen | (1 << UDP if protocol == 17 else 1 << TCP if protocol == 6 else 0)
