# SPDX-License-Identifier: Apache-2.0
"""The probe ``network.icmp``: echo requests to nodes without a reflector, judged by the estimators of ``network.stamp``.

Labelled in every verdict: the round trip holds the far end's own time, and there is no one-way delay.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from harness.model import Text
from harness.plugins import Estimator, Problem, Simulator, Source
from probes.network.instruments.stamp import StampProbe
from probes.network.plans import stamp_config

NOTHING: Mapping[str, Any] = MappingProxyType({})


class IcmpProbe(StampProbe):
    """As :class:`StampProbe`; the trace is of the same form, with ICMP in the place of UDP."""

    name = "network.icmp"
    title = Text("ICMP 回显往返测量（无反射端的终端）", "Round trips by ICMP echo, for nodes without a reflector")

    @property
    def measurands(self) -> Mapping[str, Estimator]:
        """None of its own: what it records is judged as ``network.rtt``, ``network.loss`` …, of ``network.stamp``."""
        return NOTHING

    @property
    def simulators(self) -> Mapping[str, Simulator]:
        """None: every host answers echo requests."""
        return NOTHING

    def check(self, config: Mapping[str, Any], folder: Path) -> list[Problem]:
        """Everything wrong with the settings: those of ``network.stamp`` but key, time_format and extensions."""
        return stamp_config.check(config, folder, "icmp")

    def source(self, config: Mapping[str, Any], folder: Path) -> Source:
        """The sender; Linux only, with a ping socket or CAP_NET_RAW."""
        from probes.network.live.stamp import StampSource

        return StampSource(config, folder, "icmp")


PROBE = IcmpProbe()
