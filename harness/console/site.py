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
_PING = "sysctl -w net.ipv4.ping_group_range='0 2147483647'"
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
    told = pick("没有 CAP_NET_RAW，也不在 ping_group_range", "neither CAP_NET_RAW nor ping_group_range permits it")
    yield name, True, told, pick(f"以 root 执行 {_PING}。", f"as root run {_PING}.")


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


def serial(devices: Path = Path("/dev")) -> Iterator[Told]:
    """Serial ports, and whether this user may open them."""
    if not sys.platform.startswith("linux"):
        return
    found = sorted(str(path) for pattern in ("ttyUSB*", "ttyACM*") for path in devices.glob(pattern))
    name = pick("串口", "serial ports")
    cure = pick("把本用户加入 dialout 组后重新登录。", "add this user to the group dialout and log in again.")
    if not found:
        told = pick("没有接上", "none plugged in")
        permitted = os.geteuid() == 0 or _in_group("dialout")
        yield name, True, told, "" if permitted else cure
        return
    closed = [path for path in found if not os.access(path, os.R_OK | os.W_OK)]
    yield name, True, ", ".join(found), cure if closed else ""


def _in_group(name: str) -> bool:
    """Whether this user is in the group; true as well where there is no such group."""
    import grp

    try:
        return grp.getgrnam(name).gr_gid in {os.getgid(), *os.getgroups()}
    except KeyError:
        return True


def suspend(system: Path = Path("/")) -> Iterator[Told]:
    """Whether this machine may fall asleep during a run, or runs on its battery."""
    if not sys.platform.startswith("linux"):
        return
    name = pick("休眠与电源", "suspend and power")
    battery = [
        path for path in sorted((system / "sys/class/power_supply").glob("*")) if _word(path / "type") == "Battery"
    ]
    if any(_word(path / "status") == "Discharging" for path in battery):
        cure = pick("接上电源。", "plug the mains in.")
        yield name, True, pick("正在用电池供电", "running on its battery"), cure
    units = [system / "etc/systemd/system" / f"{unit}.target" for unit in ("sleep", "suspend")]
    if "mem" not in _word(system / "sys/power/state").split():
        yield name, True, pick("本机不会休眠", "this machine does not suspend"), ""
    elif any(unit.is_symlink() and unit.readlink() == Path("/dev/null") for unit in units):
        yield name, True, pick("已禁止休眠", "suspend is masked"), ""
    else:
        cure = pick(
            "长时间的测试这样运行：systemd-inhibit --what=sleep:idle:handle-lid-switch yanshou run …。",
            "start a long campaign with systemd-inhibit --what=sleep:idle:handle-lid-switch yanshou run ….",
        )
        yield name, True, pick("空闲或合上屏幕时可能休眠", "may suspend when idle or when its lid is closed"), cure


def _word(path: Path) -> str:
    try:
        return path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def time_server() -> Iterator[Told]:
    """Which server this machine's clock follows, where chrony or systemd says so."""
    if not sys.platform.startswith("linux"):
        return
    name = pick("时间服务器", "time server")
    server = _chrony() or _timesyncd()
    if server:
        yield name, True, server, ""
    else:
        cure = pick(
            "安装 chrony，并在 /etc/chrony/chrony.conf 写一行：server ntp.ntsc.ac.cn iburst。",
            "install chrony and give it a server in /etc/chrony/chrony.conf: server ntp.ntsc.ac.cn iburst.",
        )
        yield name, True, pick("没有跟随任何服务器", "none is followed"), cure


def _chrony() -> str:
    """The name or address of the source that chrony has chosen; empty where there is none."""
    fields = _said("chronyc", "-c", "tracking").split(",")
    return fields[1] if len(fields) > 2 and fields[1] and fields[2] != "0" else ""


def _timesyncd() -> str:
    said = _said("timedatectl", "show-timesync", "--property=ServerName", "--property=ServerAddress", "--value")
    return " ".join(said.split())


def _said(program: str, *arguments: str) -> str:
    """What a program answers; empty where it is not there, fails, or takes longer than a person waits."""
    if shutil.which(program) is None:
        return ""
    try:
        done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=3)  # noqa: S603 - named here
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def addresses() -> Iterator[Told]:
    """The addresses of this machine, to be put into a register of terminals or told to the other side."""
    found = _addresses()
    if found:
        name = pick("本机地址（填入登记表）", "addresses of this machine (for the register)")
        yield name, True, pick("、", ", ").join(found), ""


def _addresses() -> list[str]:
    try:
        links = json.loads(_said("ip", "-json", "addr"))
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
    try:
        done = subprocess.run(["fc-list", ":lang=zh"], capture_output=True, check=False, timeout=60)  # noqa: S607 - wherever it is
    except (OSError, subprocess.TimeoutExpired):
        return
    name = pick("中文字体", "Chinese fonts")
    if done.stdout.strip():
        yield name, True, pick("有", "there"), ""
    else:
        cure = pick(
            "安装 fonts-noto-cjk，否则打印的报告缺字。", "install fonts-noto-cjk, or printed reports lack letters."
        )
        yield name, True, pick("没有", "none"), cure
