# SPDX-License-Identifier: Apache-2.0
"""Of packets, terminals, modems and counters."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tests.conformance.examples import network as examples
from tests.conformance.laws.law import MS, ONE, P99, Law, Part, recorded
from tests.probes.network.made import exchange


def _stamp(data: bytes) -> Part:
    return recorded("network.stamp", data, examples.TARGETS)


def packets() -> Iterator[Law]:
    packets = partial(examples.packets, waiting_ns=50 * MS)  # a mean is bounded by what a delay can be at most
    good = [_stamp(packets(3000, 1, every_ns=10 * MS))]
    bad = {
        "a terminal that never answered": _stamp(packets(3000, 2, None, first=1, every_ns=10 * MS)),
        "a session without a packet": _stamp(packets(0, 2, first=1)),
        "bytes that are no session": _stamp(b"no session at all\n"),
    }
    nine = bad | {
        "a terminal that never answered": _stamp(packets(3000, 10, None, first=9, every_ns=10 * MS)),
        "a session without a packet": _stamp(packets(0, 10, first=9)),
    }
    survival = {"survival_time": "50 ms", "transfer_interval": "10 ms"}
    over, silent, outage = {"interruption_over": "20 ms"}, {"silent_after": "1 s"}, {"longest_credible_outage": "10 ms"}
    sure = [_stamp(examples.Builders.header(1) + b"".join(exchange(examples.Builders, each) for each in range(500)))]
    for name in ("network.rtt", "network.owd"):
        yield Law(name, "quantile", "<= 5 ms", good, bad, P99, ONE)
        yield Law(name, "mean", "<= 5 ms", good, bad, {}, ONE)
        yield Law(name, "share-within", ">= 50 %", sure, bad, {"threshold": "5 ms", "lost": "over-limit"}, ONE)
    yield Law("network.loss", "ratio", "<= 1 %", good, bad, {}, ONE)
    yield Law("network.availability", "availability", ">= 90 %", good, bad, survival, outage)
    yield Law("network.availability", "mtbf", ">= 0.0001 h", good, bad, survival)
    yield Law("network.mobility", "longest-interruption", "<= 30 ms", good, bad, over)
    yield Law("network.mobility", "quantile", "<= 30 ms", [_interrupted()], bad, {**over, "q": "10 %"})
    yield Law(
        "network.dropout",
        "session-ratio",
        "<= 99 %",
        [_stamp(packets(3000, 9, every_ns=10 * MS))],
        nine,
        silent,
        provable=False,
    )
    yield Law("network.dropout", "offline-time", "<= 99 %", good, bad, silent, outage)
    yield Law("network.dropout", "sessions-per-hour", "<= 100000 /h", good, bad, silent, provable=False)


def _interrupted() -> Part:
    """A hundred interruptions of 25 ms."""
    record = examples.Builders.record
    rows = (record(0, slot, None if slot % 50 < 25 else 400_000) for slot in range(5000))
    return _stamp(examples.Builders.header(1) + b"".join(rows))


def loops() -> Iterator[Law]:
    settings = {**examples.BROKER, "events": "s/#", "commands": "a/#"}

    def part(data: bytes) -> Part:
        return recorded("network.mqtt", data, settings)

    good = [part(examples.loops(1000, every_ns=30 * MS))]
    bad = {
        "a line whose commands never came": part(examples.loops(1000, every_ns=30 * MS, answered=False)),
        "a line without an event": part(examples.loops(0)),
        "bytes that are no session": part(b"no session at all\n"),
    }
    yield Law("network.loop", "quantile", "<= 20 ms", good, bad, P99, ONE, provable=False)
    yield Law("network.loop", "mean", "<= 20 ms", good, bad, {}, ONE, provable=False)
    yield Law(
        "network.loop",
        "share-within",
        ">= 99 %",
        good,
        bad,
        {"threshold": "20 ms", "lost": "over-limit"},
        ONE,
        provable=False,
    )


def counters() -> Iterator[Law]:
    def part(text: str) -> Part:
        return recorded("network.counters", text.encode(), {"file": "omc.csv"})

    def law(statistic: str, limit: str, good: str, bad: str) -> Law:
        parts = {"a table that counts nothing": part("小区\n1\n"), "a table that is worse": part(bad)}
        return Law("network.kpi", statistic, limit, [part(good)], parts)

    head = "切换出失败次数,RLF释放次数,其他异常释放次数,建立成功次数,遗留次数,切换入次数\n"
    yield law("counter-ratio", "<= 0.05 %", head + "0,0,0,20000,0,0\n", head + "0,900,0,20000,0,0\n")
    yield law("drive-test", "<= 0.05 %", "drops,successes\n0,20000\n", "drops,successes\n900,20000\n")
    yield law(
        "retainability",
        "<= 1 /h",
        "有数据异常释放次数,会话时长\n0,36000000\n",
        "有数据异常释放次数,会话时长\n90000,3600\n",
    )


def nodes() -> Iterator[Law]:
    def register(text: bytes) -> Part:
        return recorded("network.terminals", text, {"register": "nodes.csv"})

    answering = _stamp(examples.packets(50, 1))
    good = [register(examples.register("10.9.0.{}", 1)), answering]
    silent = examples.HEAD.encode() + f"B,b,10.8.0.1,,{examples.IMEIS[1]},\n".encode()
    twin = examples.HEAD.encode() + f"B,b,10.9.0.1,,{examples.IMEIS[0]},\n".encode()
    bad = {
        "a terminal that nobody saw": register(silent),
        "the same terminal under another name": register(twin),
        "a terminal that never answered": _stamp(examples.packets(50, 2, None, first=1)),
        "bytes that are no session": _stamp(b"no session at all\n"),
    }
    yield Law("network.nodes", "distinct", ">= 1 台套", good, bad, {"window": "10 min"}, raised=">= 2 台套")
    six = [_stamp(examples.packets(50, 1, address="2001:db8::{}"))]
    older = {"a terminal of the older family": _stamp(examples.packets(50, 2, first=1))} | {
        name: bad[name] for name in list(bad)[2:]
    }
    yield Law("network.ipv6", "share", ">= 100 %", six, older)


def modems() -> Iterator[Law]:
    """Of two terminals that answer, the first is proven; the second would be by a modem that says what it should."""

    def radio(data: bytes) -> Part:
        return recorded("network.radio-export", data, {"file": "radio.csv"})

    register = recorded("network.terminals", examples.register("10.9.0.{}"), {"register": "nodes.csv"})
    good = [register, _stamp(examples.packets(50, 2)), radio(examples.radio("10.9.0.1", examples.IMEIS[0]))]
    second = ("10.9.0.2", examples.IMEIS[1])
    bad = {
        "a modem that fell back to LTE": radio(examples.radio(*second, "LTE")),
        "a modem that is another": radio(examples.radio("10.9.0.2", examples.IMEIS[2])),
        "a modem beside a cable": radio(examples.radio("10.60.0.1", examples.IMEIS[1])),
        "a modem asked too seldom": radio(examples.radio(*second, count=12)),
        "a table without a row": radio(examples.radio(*second, count=0)),
        "bytes that are no table": radio(b"no table at all\n"),
    }
    window = {"window": "10 min", "share": "90 %", "between": "30 s"}
    yield Law("network.nodes", "proven-5g", ">= 1 台套", good, bad, window, raised=">= 2 台套")
