# SPDX-License-Identifier: Apache-2.0
"""The reasons and remarks of the network probes, in both languages."""

from __future__ import annotations

from collections.abc import Iterable

from harness.model import Reason, Text

_SHOWN = 8


def reason(code: str, zh: str, en: str) -> Reason:
    """A reason with the code ``network.<code>``."""
    return Reason(f"network.{code}", Text(zh, en))


def listed(names: Iterable[str]) -> str:
    """The first eight names and how many more there are."""
    all_names = list(names)
    more = len(all_names) - _SHOWN
    return "、".join(all_names[:_SHOWN]) + (f" … (+{more})" if more > 0 else "")


NO_NODES = reason(
    "no-packets",
    "没有任何探测报文的记录，无从评定。",
    "No probe packet was recorded, so there is nothing to judge.",
)
NO_ANSWER = reason(
    "no-answer",
    "所有终端都没有应答，链路是否存在无法确认；请检查反射端是否运行、防火墙是否放行。",
    "No terminal answered at all, so it is unknown whether a path exists; check that reflectors run and firewalls let them through.",
)
LOOPBACK = reason(
    "path-is-loopback",
    "被测路径是本机环回地址，不经过任何网络设备：此结果只说明测试工具自身，不能作为 5G 网络的验收依据。",
    "The path is this host's loopback, which crosses no network equipment: the result describes the instrument, not a 5G network.",
)
TOO_SHORT = reason(
    "too-short",
    "记录太短：没有任何终端在两个不同时刻应答，会话时长为零。",
    "The record is too short: no terminal answered at two different times, so there is no session time.",
)
NO_RULE = reason("statistic", "本探针不支持该统计量。", "This probe does not offer that statistic.")


def silent(names: list[str]) -> Reason:
    """Terminals that never answered."""
    return reason(
        "silent-nodes",
        f"{len(names)} 个终端从未应答，不计入时延与丢包：{listed(names)}。",
        f"{len(names)} terminals never answered and are left out of delay and loss: {listed(names)}.",
    )


def waiting_differs(declared_ns: int, used_ns: Iterable[int]) -> Reason:
    """The waiting time of the record is not the declared one."""
    used = ", ".join(f"{each / 1e9:g} s" for each in sorted(used_ns))
    return reason(
        "waiting-time-differs",
        f"声明的等待时间为 {declared_ns / 1e9:g} s，记录时使用的是 {used}，丢包的含义不同，不能评定。",
        f"The declared waiting time is {declared_ns / 1e9:g} s but the record used {used}, so a loss means something else.",
    )


def overflow(dropped: int) -> Reason:
    """Replies lost in this host."""
    return reason(
        "socket-overflow",
        f"本机套接字缓冲区溢出，丢失 {dropped} 个应答；这些丢失不能归于网络，请降低速率后重测。",
        f"{dropped} replies were lost in this host's socket buffers; they must not be blamed on the network. Lower the rate and repeat.",
    )


def clock_steps(count: int) -> Reason:
    """The host's clock was set during the run."""
    return reason(
        "clock-step",
        f"测试期间系统时钟跳变 {count} 次；跨越跳变的往返时延按发出时的时标换算，单程时延无效。",
        f"The host's clock was stepped {count} times during the run; a round trip across a step is kept on the scale on which it left, a one-way delay means nothing.",
    )


def broken(count: int) -> Reason:
    """Negative round trips."""
    return reason(
        "negative-round-trip",
        f"{count} 个报文的往返时延为负（时钟被回拨），按超限计。",
        f"{count} packets have a negative round trip (the clock was set back); they count as over the limit.",
    )


NO_INTERRUPTION = reason(
    "no-interruption",
    "全程没有超过门限的中断，无法给出中断时长的百分位。",
    "There was no interruption over the threshold, so their lengths have no percentile.",
)
NO_ONE_WAY = reason(
    "no-one-way",
    "对端没有给出自己的收发时刻，无法得到单程时延；请在对端运行 STAMP 反射端。",
    "The far end told no times of its own, so there is no one-way delay; run a STAMP reflector there.",
)
WRONG_LOAD = reason(
    "load-not-reached",
    "实际发出的背景流量不足声明值的九成，带载工况不成立；请降低声明的负载或更换测试主机。",
    "Less than nine tenths of the stated background traffic was sent, so the loaded run is not what it says; "
    "state a lower load or use another host.",
)
LOSSES_UNKNOWN = reason(
    "losses-unknown",
    "日志只有收到的报文，没有序号也没有丢失行，丢了多少、断了多久无从得知：不能给出丢包率、中断和掉线，也不能证明时延达标。",
    "The log holds packets that arrived, without sequence numbers or rows of lost ones: nobody knows how many were lost or for "
    "how long, so there is no loss ratio, no interruption, no drop-out, and no proof that delays keep the limit.",
)
MODES = {
    "log": reason(
        "supplied-log",
        "数据来自其他程序的日志：收发时刻、序号、时钟均由该程序给出，本工具只作计算。",
        "The data come from a log of another program, which gave times, sequence numbers and clock; only the computation is ours.",
    ),
    "log-arrivals": reason(
        "supplied-log-arrivals",
        "数据来自其他程序的日志，且只有收到的报文：丢失的报文不在其中。",
        "The data come from a log of another program that holds only what arrived: lost packets are not in it.",
    ),
    "mqtt": reason(
        "mqtt-observer",
        "闭环时延由本机订阅观察得到，同一时钟记录两端，包含代理转发到本机的时延差异。",
        "Loops were observed by a subscriber on this host: one clock stamps both ends, and the broker's delivery to it is included.",
    ),
    "icmp": reason(
        "icmp-echo",
        "时延由 ICMP 回显测得：包含对端协议栈的处理时间，网络可能对 ICMP 区别对待，无单程时延。",
        "Delays were measured by ICMP echo: they hold the far end's own time, networks may treat ICMP differently, "
        "and there is no one-way delay.",
    ),
    "tcp": reason(
        "tcp-connect",
        "时延由 TCP 建连测得（SYN 到 SYN-ACK）：丢失的 SYN 由系统重传，超时才计丢失，不等同于报文丢失率。",
        "Delays were measured by TCP connects (SYN to SYN-ACK): the system repeats a lost SYN, so what counts as lost "
        "is a timeout, not a packet.",
    ),
}


NO_LOOPS = reason(
    "no-loops",
    "没有 MQTT 报文记录，无法得到从传感事件到执行指令的时延。",
    "No MQTT messages were recorded, so there is no delay from sensor event to actuator command.",
)
NO_COUNTERS = reason(
    "no-counters",
    "没有所需的计数项，无法按该读法计算掉线率；请提供含相应列的网管导出表或路测记录。",
    "The counters this reading needs are not there; provide an export or a drive test with those columns.",
)
SUPPLIED = reason(
    "supplied-by-client",
    "该掉线率由委托方提供的计数器或路测记录计算，不是本工具测得。",
    "This drop rate is computed from counters or drive tests supplied by the client; it was not measured here.",
)
SINGLE_SOURCE = reason(
    "single-source",
    "终端数量只有“自身应答”一种证据；建议再提供邻居表快照或核心网导出表，作为独立的第二来源。",
    "The count rests on the terminals' own replies alone; a neighbour table or an export of the core network would be a "
    "second, independent source.",
)


def one_source(nodes: list[str]) -> Reason:
    """Devices that only one source saw."""
    return reason(
        "one-source-only",
        f"{len(nodes)} 个终端只有一种证据，不计入：{listed(nodes)}。",
        f"{len(nodes)} terminals were seen by one source only and do not count: {listed(nodes)}.",
    )


IPV6_ENCOURAGED = reason(
    "ipv6-encouraged",
    "条款对 IPv6 是鼓励而不是要求：本项只说明情况，不影响任何结论。",
    "The clause encourages IPv6 and does not demand it: this figure informs and changes no verdict.",
)


def nat64(nodes: list[str]) -> Reason:
    """Nodes that reach IPv4 by NAT64 alone."""
    return reason(
        "nat64-only",
        f"{len(nodes)} 个终端没有 IPv4，只能经 NAT64/464XLAN 访问 IPv4 服务，单独列出：{listed(nodes)}。",
        f"{len(nodes)} terminals have no IPv4 of their own and reach it through NAT64 or 464XLAN; they are flagged apart: {listed(nodes)}.",
    )


BY_BROKER = reason(
    "by-births-and-wills",
    "部分终端的掉线由 MQTT 遗嘱得到：代理在终端失联后、最迟 1.5 倍保活时间内发布遗嘱，掉线时刻可能偏晚，离线时长因此可能偏短。",
    "Some drops come from MQTT wills: the broker publishes one within one and a half keep-alive times after a terminal went silent, "
    "so a drop may be told late and its offline time be short by that much.",
)


def broker_lost(times: int) -> Reason:
    """The link to the broker broke."""
    return reason(
        "broker-lost",
        f"与 MQTT 代理的连接中断 {times} 次：中断期间不计节点时长；代理停止时代发的遗嘱不算掉线。",
        f"The link to the MQTT broker broke {times} times: that time counts for nobody, and wills that the broker published while "
        "it went down are no drops.",
    )


def wills_unseen(nodes: list[str]) -> Reason:
    """A will without a drop seen by probing."""
    return reason(
        "wills-unseen-by-probing",
        f"{len(nodes)} 个终端的代理发布过遗嘱而探测没有发现掉线，可能是应用断开而网络未断，请核对：{listed(nodes)}。",
        f"For {len(nodes)} terminals the broker published a will while probing saw no drop; the application may have gone and the "
        f"network stayed; check: {listed(nodes)}.",
    )


def relays(macs: list[str]) -> Reason:
    """MAC addresses that stand before several hosts."""
    return reason(
        "mac-of-a-relay",
        f"{len(macs)} 个 MAC 对应三个以上 IPv4 地址，是路由器或做 NAT 的 CPE，不作为终端身份：{listed(macs)}。",
        f"{len(macs)} MAC addresses stand before three or more IPv4 addresses; they are routers or CPEs with NAT and identify "
        f"no terminal: {listed(macs)}.",
    )


def fewer_clients(clients: int, counted: int) -> Reason:
    """The broker has fewer clients than terminals counted."""
    return reason(
        "fewer-broker-clients",
        f"MQTT 代理自报最多 {clients} 个客户端在线，少于计入的 {counted} 台终端，请核对是否有网关代替多台终端发布。",
        f"The broker itself named {clients} clients at most, fewer than the {counted} terminals counted; check whether a gateway "
        "speaks for several.",
    )


def shared_address(addresses: list[str]) -> Reason:
    """Terminals behind one address."""
    return reason(
        "behind-one-address",
        f"{len(addresses)} 个地址后各有多台登记终端（CPE 做 NAT，按端口区分），按身份计数：{listed(addresses)}。",
        f"Behind {len(addresses)} addresses there are several registered terminals each (a CPE with NAT, told apart by port); they "
        f"are counted by identity: {listed(addresses)}.",
    )


def contradicted(nodes: list[str]) -> Reason:
    """An address seen with another MAC than the register's."""
    return reason(
        "identity-contradicted",
        f"{len(nodes)} 个终端的地址在其他来源中对应另一个 MAC：{listed(nodes)}。",
        f"The addresses of {len(nodes)} terminals belong to another MAC in another source: {listed(nodes)}.",
    )


def off_track(missed: int, seconds: int) -> Reason:
    """Seconds of the measurement without a place."""
    return reason(
        "off-track",
        f"{seconds} 秒测量中有 {missed} 秒没有对应的轨迹点（前后 2 秒内无定位），未标注位置。",
        f"{missed} of {seconds} seconds measured have no place, because the track has no row within 2 s of them.",
    )


def unsynchronised(count: int) -> Reason:
    """One of the clocks does not state that it is synchronised."""
    return reason(
        "clocks-unsynchronised",
        f"{count} 个报文的收发两端至少有一端时钟未声明同步，单程时延无效；请用 chrony、PTP 或 GNSS 同步两端。",
        f"For {count} packets at least one of the two clocks did not state that it was synchronised, so one-way delays "
        "mean nothing; synchronise both ends by chrony, PTP or GNSS.",
    )


def clocks_disagree(nodes: list[str]) -> Reason:
    """Negative delays beyond the stated error."""
    return reason(
        "clocks-disagree",
        f"单程时延为负且超出两端声明的时钟误差：{listed(nodes)}；声明的误差不可信。",
        f"One-way delays are negative beyond the errors both clocks state: {listed(nodes)}; the stated errors are not true.",
    )


def coarse(nodes: list[str]) -> Reason:
    """Times coarser than a tenth of the limit."""
    return reason(
        "resolution-too-coarse",
        f"时间分辨力粗于限值的十分之一，不能用于判定：{listed(nodes)}。",
        f"Times are coarser than a tenth of the limit and cannot decide it: {listed(nodes)}.",
    )


def looks_wired(nodes: list[str], floor_ns: int) -> Reason:
    """Too fast for radio, no router on the way."""
    return reason(
        "path-looks-wired",
        f"最短往返时延小于 {floor_ns / 1e6:g} ms 且途中没有路由器，像是有线局域网而不是 5G 空口，请核对接线与路由：{listed(nodes)}。",
        f"The fastest round trip took less than {floor_ns / 1e6:g} ms with no router on the way: this looks like a wired LAN, "
        f"not a 5G radio link; check cabling and routes: {listed(nodes)}.",
    )


def own_address(nodes: list[str]) -> Reason:
    """The target is this host."""
    return reason(
        "path-is-own-address",
        f"目标地址就是测试主机自己的地址，报文没有离开本机，不能作为 5G 网络的验收依据：{listed(nodes)}。",
        f"The target is an address of the test host itself, so no packet left it; this says nothing about a 5G network: {listed(nodes)}.",
    )


def virtual_interface(nodes: list[str]) -> Reason:
    """The route leaves through an interface without hardware."""
    return reason(
        "path-is-virtual",
        f"路由经过没有物理设备的虚拟接口（veth、网桥、容器），请核对被测对象是否在本机或同一虚拟化主机上：{listed(nodes)}。",
        "The route leaves through an interface with no device behind it (veth, bridge, container); check whether the target runs on "
        f"this machine: {listed(nodes)}.",
    )


def on_the_cable(nodes: list[str]) -> Reason:
    """The target is a neighbour on wired Ethernet."""
    return reason(
        "path-is-on-cable",
        f"目标与测试主机在同一段有线以太网上直接相邻（按 MAC 寻址、不经网关），看不到 5G 空口，请核对接线：{listed(nodes)}。",
        "The target is a neighbour of the test host on wired Ethernet, reached by its MAC without any gateway; no radio link shows. "
        f"Check the cabling: {listed(nodes)}.",
    )


def faster_than_cable(nodes: list[str], floor_ns: int, km: float) -> Reason:
    """Faster than light in the declared cable."""
    return reason(
        "faster-than-cable",
        f"最快的报文快于光在所声明的 {km:g} km 光缆中的传播时间 {floor_ns / 1e6:.3f} ms，路径不是所说的链路，或长度、时钟有误：{listed(nodes)}。",
        f"The fastest packets beat light in the declared {km:g} km of cable ({floor_ns / 1e6:.3f} ms): the path is not the link it is "
        f"said to be, or length or clocks are wrong: {listed(nodes)}.",
    )


def looks_routed(nodes: list[str], floor_ns: int) -> Reason:
    """Too fast for radio, through a router nearby."""
    return reason(
        "path-looks-hairpin",
        f"最短往返时延小于 {floor_ns / 1e6:g} ms 而途中有路由器，像是本地路由或 NAT 回环，没有经过 5G 空口，请核对：{listed(nodes)}。",
        f"The fastest round trip took less than {floor_ns / 1e6:g} ms through a router: this looks like local routing or a NAT "
        f"hairpin that never left the site; check: {listed(nodes)}.",
    )


def wrong_hmac(count: int) -> Reason:
    """Replies that somebody without the key sent, or that were changed on the way."""
    return reason(
        "wrong-hmac",
        f"{count} 个应答的 HMAC 不正确（密钥不一致，或报文被改动），不作为应答，原文保留在记录中。",
        f"{count} replies have a wrong HMAC (another key, or changed on the way); they answer nothing and are kept in the trace.",
    )


def damaged(places: int) -> Reason:
    """Parts of the trace that cannot be read."""
    return reason(
        "trace-damaged",
        f"原始记录有 {places} 处损坏，之后的部分没有计入。",
        f"The trace is damaged in {places} places; what follows them in that segment was not counted.",
    )


def short(least: int, nodes: list[str]) -> Reason:
    """Too few packets for a bound."""
    return reason(
        "too-few-packets",
        f"{len(nodes)} 个终端的有效样本不足以给出上界，每个终端至少需要 {least} 个独立报文：{listed(nodes)}。",
        f"{len(nodes)} terminals have too few independent packets for an upper bound; each needs at least {least}: {listed(nodes)}.",
    )


def sparse(interval_ns: int, silent_ns: int) -> Reason:
    """Probing is too slow to see silence."""
    return reason(
        "probing-too-sparse",
        f"探测间隔 {interval_ns / 1e9:g} s 太长，无法判断是否静默超过 {silent_ns / 1e9:g} s；间隔应不大于其一半。",
        f"A probe every {interval_ns / 1e9:g} s cannot tell a silence of {silent_ns / 1e9:g} s; send at least two in that time.",
    )
