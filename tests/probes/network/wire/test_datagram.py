# SPDX-License-Identifier: Apache-2.0
"""Rebuilt headers are what scapy would have built, checksums included."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6

from probes.network.wire.datagram import Endpoint, datagram

ports, octets, payloads = st.integers(1, 65535), st.integers(1, 255), st.binary(max_size=200)


@given(st.ip_addresses(v=4), st.ip_addresses(v=4), ports, ports, payloads, octets, octets)
def test_ipv4(source, target, one, other, payload, ttl, traffic) -> None:
    built = datagram(Endpoint(source, one), Endpoint(target, other), payload, ttl, traffic)
    header = IP(src=str(source), dst=str(target), ttl=ttl, tos=traffic, id=0, flags="DF")
    assert built == bytes(header / UDP(sport=one, dport=other) / payload)


@given(st.ip_addresses(v=6), st.ip_addresses(v=6), ports, ports, payloads, octets, octets)
def test_ipv6(source, target, one, other, payload, ttl, traffic) -> None:
    built = datagram(Endpoint(source, one), Endpoint(target, other), payload, ttl, traffic)
    header = IPv6(src=str(source), dst=str(target), hlim=ttl, tc=traffic)
    assert built == bytes(header / UDP(sport=one, dport=other) / payload)


def test_an_address_with_a_zone_loses_the_zone_and_a_name_is_refused() -> None:
    assert str(Endpoint.of("fe80::1%eth0", 1).address) == "fe80::1"
    with pytest.raises(ValueError, match="does not appear"):
        Endpoint.of("edge.example", 1)
