# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.icmp``: echo requests to nodes without a reflector; a ping socket or CAP_NET_RAW is needed.

Labelled in every verdict: the round trip holds the far end's own time, and there is no one-way delay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.kit.probe import late
from harness.model import Text
from probes.network.instruments.stamp import PacketProbe

if TYPE_CHECKING:
    from probes.network.plans.active import PacketSettings  # noqa: F401 - in quotes below


class IcmpProbe(PacketProbe["PacketSettings"]):
    """The trace is of the same form as that of ``network.stamp``, with ICMP in the place of UDP."""

    name, settings = "network.icmp", late("probes.network.plans.active:PacketSettings")
    title = Text("ICMP 回显往返测量（无反射端的终端）", "Round trips by ICMP echo, for nodes without a reflector")


PROBE = IcmpProbe()
