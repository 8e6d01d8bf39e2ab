# SPDX-License-Identifier: Apache-2.0
"""Losses over packets sent, on the way they happened, and never blamed on the network when this host lost them."""

from typing import Any

import pytest

from probes.network.wire import layout
from probes.network.wire.datagram import Endpoint, datagram
from probes.network.wire.packet import SenderPacket
from probes.network.wire.sizes import padding
from probes.network.wire.timestamps import ntp_of
from tests.probes.network.made import ONE, Judge, codes, exchange, node


def test_loss_is_counted_over_packets_sent_and_late_is_lost(make: Any, judge: Judge) -> None:
    records = [
        make.record(0, slot, None if slot in {3, 4, 900} else 1_000, at_ns=make.START_NS + slot * 10**7)
        for slot in range(1000)
    ]
    unsent = layout.notes(make.START_NS, {"unsent": {"0": 77}})
    data = make.header(1) + b"".join(records) + make.stray(0, layout.LATE) + unsent
    found = judge(data, "network.loss", "ratio", {}, "<= 1 %", {"longest_credible_burst": "2 packets"})
    assert found.estimate.value == 0.003
    assert found.estimate.n == 1000
    packets = found.estimate.diagnostics["packets"]
    assert (packets["lost"], packets["late"], packets["unsent"]) == (3, 1, 77)
    assert (found.estimate.diagnostics["bursts"], found.estimate.diagnostics["longest_burst"]) == (2, 2)
    assert found.estimate.lower < 0.003 < found.estimate.upper


def test_loss_is_invalid_when_this_host_dropped_replies(make: Any, judge: Judge) -> None:
    data = make.header(1) + layout.notes(make.START_NS, {}, 5) + node(make, 0, [1_000] * 100)
    found = judge(data, "network.loss", "ratio", {}, "<= 1 %", ONE)
    assert [each.code for each in found.invalid] == ["network.socket-overflow"]


def test_the_listing_tells_forward_from_backward_loss_and_tmax_is_printed(make: Any, judge: Judge) -> None:
    records, number = [], 0
    for slot in range(400):
        fate = "there" if slot in {10, 11} else "back" if slot == 30 else ""
        records.append(exchange(make, slot, lost=fate, number=number))
        number += fate != "there"
    found = judge(make.header(1) + b"".join(records), "network.loss", "ratio", {}, "", ONE)
    node = found.listing["nodes"][0]
    assert (node["lost"], node["lost_forward"], node["lost_backward"], node["lost_unknown"]) == (3, 2, 1, 0)
    assert "Tmax 3 s" in found.estimate.method.en


def test_a_reflector_that_copies_numbers_cannot_tell_where_packets_were_lost(make: Any, judge: Judge) -> None:
    data = make.header(1) + b"".join(exchange(make, slot, lost="x" if slot == 7 else "") for slot in range(100))
    node = judge(data, "network.loss", "ratio", {}, "", ONE).listing["nodes"][0]
    assert (node["lost_forward"], node["lost_backward"], node["lost_unknown"]) == (None, None, 1)


@pytest.mark.parametrize(("lost_of_large", "told"), [(400, True), (30, True), (0, False)])
def test_losses_are_told_by_size_where_one_size_is_lost_more_often(
    lost_of_large: int, told: bool, make: Any, judge: Judge
) -> None:
    """Every second packet is padded to 1400 B by a TLV, and only those are lost."""
    blocks = []
    for slot in range(800):
        gone = slot % 2 == 1 and slot // 2 < lost_of_large
        due, large = make.drawn(slot), slot % 2 == 1
        here, there = Endpoint.of("10.9.255.1", 50_000), Endpoint.of("10.9.0.1", 862)
        payload = SenderPacket(slot, ntp_of(due), 0x8001).encode() + (padding(1400) if large else b"")
        block = layout.sent(
            0, slot, due, due, datagram(here, there, payload, 64), replies=0 if gone else 1, kernel=True
        )
        if not gone:
            block += make.record(0, slot, 1_000_000, at_ns=due)[len(make.record(0, slot, None, at_ns=due)) :]
        blocks.append(block)
    found = judge(make.header(1) + b"".join(blocks), "network.loss", "ratio", {}, "<= 1 %", {})
    rows = {row["size"]: (row["sent"], row["lost"]) for row in found.listing["by_size"]}
    assert rows == {44: (400, 0), 1400: (400, lost_of_large)}
    assert ("network.loss-by-size" in codes(found.remarks)) is told
