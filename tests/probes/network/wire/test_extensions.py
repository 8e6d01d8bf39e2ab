# SPDX-License-Identifier: Apache-2.0
"""TLVs of replies as columns and findings, made by the reflector's own functions and by scapy."""

from collections import Counter
from types import SimpleNamespace
from typing import Any

import numpy as np
from scapy.contrib.stamp import STAMPTestTLV

from probes.network.measurands.view import Evidence, _extensions
from probes.network.traces.stamp import decode, read_header
from probes.network.wire import layout, tlv
from probes.network.wire.datagram import datagram
from probes.network.wire.extensions import FREE_RUNNING, REMARKED_BACK, REMARKED_THERE, UNSUPPORTED
from probes.network.wire.frames import UNAUTHENTICATED
from probes.network.wire.packet import ReflectorPacket, SenderPacket
from probes.network.wire.timestamps import ntp_of
from tests.probes.network.conftest import ERROR, START_NS
from tests.probes.network.ends import Arrival, Ends, column

ALL = ("direct-measurement", "timestamp-information", "class-of-service")
PLAIN = Ends(UNAUTHENTICATED)


def answered(arrival: Arrival, back_class: int = 46 << 2, spoil: Any = None) -> Any:
    """The one probe of a trace with every extension, answered by a reflector that saw ``arrival``."""
    here, there = (stamp_trace_end(text) for text in ("10.9.255.1:50000", "10.9.0.1:862"))
    stamp = ntp_of(START_NS)
    asked = PLAIN.ask(SenderPacket(0, stamp, ERROR, 0, tlv.requests(ALL, dscp=46)))
    own = ReflectorPacket(0, stamp, ERROR, 0, stamp, 0, stamp, ERROR, 64)
    reply = PLAIN.answer(own, arrival, asked)
    reply = spoil(reply) if spoil else reply
    header = {"targets": [{"id": "a"}], "waiting_time_ns": 10**9, "extensions": list(ALL), "dscp": 46}
    data = column(
        layout.header(header)
        + layout.sent(0, 0, START_NS, START_NS, datagram(here, there, asked, 64, 184), replies=1, kernel=True)
        + layout.back(
            0,
            START_NS + 9,
            START_NS + 5,
            datagram(there, here, reply, 63, back_class),
            fate=layout.FIRST,
            kernel=True,
        )
    )
    return decode(data, 0, read_header(data)).probes


def stamp_trace_end(text: str) -> Any:
    from probes.network.wire.datagram import Endpoint

    host, port = text.split(":")
    return Endpoint.of(host, int(port))


def row(probes: Any) -> dict[str, int]:
    return {name: int(values[0]) for name, values in probes.columns.items()}


def test_a_path_that_keeps_the_class_has_counters_and_no_findings() -> None:
    seen = row(answered(Arrival(46 << 2 | 1, received=5, sent=4, synchronised=True)))
    assert (seen["dscp_there"], seen["ecn_there"], seen["clock_source"]) == (46, 1, 1)
    assert (seen["counted_received"], seen["counted_sent"]) == (5, 4)
    assert seen["flags"] & (UNSUPPORTED | REMARKED_THERE | REMARKED_BACK | FREE_RUNNING) == 0


def test_a_class_changed_on_either_way_and_a_free_running_clock_are_found() -> None:
    there = row(answered(Arrival(0, synchronised=True)))["flags"]
    assert there & (REMARKED_THERE | REMARKED_BACK) == REMARKED_THERE
    back = row(answered(Arrival(46 << 2, synchronised=True), back_class=0))["flags"]
    assert back & (REMARKED_THERE | REMARKED_BACK) == REMARKED_BACK
    assert row(answered(Arrival(46 << 2)))["flags"] & FREE_RUNNING


def test_a_tlv_that_a_reflector_does_not_know_or_cuts_off_tells_nothing() -> None:
    unknown = answered(Arrival(46 << 2), spoil=lambda reply: reply[:-8] + bytes([0x80]) + reply[-7:])
    cut = answered(Arrival(46 << 2), spoil=lambda reply: reply[:44])
    for probes in (unknown, cut):
        seen = row(probes)
        assert seen["flags"] & UNSUPPORTED
        assert seen["dscp_there"] == -1
    assert row(unknown)["counted_received"] == 0
    assert row(cut)["counted_received"] == -1


def test_scapy_reads_the_tlvs_of_the_reply_as_the_columns_do() -> None:
    arrival = Arrival(10 << 2, received=7, sent=6, synchronised=True)
    kept: list[bytes] = []
    seen = row(answered(arrival, spoil=lambda reply: kept.append(reply) or reply))
    tail, found = kept[0][44:], {}
    while tail:
        one = STAMPTestTLV(tail)
        found[one.type], tail = one.value, tail[4 + one.len :]
    counters = np.frombuffer(found[tlv.DIRECT_MEASUREMENT], ">u4").tolist()
    assert counters == [1, seen["counted_received"], seen["counted_sent"]]
    assert int.from_bytes(found[tlv.CLASS_OF_SERVICE], "big") >> 20 & 63 == seen["dscp_there"] == 10
    assert found[tlv.TIMESTAMP_INFORMATION][0] == seen["clock_source"]


def test_findings_are_said_in_the_remarks() -> None:
    node = SimpleNamespace(label="T-001", counts=Counter(remarked_there=1, unsupported=2, free_running=3))
    said = {each.code for each in _extensions(Evidence((node,), ()))}
    assert said == {"network.dscp-changed-there", "network.extension-unsupported", "network.reflector-clock-free"}
