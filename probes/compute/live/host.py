# SPDX-License-Identifier: Apache-2.0
"""Which host this is, so that two records of one host are known to share one clock; and how warm and how throttled it is."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_ZONES = Path("/sys/class/thermal")
_THROTTLES = Path("/sys/devices/system/cpu")


def host() -> str:
    """A name for this boot of this machine that says nothing about it; empty where the system has none."""
    try:
        return sha256(b"yanshou" + _BOOT.read_bytes().strip()).hexdigest()[:16]
    except OSError:
        return ""


def temperature_c() -> float | None:
    """The hottest thermal zone in °C; None where there is none."""
    found = []
    for each in sorted(_ZONES.glob("thermal_zone*/temp")):
        try:
            found.append(int(each.read_text()) / 1000)
        except (OSError, ValueError):
            continue
    return max(found, default=None)


def throttles() -> int | None:
    """How often any processor was throttled since it was switched on; None where the kernel does not count."""
    found = None
    for each in sorted(_THROTTLES.glob("cpu*/thermal_throttle/core_throttle_count")):
        try:
            found = (found or 0) + int(each.read_text())
        except (OSError, ValueError):
            continue
    return found
