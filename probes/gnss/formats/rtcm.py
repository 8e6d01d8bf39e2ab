# SPDX-License-Identifier: Apache-2.0
"""RTCM 3: which systems a correction stream is about. Framing and types are :mod:`probes.gnss.formats.kernel`'s."""

from __future__ import annotations

from collections.abc import Mapping

SYSTEMS = {"GPS": 107, "GLONASS": 108, "Galileo": 109, "SBAS": 110, "QZSS": 111, "BeiDou": 112, "NavIC": 113}
"""MSM types of a system are ten times this number plus 1 to 7 (RTCM 10403.3 table 3.5-78)."""


def systems(by_type: Mapping[int, int]) -> dict[str, int]:
    """MSM messages of each system, from RTCM messages by type."""
    found = {name: sum(by_type.get(10 * base + kind, 0) for kind in range(1, 8)) for name, base in SYSTEMS.items()}
    return {name: count for name, count in found.items() if count}
