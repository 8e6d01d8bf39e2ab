# SPDX-License-Identifier: Apache-2.0
"""Outputs of programs that prove no delay of a packet: which program it is, what it shows, what it does not, and what to run. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from harness.kit.unreadable import UnreadableError
from harness.model import Text

_PACKETS = "record a line a packet, with `ping -D`, `irtt client -o FILE.json` or the source network.stamp."
_LOAD = "let network.stamp send the declared load; or record `ping -D` beside the transfer."
_ECHO = "measure with the source network.tcp, or record `ping -D`."


class _Program(NamedTuple):
    name: str
    form: re.Pattern[str]
    shows: Text
    lacks: Text
    cure: str


_THROUGHPUT = Text("各时段的吞吐率与字节数", "throughput and bytes of intervals")
_LOSSES = Text(
    "单个报文的时延：它的抖动是单向的，丢包是各时段的总数",
    "the delay of a packet: its jitter is of one way, its losses are sums of intervals",
)
_HANDSHAKE = Text("与一个 TCP 端口建立连接要多久", "how long a TCP port takes to accept a connection")
_NO_TRIP = Text(
    "报文的时延与丢包：重传的 SYN 会被当作慢的连接，应答的可能是中间的代理或防火墙",
    "the delay and the loss of packets: a repeated SYN looks like a slow connection, and a proxy or firewall may have answered",
)
_ROUTE = Text("途中各跳的少数几次时延", "a few delays of each hop on the way")
_NO_ROUTE = Text("到目标的逐个报文的时延与丢包", "the delays and losses of packets to the target, one by one")
_REQUESTS = Text("HTTP 请求的时间", "times of HTTP requests")
_NO_REQUESTS = Text(
    "报文的时延与丢包：它们含服务器的处理时间", "the delay and the loss of packets: the server's own time is in them"
)
_LATENCIES = Text("一次运行的统计值", "statistics of a run")
_NO_LATENCIES = Text("单个报文的时延", "the delay of a packet")

_M = re.MULTILINE
PROGRAMS = (
    _Program("iperf3", re.compile(r'"version":\s*"iperf 3|^iperf 3\.|^Connecting to host \S+, port \d+', _M), _THROUGHPUT, _LOSSES, _LOAD),
    _Program("iperf3", re.compile(r"^\[ *ID\] +Interval +Transfer +(?:Bitrate|Bandwidth)|^Server listening on \d+", _M), _THROUGHPUT, _LOSSES, _LOAD),
    _Program("iperf", re.compile(r"^(?:Client connecting to|Server listening on) \S+, (?:TCP|UDP) port \d+|^\d{14},(?:[\d.:a-f]+,\d+,){2}\d+,\d+\.\d-\d+\.\d,", _M), _THROUGHPUT, _LOSSES, _LOAD),
    _Program("netperf", re.compile(r"^MIGRATED (?:TCP|UDP)_", _M), _THROUGHPUT, _LOSSES, _LOAD),
    _Program("speedtest", re.compile(r"Speedtest(?: by Ookla|\.net)|Testing download speed", _M), _THROUGHPUT, _LOSSES, _LOAD),
    _Program("tcping", re.compile(r"^(?:Probing|Pinging) \S+:\d+/tcp|Port is open|^seq +\d+: tcp response from|^\S* ?tcping |^Connected to \S+\[:\d+\]|^TCPinging ", _M), _HANDSHAKE, _NO_TRIP, _ECHO),
    _Program("tcping", re.compile(r"^(?:Reply from|No reply from) \S+ (?:\(\S+\) )?on port \d+ (?:using \S+ )?TCP_conn=|^Ping tcp://|TCP_conn=\d+", _M), _HANDSHAKE, _NO_TRIP, _ECHO),
    _Program("paping", re.compile(r"^Connected to \S+: time=[\d.]+ms protocol=TCP|^paping v", _M), _HANDSHAKE, _NO_TRIP, _ECHO),
    _Program("PsPing", re.compile(r"^(?:TCP connect to|Setting warmup count to match|Connecting to) \S+:\d+:", _M), _HANDSHAKE, _NO_TRIP, _ECHO),
    _Program("nping", re.compile(r"^Starting Nping |^(?:SENT|RCVD) \(\d+\.\d+s\) ", _M), _HANDSHAKE, _NO_TRIP, _ECHO),
    _Program("hping3", re.compile(r"^HPING \S+ (?!.*icmp mode)|^len=\d+ ip=\S+ ttl=\d+ .*flags=\S+ seq=\d+", _M), _HANDSHAKE, _NO_TRIP, _ECHO),
    _Program("httping", re.compile(r"^connected to \S+ \(\d+ bytes\), seq=\d+ time=|^PING \S+:\d+ \(/", _M), _REQUESTS, _NO_REQUESTS, _PACKETS),
    _Program("traceroute", re.compile(r"^traceroute6? to |^Tracing route to |^通过最多 \d+ 个跃点|^ *1: +\S+ .*(?:pmtu|asymm)|^Computing statistics for \d+ seconds", _M), _ROUTE, _NO_ROUTE, _PACKETS),
    _Program("qperf", re.compile(r"^(?:tcp|udp|rc|ud)_(?:lat|bw):\s*$", _M), _LATENCIES, _NO_LATENCIES, _PACKETS),
)  # fmt: skip


def refuse_stranger(text: str, name: str) -> None:
    """UnreadableError where one of these programs wrote a log: its name, what it proves, what it does not, and what does."""
    head = text[:20_000]
    found = next((each for each in PROGRAMS if each.form.search(head)), None)
    if found is None:
        return
    told = Text(
        f"这是 {found.name} 的输出：它说明{found.shows.zh}，不能说明{found.lacks.zh}。",
        f"This is output of {found.name}: it shows {found.shows.en}, and not {found.lacks.en}.",
    )
    raise UnreadableError(told, cure=found.cure, where=name)
