# SPDX-License-Identifier: Apache-2.0
"""Small plants by construction: tables and traces in which every asset does as it should, from number ``first`` on."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether
from scapy.utils import wrpcap

from harness.kit.lines import Writer, line
from probes.plant.simulators import encoding
from probes.plant.wire.nonces import code
from tests.probes.network.recording import message

S, MS = 10**9, 10**6
START_NS = 1_763_740_800 * S
KEY = b"0123456789abcdef"
CAMERAS: Mapping[str, Any] = MappingProxyType(
    {"cameras": {"A1": "rtsp://10.0.0.5/1"}, "key": "env:YANSHOU_CODE", "duration": "1 min"}
)


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A CSV in UTF-8."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([head, *rows])
    return out.getvalue().encode()


def numbers(count: int, first: int = 1) -> range:
    """The numbers of assets."""
    return range(first, first + count)


def register(count: int, first: int = 1) -> bytes:
    """Critical assets with a topic each and a period of ten seconds."""
    rows = [(f"A{each}", "是", f"plant/A{each}", "10") for each in numbers(count, first)]
    return table(("资产编号", "关键设备", "MQTT主题", "上报周期(s)"), rows)


def events(count: int, first: int = 1, *, at_s: int = 0, control: bool = True) -> bytes:
    """An event each at times that nobody can foresee, and a quiet control of the first asset."""
    rows = [(f"A{each}", _moment_ms(each) + 1000 * at_s, "注入") for each in numbers(count, first)]
    quiet = [(f"A{first}", _moment_ms(first) + 1000 * at_s - 40_000, "静默对照")] if control else []
    return table(("资产编号", "注入时刻(ms)", "类型"), [*quiet, *rows])


def alarms(count: int, first: int = 1, delay_ms: int = 700) -> bytes:
    """The right alarm for each event."""
    rows = [(f"A{each}", _moment_ms(each) + delay_ms + each, "高") for each in numbers(count, first)]
    return table(("资产编号", "告警时刻(ms)", "级别"), rows)


def markers(count: int, first: int = 1) -> bytes:
    """A marker each."""
    rows = [(f"A{each}", _moment_ms(each), f"{each}.5") for each in numbers(count, first)]
    return table(("资产编号", "设置时刻(ms)", "标记值"), rows)


def screen(count: int, first: int = 1) -> bytes:
    """What the platform showed before each marker and after it."""
    before = [(f"A{each}", _moment_ms(each) - 3_000, "20.1") for each in numbers(count, first)]
    after = [(f"A{each}", _moment_ms(each) + 900, f"{each}.50") for each in numbers(count, first)]
    return table(("资产编号", "显示时刻(ms)", "显示值"), [*before, *after])


def _moment_ms(number: int) -> int:
    return 1_700_000_000_000 + 61_000 * number + (number * 7_919) % 13_007


def messages(
    count: int, first: int = 1, *, seconds: int = 1200, every_s: int = 10, retained: bool = False, frozen: bool = False
) -> bytes:
    """A session of MQTT in which each asset says a value that changes, and a line a second that the link stands."""
    rows = [Writer("yanshou.plant-mqtt/1", {"topics": ["#"]}).header]
    for second in range(seconds + 1):
        at = START_NS + second * S
        rows.append(line({"t": at}))
        if second % every_s == 0:
            value = 0 if frozen else second
            rows += [
                message(at, f"plant/A{each}", said(value, each), retained=retained) for each in numbers(count, first)
            ]
    return b"".join(rows)


def said(second: int, number: int) -> bytes:
    """A payload of JSON with the time beside the value."""
    return json.dumps(
        {"ts": START_NS // MS + 1000 * second, "value": round(20 + second * 37 % 11 / 7 + number, 3)}
    ).encode()


def polls(name: str, count: int) -> bytes:
    """A session of answers, a node each."""
    head = {
        "plant.opcua": ("yanshou.plant-opcua/1", "ns=2;i={}"),
        "plant.modbus": ("yanshou.plant-modbus/1", "1/holding/{}"),
    }
    form, place = head[name]
    rows = [
        line({"t": START_NS + at * S, "place": place.format(each), "value": at * 37 % 11 / 7, "good": True})
        for at in range(0, 100, 10)
        for each in numbers(count)
    ]
    return Writer(form, {}).header + b"".join(rows)


def pictures(name: str, *, mean: float = 120.0, still: bool = False, shown: str = "", count: int = 60) -> bytes:
    """A session of pictures of one camera, two a second, with a code of the moment in every tenth."""
    rows = []
    for at in range(count):
        time_ns = START_NS + at * S // 2
        codes = [code(KEY, shown or name, time_ns // S - 1)] if at % 10 == 5 else []
        digest = "same" if still else f"{at:032x}"
        row = {"t": time_ns, "camera": name, "mean": mean, "deviation": mean / 3, "digest": digest, "codes": codes}
        rows.append(line(row))
    return Writer("yanshou.camera/1", {"key": KEY.hex(), "cameras": [name]}).header + b"".join(rows)


class Wire:
    """Packets between clients and a broker, as a program that knows nothing of MQTT writes them down."""

    def __init__(self, port: int = 1883) -> None:
        """Nothing was said yet."""
        self._port, self._next = port, {}
        self.packets: list[Any] = []

    def say(self, client: int, data: bytes, at_s: float, *, down: bool = False) -> None:
        """Bytes of a client (by its port), or to it, as one segment."""
        key = (client, down)
        sequence = self._next.setdefault(key, 1000)
        self._next[key] = sequence + len(data)
        ends = ("10.9.0.1", "10.9.0.2")
        ports = (client, self._port)
        source, target = (1, 0) if down else (0, 1)
        packet = (
            Ether(src="00:00:5e:00:53:01", dst="00:00:5e:00:53:02")
            / IP(src=ends[source], dst=ends[target])
            / TCP(sport=ports[source], dport=ports[target], seq=sequence, flags="PA")
            / data
        )
        packet.time = START_NS / S + at_s
        self.packets.append(packet)

    def connect(self, client: int, name: str, at_s: float = 0.0, version: int = 4) -> None:
        """A connect and its answer."""
        more = b"\x00" if version == 5 else b""
        body = encoding.text("MQTT") + bytes([version, 2, 0, 60]) + more + encoding.text(name)
        self.say(client, encoding.packet(0x10, body), at_s)
        self.say(client, encoding.packet(0x20, b"\0\0" + more), at_s, down=True)

    def write(self, path: Path) -> bytes:
        """The capture."""
        wrpcap(str(path), sorted(self.packets, key=lambda each: each.time))
        return path.read_bytes()


def capture(folder: Path, count: int, seconds: int = 60) -> bytes:
    """A publisher and a subscriber on a broker: each message is there twice."""
    wire = Wire()
    wire.connect(40_001, "plant")
    wire.connect(40_002, "viewer")
    for second in range(0, seconds, 10):
        for each in numbers(count):
            data = encoding.publish(f"plant/A{each}", said(second, each))
            wire.say(40_001, data, second + each / 1000)
            wire.say(40_002, data, second + each / 1000 + 0.0005, down=True)
    return wire.write(folder / "made.pcap")
