# SPDX-License-Identifier: Apache-2.0
"""What a machine on a site needs beside the installation: ports, rights, addresses, fonts; each a name, good, text, cure.

Nothing here is a fault of the installation, so that all of it is good; a cure says what would be missing on a site.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from harness.console.language import pick

Told = tuple[str, bool, str, str]
STAMP_PORT = 862
_PING_GROUPS = Path("/proc/sys/net/ipv4/ping_group_range")
_STATUS = Path("/proc/self/status")
_CAP_NET_RAW = 13


def ports() -> Iterator[Told]:
    """Whether the STAMP port can be opened here, as a reflector has to."""
    name = pick("UDP 862 端口", "UDP port 862")
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("", STAMP_PORT))
    except PermissionError:
        cure = pick(
            "反射端用 --port 8620，或执行 sysctl -w net.ipv4.ip_unprivileged_port_start=862。",
            "run the reflector with --port 8620, or sysctl -w net.ipv4.ip_unprivileged_port_start=862.",
        )
        yield name, True, pick("没有权限打开", "may not be opened by this user"), cure
    except OSError as error:
        yield name, True, pick(f"无法打开：{error.strerror}", f"cannot be opened: {error.strerror}"), ""
    else:
        yield name, True, pick("可以打开", "can be opened"), ""


def echo() -> Iterator[Told]:
    """Whether ICMP echo may be sent: by CAP_NET_RAW, or as the ping group."""
    if not sys.platform.startswith("linux"):
        return
    name = pick("ICMP 回显", "ICMP echo")
    if _has_raw() or _in_ping_group():
        yield name, True, pick("有权限", "permitted"), ""
        return
    cure = "sysctl -w net.ipv4.ping_group_range='0 2147483647'"
    told = pick("没有 CAP_NET_RAW，也不在 ping_group_range", "neither CAP_NET_RAW nor ping_group_range permits it")
    yield name, True, told, pick(f"以 root 执行 {cure}。", f"as root run {cure}.")


def _has_raw() -> bool:
    try:
        line = next(each for each in _STATUS.read_text("ascii").splitlines() if each.startswith("CapEff:"))
    except (OSError, StopIteration):
        return False
    return bool(int(line.split()[1], 16) >> _CAP_NET_RAW & 1)


def _in_ping_group() -> bool:
    try:
        low, high = map(int, _PING_GROUPS.read_text("ascii").split())
    except (OSError, ValueError):
        return False
    return any(low <= group <= high for group in (os.getgid(), *os.getgroups()))


def serial() -> Iterator[Told]:
    """Serial ports, and whether this user may open them."""
    if not sys.platform.startswith("linux"):
        return
    found = sorted(str(path) for pattern in ("ttyUSB*", "ttyACM*") for path in Path("/dev").glob(pattern))
    name = pick("串口", "serial ports")
    if not found:
        yield name, True, pick("没有接上", "none plugged in"), ""
        return
    closed = [path for path in found if not os.access(path, os.R_OK | os.W_OK)]
    cure = pick("把本用户加入 dialout 组后重新登录。", "add this user to the group dialout and log in again.")
    yield name, True, ", ".join(found), cure if closed else ""


def addresses() -> Iterator[Told]:
    """The addresses of this machine, to be put into a register of terminals or told to the other side."""
    found = _addresses()
    if found:
        name = pick("本机地址（填入登记表）", "addresses of this machine (for the register)")
        yield name, True, pick("、", ", ").join(found), ""


def _addresses() -> list[str]:
    if shutil.which("ip") is None:
        return []
    done = subprocess.run(["ip", "-json", "addr"], capture_output=True, check=False)  # noqa: S607 - wherever it is
    try:
        links = json.loads(done.stdout)
    except ValueError:
        return []
    return [
        f"{link['ifname']} {each['local']}"
        for link in links
        for each in link.get("addr_info", ())
        if each.get("scope") == "global" and link.get("operstate") != "DOWN"
    ]


def fonts() -> Iterator[Told]:
    """Whether a browser here would print Chinese; unknown where fontconfig is not there."""
    if shutil.which("fc-list") is None:
        return
    done = subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=False)  # noqa: S607 - wherever it is
    name = pick("中文字体", "Chinese fonts")
    if done.stdout.strip():
        yield name, True, pick("有", "there"), ""
    else:
        cure = pick(
            "安装 fonts-noto-cjk，否则打印的报告缺字。", "install fonts-noto-cjk, or printed reports lack letters."
        )
        yield name, True, pick("没有", "none"), cure
