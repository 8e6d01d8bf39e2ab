# SPDX-License-Identifier: Apache-2.0
"""UDP sockets with kernel timestamps (Linux SO_TIMESTAMPING): what STAMP's sender and reflector stand on.

Kernel software timestamps are taken where the packet leaves for and comes from the device driver, so they
leave out this process's scheduling. See Documentation/networking/timestamping.rst of the Linux kernel.
"""

from __future__ import annotations

import errno
import os
import socket
import struct

from harness.errors import InstrumentError

_TIMESTAMPING, _RXQ_OVERFLOW = 37, 40  # SO_TIMESTAMPING, SO_RXQ_OVFL
_FORCE_BUFFER = 33  # SO_RCVBUFFORCE
_TX, _RX, _SOFTWARE, _OPT_ID, _TSONLY = 2, 8, 16, 128, 2048
_IP_TTL, _IP_RECVTTL, _IP_RECVERR, _IP_PKTINFO = 2, 12, 11, 8
_IP_TOS, _IP_RECVTOS, _IPV6_TCLASS, _IPV6_RECVTCLASS = 1, 13, 67, 66
_IPV6_HOPLIMIT, _IPV6_RECVHOPLIMIT, _IPV6_RECVERR = 52, 51, 25
_IPV6_PKTINFO, _IPV6_RECVPKTINFO = 50, 49
_FROM_TIMESTAMPING = 4  # SO_EE_ORIGIN_TIMESTAMPING
_SOL_RAW = 255
_BUFFER = 4 << 20
_ANCILLARY = 512
_PAYLOAD = 65_535
_Ancillary = list[tuple[int, int, bytes]]


def open_socket(family: int, interface: str = "", *, transmit_times: bool) -> socket.socket:
    """A non-blocking UDP socket with receive (and transmit) timestamps, TTL and overflow counts; InstrumentError otherwise."""
    try:
        sock = socket.socket(family, socket.SOCK_DGRAM)
    except OSError as error:
        msg = f"No UDP socket: {error.strerror}."
        raise InstrumentError(msg, cure=_cure_for(error)) from None
    return _prepared(sock, interface, transmit_times=transmit_times)


def open_echo_socket(family: int, interface: str = "") -> socket.socket:
    """As :func:`open_socket`, for ICMP echo: a ping socket where the system allows it, else a raw one; InstrumentError."""
    protocol = socket.IPPROTO_ICMPV6 if family == socket.AF_INET6 else socket.IPPROTO_ICMP
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            sock = socket.socket(family, kind, protocol)
        except PermissionError:
            continue
        except OSError as error:
            msg = f"No ICMP socket: {error.strerror}."
            raise InstrumentError(msg, cure=_cure_for(error)) from None
        if kind == socket.SOCK_RAW:
            _replies_only(sock)
        return _prepared(sock, interface, transmit_times=True)
    msg = "ICMP echo is refused: this process has no CAP_NET_RAW and net.ipv4.ping_group_range leaves its group out."
    raise InstrumentError(msg, cure="as root run `sysctl -w net.ipv4.ping_group_range='0 2147483647'`, or run as root.")


def _replies_only(sock: socket.socket) -> None:
    """Let a raw ICMP socket hear echo replies and nothing else (raw(7), RFC 3542 §3.2); a set bit blocks a type."""
    if sock.family == socket.AF_INET6:
        blocked = ~(1 << 129) & (1 << 256) - 1
        sock.setsockopt(socket.IPPROTO_ICMPV6, 1, blocked.to_bytes(32, "little"))
    else:
        sock.setsockopt(_SOL_RAW, 1, struct.pack("@I", 0xFFFF_FFFE))


def _prepared(sock: socket.socket, interface: str, *, transmit_times: bool) -> socket.socket:
    try:
        _prepare(sock, interface, transmit_times)
    except BaseException:
        sock.close()
        raise
    return sock


def stamp(sock: socket.socket, *, transmit: bool) -> None:
    """Ask for timestamps; with ``transmit``, the ids of transmit times begin again at 0 with the next packet."""
    flags = _RX | _SOFTWARE
    sock.setsockopt(socket.SOL_SOCKET, _TIMESTAMPING, flags)
    if transmit:
        sock.setsockopt(socket.SOL_SOCKET, _TIMESTAMPING, flags | _TX | _OPT_ID | _TSONLY)


def tell_local_address(sock: socket.socket) -> None:
    """Let a socket bound to a wildcard address report, per datagram, the address it was sent to."""
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVPKTINFO, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)


def mark(sock: socket.socket, dscp: int) -> None:
    """Give every packet of this socket a DSCP (RFC 2474); InstrumentError when the kernel refuses."""
    try:
        sock.setsockopt(*_class_option(sock), dscp << 2)
    except OSError as error:
        msg = f"DSCP {dscp} cannot be set: {error.strerror}."
        raise InstrumentError(msg, cure=_cure_for(error)) from None


def _class_option(sock: socket.socket) -> tuple[int, int]:
    if sock.family == socket.AF_INET6:
        return socket.IPPROTO_IPV6, _IPV6_TCLASS
    return socket.IPPROTO_IP, _IP_TOS


def ttl_of(sock: socket.socket) -> int:
    """The TTL or hop limit of packets this socket sends."""
    if sock.family == socket.AF_INET6:
        return sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS)
    return sock.getsockopt(socket.IPPROTO_IP, _IP_TTL)


def resolve(host: str, port: int) -> tuple[int, tuple[str, int]]:
    """Address family and socket address of a host; InstrumentError when its name does not resolve."""
    try:
        family, _kind, _protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    except (OSError, UnicodeError, ValueError) as error:  # an empty or overlong label is a UnicodeError
        reason = error.strerror if isinstance(error, OSError) else "it is no host name"
        msg = f"{host} is not a host that can be found: {reason}."
        raise InstrumentError(msg, cure="check the name or write the IP address.") from None
    return family, address  # type: ignore[return-value]


def connect(sock: socket.socket, address: tuple[str, int]) -> tuple[str, int]:
    """Connect and return the local address; InstrumentError when there is no route or no permission."""
    try:
        sock.connect(address)
    except OSError as error:
        msg = f"{address[0]} cannot be reached: {error.strerror}."
        raise InstrumentError(msg, cure=_cure_for(error)) from None
    host, port = sock.getsockname()[:2]
    return host, port


def bind(sock: socket.socket, address: tuple[str, int]) -> tuple[str, int]:
    """Bind and return the local address; InstrumentError when the port is in use, reserved, or the address not ours."""
    try:
        sock.bind(address)
    except OSError as error:
        msg = f"UDP port {address[1]} on {address[0]} cannot be opened: {error.strerror}."
        raise InstrumentError(msg, cure=_cure_for(error)) from None
    host, port = sock.getsockname()[:2]
    return host, port


def _prepare(sock: socket.socket, interface: str, transmit_times: bool) -> None:
    sock.setblocking(False)
    if sock.family == socket.AF_INET6:
        if sock.type == socket.SOCK_DGRAM and sock.proto != socket.IPPROTO_ICMPV6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVHOPLIMIT, 1)
        sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVTCLASS, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IP, _IP_RECVTTL, 1)
        sock.setsockopt(socket.IPPROTO_IP, _IP_RECVTOS, 1)
    sock.setsockopt(socket.SOL_SOCKET, _RXQ_OVERFLOW, 1)
    _grow(sock)
    stamp(sock, transmit=transmit_times)
    if interface:
        _bind_device(sock, interface)


def _grow(sock: socket.socket) -> None:
    try:
        sock.setsockopt(socket.SOL_SOCKET, _FORCE_BUFFER, _BUFFER)
    except PermissionError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)


def _bind_device(sock: socket.socket, interface: str) -> None:
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode() + b"\0")
    except OSError as error:
        names = ", ".join(name for _index, name in socket.if_nameindex())
        cure = f"use one of: {names}." if error.errno == errno.ENODEV else _cure_for(error)
        msg = f"Interface {interface} cannot be used: {error.strerror}."
        raise InstrumentError(msg, cure=cure) from None


def _cure_for(error: OSError) -> str:
    cures = {
        errno.EADDRINUSE: "stop the other program on this port (`ss -ulpn`), or choose another port.",
        errno.EACCES: "run as root, or use a port from 1024 up, or grant CAP_NET_BIND_SERVICE.",
        errno.EPERM: "run as root, or grant CAP_NET_RAW.",
        errno.EADDRNOTAVAIL: "use an address of this host (`ip address`).",
        errno.ENETUNREACH: "check the route (`ip route get ADDRESS`) and that the interface is up.",
        errno.EHOSTUNREACH: "check the route (`ip route get ADDRESS`) and that the interface is up.",
        errno.EMFILE: "raise the limit of open files (`ulimit -n`).",
        errno.EAFNOSUPPORT: "enable this address family in the kernel, or use the other one.",
        errno.EINVAL: "write an IPv6 link-local address with its interface, like fe80::1%eth0.",
    }
    return cures.get(error.errno or 0, f"see `{os.strerror(error.errno or 0)}` in errno(3).")
