# SPDX-License-Identifier: Apache-2.0
"""How this host reaches its targets: route, interface, next hop and its MAC, as the kernel says it. Written into the trace."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_WAIT_S = 20
_NET = Path("/sys/class/net")
_ETHERNET, _LOOPBACK, _RAW_IP = 1, 772, 519  # linux/if_arp.h


def paths(addresses: Iterable[str]) -> list[dict[str, Any]]:
    """For each address that has a route: address, interface, kind, driver, gateway, mac (of the next hop), local. Empty without iproute2."""
    program = shutil.which("ip")
    wanted = sorted({address.split("%", 1)[0] for address in addresses})
    if program is None or not wanted:
        return []
    asked = "".join(f"route get {address}\n" for address in wanted).encode()
    routes = _values(_said([program, "-force", "-json", "-batch", "-"], asked))
    table = _values(_said([program, "-json", "neighbour", "show"], b""))
    macs = {(each.get("dst"), each.get("dev")): str(each.get("lladdr", "")) for each in table}
    return [_path(route, macs) for route in routes if route.get("dst") in wanted]


def kind_of(interface: str) -> str:
    """``loopback``, ``wifi``, ``wwan``, ``tunnel``, ``virtual`` (no device behind it), ``ethernet`` or ``other``, from sysfs."""
    place = _NET / interface
    words = _text(place / "uevent")
    number = int(_text(place / "type") or 0)
    if number == _LOOPBACK:
        return "loopback"
    if "DEVTYPE=wlan" in words or (place / "phy80211").exists():
        return "wifi"
    if "DEVTYPE=wwan" in words or number == _RAW_IP or interface.startswith("wwan"):
        return "wwan"
    if not place.exists():
        return "other"
    if not (place / "device").exists():
        return "virtual" if number == _ETHERNET else "tunnel"
    return "ethernet" if number == _ETHERNET else "other"


def driver_of(interface: str) -> str:
    """The name of the driver of the device behind an interface; empty where there is none."""
    link = _NET / interface / "device" / "driver"
    return link.resolve().name if link.exists() else ""


def _path(route: dict[str, Any], macs: dict[tuple[Any, Any], str]) -> dict[str, Any]:
    interface, gateway = str(route.get("dev", "")), str(route.get("gateway", ""))
    return {
        "address": route["dst"],
        "interface": interface,
        "kind": kind_of(interface),
        "driver": driver_of(interface),
        "gateway": gateway,
        "mac": macs.get((gateway or route["dst"], interface), ""),
        "local": route.get("type") == "local",
    }


def _said(command: list[str], given: bytes) -> bytes:
    try:
        done = subprocess.run(command, input=given, capture_output=True, check=False, timeout=_WAIT_S)  # noqa: S603 - fixed words
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout


def _values(data: bytes) -> list[dict[str, Any]]:
    """The objects of JSON arrays that stand one after the other; what cannot be read ends them."""
    text, at, found = data.decode("utf-8", "replace"), 0, list[dict[str, Any]]()
    decoder = json.JSONDecoder()
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        try:
            value, at = decoder.raw_decode(text, at)
        except ValueError:
            break
        found += [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
