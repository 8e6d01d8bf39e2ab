# SPDX-License-Identifier: Apache-2.0
"""For every installed measurand: evidence on which a statistic says PASS, and further parts that must not be outvoted.

A measurand or a statistic that is installed and has no law fails ``test_parts``; write one here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial, reduce
from hashlib import sha256
from pathlib import Path
from typing import Any

from harness import installed
from harness.model import About
from harness.plugins import Asked, Input, Trace
from harness.spec.profile import Organisation, Project
from harness.testing import Question
from tests.conformance import examples
from tests.probes.chain.made import Alliance, Liveness
from tests.probes.change.tables import line_table, project_table
from tests.probes.compute import made
from tests.probes.health import made as exchanges
from tests.probes.immersive import visited
from tests.probes.immersive.made import presentmon
from tests.probes.network.made import exchange
from tests.probes.plant import plants
from tests.probes.service import made as service

Part = Callable[[Path], Trace]
MS = 10**6
ONE = {"longest_credible_burst": "1 packet"}
P99 = {"q": "99 %", "lost": "over-limit"}
PROJECT = Project(
    "项目", Organisation("申报单位", "91420100MA4KXXXX0A"), (), date(2023, 1, 1), date(2024, 1, 1), "武汉"
)
OWNER = replace(PROJECT, applicant=Organisation("示例企业02（江岸区）有限公司", "91420102MA42HRWN44"))


@dataclass(frozen=True)
class Law:
    """``good`` alone passes ``limit``; with any of ``bad`` beside it, or none at all, the verdict is never PASS.

    ``raised``: for counts, to which a part can only add: the next limit, which a further good part would reach.
    """

    measurand: str
    statistic: str
    limit: str
    good: Sequence[Part]
    bad: Mapping[str, Part]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    declared: Mapping[str, Any] = field(default_factory=dict)
    raised: str = ""
    instead: bool = False
    """The bad part stands in the place of the good ones: a table of parts, one of them spoilt."""
    project: Project = PROJECT
    provable: bool = True
    """Whether evidence of a moment can pass; else only that a bad part leaves its own reason is tried."""

    def question(self, *, spoilt: bool = False) -> Question:
        """What is asked, of good parts alone or of spoilt ones."""
        limit = self.raised if spoilt and self.raised else self.limit
        return Question(self.measurand, self.statistic, limit, self.parameters, self.declared, about=About.WINDOW)

    def inputs(self, folder: Path, question: Question, *more: Part) -> list[Input]:
        """The good parts and ``more``, summarised, each a source of its own."""
        found = []
        for number, part in enumerate([*more] if more and self.instead else [*self.good, *more]):
            place = folder / f"part{number}"
            place.mkdir(parents=True)
            found.append(input_of(part(place), question, self.project))
        return found

    def __str__(self) -> str:
        """As the tests are called."""
        return f"{self.measurand}:{self.statistic}"


def input_of(trace: Trace, question: Question, project: Project = PROJECT) -> Input:
    """The summary of one part, as the engine would compute it; a decoder's refusal is raised."""
    probe = installed.probe(trace.probe)
    asked = Asked((question.ask,), trace.settings, project, trace.digests)
    parts = [probe.summarise(chunk, asked) for chunk in probe.chunks(trace)]
    source = trace.segments[0].parent.name
    return Input(trace.probe, source, reduce(lambda one, other: one.merge(other), parts), trace)


def _part(probe: str, data: bytes, settings: Mapping[str, Any]) -> Part:
    return lambda folder: examples.traced(probe, folder, data, settings, folder.name)


def _stamp(data: bytes) -> Part:
    return _part("network.stamp", data, examples.TARGETS)


def _packets() -> Iterator[Law]:
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


def _loops() -> Iterator[Law]:
    settings = {**examples.BROKER, "events": "s/#", "commands": "a/#"}

    def part(data: bytes) -> Part:
        return _part("network.mqtt", data, settings)

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


def _counters() -> Iterator[Law]:
    def part(text: str) -> Part:
        return _part("network.counters", text.encode(), {"file": "omc.csv"})

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


def _nodes() -> Iterator[Law]:
    def register(text: bytes) -> Part:
        return _part("network.terminals", text, {"register": "nodes.csv"})

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


def _modems() -> Iterator[Law]:
    """Of two terminals that answer, the first is proven; the second would be by a modem that says what it should."""

    def radio(data: bytes) -> Part:
        return _part("network.radio-export", data, {"file": "radio.csv"})

    register = _part("network.terminals", examples.register("10.9.0.{}"), {"register": "nodes.csv"})
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


def _receivers() -> Iterator[Law]:
    device = {"duration": 900, "rate": 1, "sd_h": 0.002, "sd_v": 0.004, "noise_tau": 3, "cold_start": 10}

    def part(more: Mapping[str, Any]) -> Part:
        return lambda folder: examples.received(folder, {**device, **more}, folder.name)

    def log(data: bytes) -> Part:
        return _part("gnss.nmea", data, examples.RECEIVER)

    good = [part({})]
    bad = {
        "a receiver that never had a fix": part({"cold_start": 2000, "seed": 2}),
        "a receiver that said nothing": log(b""),
        "bytes that are no sentences": log(b"no sentences at all\r\n" * 40),
    }
    gates = bad | {"a receiver that never used BeiDou": part({"systems": "123", "seed": 2})}
    for name, limit in (("gnss.horizontal", "<= 2 cm"), ("gnss.vertical", "<= 4 cm")):
        yield Law(name, "rms", limit, good, gates)
        yield Law(name, "quantile", limit, good, gates)
    outage = {"longest_credible_outage": "1 s"}
    yield Law("gnss.fix-rate", "ratio", ">= 50 %", good, bad, {}, outage)
    yield Law("gnss.availability", "time-share", ">= 50 %", good, bad, {}, outage)
    yield Law("gnss.gaps", "longest", "<= 10 min", good, bad)
    yield Law("gnss.ttff", "quantile", "<= 10 min", good, bad, {"q": "5 %"})
    yield Law("gnss.age", "quantile", "<= 5 min", good, bad)
    yield Law("gnss.beidou", "share", ">= 50 %", good, bad)


def _clocks() -> Iterator[Law]:
    def part(data: bytes, **more: str) -> Part:
        return _part("gnss.timing", data, {**examples.CLOCK, **more})

    good = [part(examples.clock(900))]
    bad = {
        "a clock measured against itself": part(examples.clock(900), reference="under-test"),
        "a clock of one reading": part(examples.clock(1)),
        "a log without a line": part(b""),
        "bytes that are no log": part(b"no log at all\n" * 40),
    }
    for statistic in ("quantile", "mtie", "tdev"):
        yield Law(
            "gnss.timing", statistic, "<= 1 us", good, bad, {"interval": "10 s"} if statistic != "quantile" else {}
        )


STATEMENT = "应用证明：单位1、单位2、应用甲、应用乙、1M8GDM9AXKP042788、LVGBPB9E0LG000001、芯片 X9、双开门、单开门，农业与水利。".encode()


def _register(number: int, code: str, industry: str, *, digest: str = "") -> Part:
    """A register of one row and the statement it names."""

    def made(folder: Path) -> Trace:
        (folder / "statement.txt").write_bytes(STATEMENT)
        known = sha256(STATEMENT).hexdigest()
        head = "企业名称,统一社会信用代码,注册地址,合同签订日期,应用行业,证明文件,SHA256"
        row = f"单位{number},{code},湖北省武汉市某路,2023-09-04,{industry},statement.txt,{digest or known}"
        settings = {"register": "register.csv"}
        trace = examples.traced("register.organisations", folder, f"{head}\n{row}\n".encode(), settings, folder.name)
        documents = {"statement.txt": folder / "statement.txt"}
        return Trace(
            trace.indicator,
            folder.name,
            trace.probe,
            1,
            trace.segments,
            trace.settings,
            documents,
            {"statement.txt": known},
        )

    return made


def _rows(head: str, row: str, *, name: str = "statement.txt", text: bytes = STATEMENT) -> Part:
    """A register of one row of any kind and the document it names, which may be another each time."""

    def made(folder: Path) -> Trace:
        (folder / name).write_bytes(text)
        known = sha256(text).hexdigest()
        data = f"{head},日期,证明文件,SHA256\n{row},2023-09-04,{name},{known}\n".encode()
        trace = examples.traced("register.organisations", folder, data, {"register": "register.csv"}, folder.name)
        return replace(trace, documents={name: folder / name}, digests={name: known})

    return made


def _kinds_of_rows() -> Iterator[Law]:
    """Terminals, components, catalogues, points, mechanisms, conditions: each with the faults that are its own."""
    said = {"text": STATEMENT + b" 2", "name": "other.txt"}
    twin = "the same once more"
    terminal, numbered = "VIN,自动驾驶等级,芯片型号", "序列号,自动驾驶等级,芯片型号"
    yield Law(
        "register.terminals",
        "count",
        ">= 1 个",
        [_rows(terminal, "1M8GDM9AXKP042788,L3,X9")],
        {
            twin: _rows(terminal, "1m8gdm9axkp042788,L4,X9"),
            "a check digit that is wrong": _rows(terminal, "LVGBPB9E0LG000001,L3,X9"),
            "a level too low": _rows(numbered, "单位2,L2+,X9"),
            "a level that is none": _rows(numbered, "单位2,高级,X9"),
            "no chip": _rows(numbered, "单位2,L3,"),
            "a chip that no document names": _rows(numbered, "单位2,L3,ZZ99"),
        },
        raised=">= 2 个",
    )
    component = "构件类型,统一社会信用代码,专利号"
    yield Law(
        "register.components",
        "count",
        ">= 1 件",
        [_rows(component, "双开门,91420102MA42HRWN44,201710601862.3")],
        {
            twin: _rows(component, "双 开门,91420102MA42HRWN44,201710601862.3"),
            "a patent that is none": _rows(component, "单开门,91420102MA42HRWN44,201710601862.4"),
            "an owner that is somebody else": _rows(component, "单开门,914201137929081048,201710601862.3"),
        },
        raised=">= 2 件",
        project=OWNER,
    )
    entry = "算法名称,接口"
    yield Law(
        "register.catalogue",
        "distinct",
        ">= 1 种",
        [_rows(entry, "应用甲,http://a")],
        {
            twin: _rows(entry, "应用甲,http://b", **said),
            "another name for the same content": _rows(entry, "应用乙,http://a"),
            "one that cannot be called": _rows(entry, "应用乙,", **said),
        },
        raised=">= 2 种",
    )
    point = "点位名称,地址"
    two = "a point without a photograph and a log"
    for name, unit in (("register.mechanisms", "项"), ("register.cover", "项")):
        of = {"of": ["隧道", "特殊天气"]} if name == "register.cover" else {}
        bad = {
            twin: _rows("应用名称,覆盖条件", "应用甲,隧道", **said),
            "a document of another": _rows("应用名称,覆盖条件", "应用丙,特殊天气"),
        }
        yield Law(
            name, "count", f">= 1 {unit}", [_rows("应用名称,覆盖条件", "应用甲,隧道")], bad, of, raised=f">= 2 {unit}"
        )
    bad = {two: _rows(point, "应用甲,武汉"), "a point without a place": _rows(point, "应用甲,")}
    yield Law("register.points", "count", ">= 1 个", [_photographed()], bad, raised=">= 2 个")


def _photographed() -> Part:
    def made(folder: Path) -> Trace:
        names = {"photo.jpg": b"\xff\xd8", "log.txt": STATEMENT}
        for name, data in names.items():
            (folder / name).write_bytes(data)
        digests = {name: sha256(data).hexdigest() for name, data in names.items()}
        data = f"点位名称,地址,日期,证明文件,SHA256\n应用甲,武汉,2023-09-04,{';'.join(names)},{';'.join(digests.values())}\n"
        settings = {"register": "register.csv"}
        trace = examples.traced("register.organisations", folder, data.encode(), settings, folder.name)
        return replace(trace, documents={name: folder / name for name in names}, digests=digests)

    return made


def _lists() -> Iterator[Law]:
    """Shares of a list that an export shows, and a node's numbers: what is not shown stands in the good one's place."""

    def listed(members: bytes, export: bytes) -> Part:
        tables = {"0001.csv": members, "0002.csv": export}
        settings = {"register": "members.csv", "exports": "export.csv"}
        return lambda folder: examples.traced("register.population", folder, tables, settings, folder.name)

    good = [listed(examples.population(4), examples.records(4))]
    bad = {
        "a member without a record": listed(examples.population(9), examples.records(4)),
        "a list that says no": listed(examples.population(4, "否"), examples.records(4)),
        "a word that nobody knows": listed(examples.population(4, "基本"), examples.records(4)),
        "an export that is none": listed(examples.population(4), b"no table at all\n"),
    }
    for name, statistic in (
        ("register.coverage", "share"),
        ("register.coverage", "mean-share"),
        ("register.cloud", "share"),
        ("register.cloud", "lesser-share"),
    ):
        yield Law(name, statistic, ">= 90 %", good, bad, instead=True)

    def weighed(members: bytes, export: bytes) -> Part:
        return listed(re.sub(rb",\d+00\n", b",500\n", members), re.sub(rb",\d+00\n", b",500\n", export))

    rows = examples.population(4), examples.records(4)
    short = {
        "a member without a record": weighed(examples.population(9), rows[1]),
        "a list that says no": weighed(examples.population(4, "否"), rows[1]),
        "a word that nobody knows": weighed(examples.population(4, "基本"), rows[1]),
        "a company of two outputs": good[0],
        "an export that is none": listed(rows[0], b"no table at all\n"),
    }
    yield Law("register.coverage", "output-share", ">= 90 %", [weighed(*rows)], short, instead=True)

    def node(data: bytes) -> Part:
        return _beside(
            "register.registrations", data, {"identifiers.txt": "".join(f"{n}\n" for n in range(800)).encode()}
        )

    unlisted = _part("register.registrations", examples.prefixes(1), {"file": "node.csv"})
    bad = {
        "totals without the list": unlisted,
        "a prefix that is none": node(examples.prefixes(1, "甲.{}")),
        "less at the end": node(examples.prefixes(1, last="50")),
    }
    yield Law("register.identifiers", "distinct", ">= 800 个", [node(examples.prefixes(1))], bad, instead=True)
    days = {
        "too few days": _part("register.resolutions-log", examples.resolutions(20), {"file": "days.csv"}),
        "days that count less": _part(
            "register.resolutions-log", examples.resolutions(31, count=100), {"file": "days.csv"}
        ),
        "bytes that are no table": _part("register.resolutions-log", b"no table at all\n", {"file": "days.csv"}),
    }
    month = [_part("register.resolutions-log", examples.resolutions(31), {"file": "days.csv"})]
    yield Law("register.resolutions", "mean", ">= 60 万/d", month, days, instead=True)


def _beside(probe: str, data: bytes, documents: Mapping[str, bytes]) -> Part:
    def made(folder: Path) -> Trace:
        for name, content in documents.items():
            (folder / name).write_bytes(content)
        trace = examples.traced(probe, folder, data, {"file": "node.csv"}, folder.name)
        return replace(trace, documents={name: folder / name for name in documents})

    return made


def _models() -> Iterator[Law]:
    """Of a model with three types: a copy of it, or one that is cut, proves no fourth."""
    good = [_part("bim.model", examples.ifc(3), {"files": "a.ifc"})]
    bad = {
        "the same file again": _part("bim.model", examples.ifc(3), {"files": "a.ifc"}),
        "a copy with other identities": _part("bim.model", examples.ifc(3, first=500), {"files": "a.ifc"}),
        "a model cut in the middle": _part("bim.model", examples.ifc(9)[:-200], {"files": "a.ifc"}),
    }
    yield Law("bim.components", "distinct", ">= 3 件", good, bad, raised=">= 4 件")


def _registers() -> Iterator[Law]:
    good = [_register(1, "914201137929081048", "农业")]
    bad = {
        "the same organisation again": _register(1, "914201137929081048", "农业"),
        "a code that is none": _register(2, "91420102MA42HRWN45", "水利"),
        "a document that was changed": _register(2, "91420102MA42HRWN44", "水利", digest="0" * 64),
    }
    yield Law("register.accepted", "count", ">= 1 个", good, bad, raised=">= 2 个")
    of = {"of": ["农业", "水利"]}
    yield Law("register.attested", "count", ">= 1 个", good, bad, of, raised=">= 2 个")


def _tables() -> Iterator[Law]:
    """Of lines and projects: those of one table are its parts, so a worse table takes the place of a further source."""

    def part(before: str, after: str, **periods: str) -> Part:
        tables = {"0001.csv": before.encode(), "0002.csv": after.encode()}
        settings = {"before": "b.csv", "after": "a.csv", **periods}
        return lambda folder: examples.traced("change.table", folder, tables, settings, folder.name)

    lines, cheaper = line_table(2022, 1), line_table(2023, 0.6, 0.5)
    gone = "".join(each for each in cheaper.splitlines(keepends=True) if not each.startswith("六线"))
    short = "".join(each for each in cheaper.splitlines(keepends=True) if ",2023-07," not in each)
    unread = cheaper.replace("六线,2023-01,甲,", "六线,2023-01,甲,约")
    vague = {"a cost that is no number": part(lines, unread)}
    matched = vague | {"a line that is gone": part(lines, gone)}
    pooled = vague | {
        "a month that is gone": part(lines, short, before_period="2022-01/2022-12", after_period="2023-01/2023-12")
    }
    for name, limit in (("unit-cost", ">= 25 %"), ("productivity", ">= 40 %")):
        for statistic in ("paired", "geometric", "each-line", "by-period"):
            bad = pooled if statistic == "by-period" else matched
            yield Law(f"change.{name}", statistic, limit, [part(lines, cheaper)], bad, instead=True)
    before = project_table({f"工程{each}": 40.0 + each for each in range(12)}, round)
    after = project_table({f"工程{each}": 16.0 + each % 5 for each in range(12)}, round)
    rows = after.splitlines(keepends=True)
    vague = {"a number that is none": part(before, after.replace(rows[-1], "工程11,5,若干\n"))}
    matched = vague | {"a project that is gone": part(before, "".join(rows[:-1]))}
    for statistic, bad in (("rate-ratio", vague), ("paired", matched)):
        yield Law("change.orders", statistic, ">= 30 %", [part(before, after)], bad, instead=True)


def _chains() -> Iterator[Law]:
    """Of an alliance: its nodes are its parts, so one that cheats takes the place of an honest alliance."""

    def part(made: type[Alliance] = Alliance, **plan: Any) -> Part:
        def trace(folder: Path) -> Trace:
            alliance = made(folder / "papers", **{"count": 4, "records": 40, **plan})
            found = examples.traced("chain.nodes", folder, alliance.data, alliance.settings, folder.name)
            return replace(found, documents=alliance.documents)

        return trace

    forked, mocked = {"a node on a fork": part(forked=[4])}, {"blocks that do not recompute": part(mocked=[4])}
    for by in ("key", "organisation"):
        bad = forked | {"a node under two names": part(aliases=[4]), "a node nobody lists": part(unlisted=[4])}
        yield Law("chain.nodes", "distinct", ">= 4 家", [part()], bad, {"by": by}, instead=True)
    padded = mocked | {"a replayed signature": part(replayed=3), "a forged one": part(forged=3, records=37)}
    yield Law("chain.records", "distinct", ">= 40 条", [part()], padded, instead=True)
    yield Law("chain.records", "count", ">= 40 条", [part()], padded, {"by": "transaction"}, instead=True)
    weak = mocked | {"a block without quorum": part(unsealed=[2]), "another hash": part(algorithm="keccak256")}
    yield Law("chain.sm", "share", ">= 100 %", [part()], weak, instead=True)
    agreed = {"originals": True, "drawn": 40}
    altered = {"originals that were altered": part(altered=3, **agreed)}
    yield Law("chain.offchain", "share", ">= 99 %", [part(**agreed)], altered, instead=True)
    late = {"markers that never show": part(Liveness, shown=2)}
    yield Law("chain.finality", "quantile", "<= 1 s", [part(Liveness)], late, {"q": "95 %"}, instead=True)
    still = {"a height that stands still": part(Liveness, moves=False)}
    yield Law("chain.fault", "count", ">= 5 个", [part(Liveness)], still, instead=True)


def _services() -> Iterator[Law]:
    """Of endpoints under load: each is proven for itself; of a search and of a catalogue, one that is worse in the place of the good one."""

    def part(data: bytes) -> Part:
        return _part("service.load", data, service.LOAD)

    good = [part(service.load())]
    dead = {
        "an endpoint that refuses": part(service.load(fault=lambda _: "refused")),
        "a session without a request": part(service.load(1)[: service.load(1).index(b"\n") + 1]),
        "bytes that are no session": part(b"no session at all\n"),
        "lines that nobody understands": part(service.load() + b'{"r": "x"}\n'),
        "moments that were not drawn": part(service.load(seed="made/0").replace(b"made/0", b"made/1")),
    }
    slow = dead | {"an endpoint that is slow": part(service.load(ttft_ms=2500, step_ms=300))}
    regular = [part(service.load(rate="1", arrivals="periodic"))]
    outage, slo = {"longest_credible_outage": "1 s"}, {"slo_ttft": "2 s", "slo_tpot": "200 ms"}
    yield Law("service.ttft", "quantile", "<= 2 s", good, slow, {"q": "95 %"})
    yield Law("service.ttft", "share-within", ">= 95 %", good, slow, {"threshold": "2 s"})
    untold = slow | {"an endpoint that states no usage": part(service.load(usage=False))}
    yield Law("service.itl", "quantile", "<= 200 ms", good, untold, {"q": "95 %"})
    yield Law("service.goodput", "share", ">= 95 %", good, untold, {}, slo)
    yield Law("service.errors", "ratio", "<= 5 %", good, dead)
    silent = {key: each for key, each in dead.items() if "refuses" not in key}
    silent |= {"an endpoint that states no usage": part(service.load(usage=False))}
    yield Law("service.tokens", "rate", ">= 10 /s", good, silent)
    down = dead | {
        "an endpoint that is down": part(
            service.load(rate="1", arrivals="periodic", fault=lambda at: "cut" * (at > 60))
        )
    }
    yield Law("service.availability", "time-share", ">= 90 %", regular, down, {}, outage)
    rates, settings = ["1", "2", "4"], {**service.SEARCH, "requests": 400}
    held = [_part("service.search", service.search(rates, lambda rate, _: rate == "4", [1, 2]), settings)]
    lost = {
        "a search whose load fails": _part(
            "service.search", service.search(rates, lambda rate, _: rate != "1", [1, 0], 1000), settings
        )
    }
    yield Law("service.capacity", "largest", ">= 2 /s", held, lost)

    def catalogue(entries: int = 12, *, same: Sequence[int] = (), **calls: Any) -> Part:
        return lambda folder: examples.called(
            folder, service.calls(entries, **calls), service.table(entries, same=same)
        )

    padded = {
        "skins over one model": catalogue(skins=[5]),
        "an entry that does not answer": catalogue(silent=[5]),
        "an entry that was not called": catalogue(places=range(11)),
        "content that is there twice": catalogue(same=[0, 5]),
    }
    yield Law("service.callable", "count", ">= 12 种", [catalogue()], padded, instead=True)


def _terminals() -> Iterator[Law]:
    """Of terminals on a bench: each is proven for itself, with its own runs and its own meter."""
    bench, other = made.bench(), made.bench(seed=2)
    second = {"terminal": "second"}

    def work(own: Any, **more: Any) -> Part:
        return lambda folder: made.runs(folder, own, **more)

    def meter(own: Any, **more: Any) -> Part:
        return lambda folder: made.power(folder, own, **more)

    def sweep(own: Any, *, ended: bool = True, **more: Any) -> Part:
        sessions = [made.run_session(each, kernel="matmul-1024", ended=ended) for each in own.calls]
        stated = {key: value for key, value in made.WORK.items() if key != "operations"}
        settings = {**stated, "sweep": True, "duration": "31 min", "rated": 320, **more}
        return lambda folder: made.traced("compute.run", folder, [b"".join(sessions)], settings)

    bad = {
        "a terminal that ran in INT4": work(other, precision="int4", **second),
        "a terminal whose model is sparse": work(other, sparsity="2:4", **second),
        "a terminal that is slower": work(made.bench(rate=20_000.0, seed=3), **second),
        "the same record under another name": work(bench, **second),
        "a run that has just begun": work(made.bench(run_s=60.0, seed=4), **second),
        "bytes that are no log": _part("compute.run-log", b"no log at all\n", {"file": ["x"], **made.WORK, **second}),
    }
    yield Law("compute.tops", "sustained", ">= 200 TOPS", [work(bench)], bad, made.INT8, made.DECLARED)
    peak = {
        "a sweep that broke off": sweep(other, ended=False, **second),
        "a sweep without a rating": sweep(other, **{**second, "rated": None}),
        "a terminal that is slower": sweep(made.bench(rate=20_000.0, seed=3), **second),
    }
    yield Law("compute.tops", "confirmed-peak", ">= 200 TOPS", [sweep(bench)], peak, made.INT8, made.DECLARED)
    meters = {
        **bad,
        "a terminal without a meter": work(other, **second),
        "a meter without runs": meter(other, **second),
        "a second source that disagrees": meter(bench, gain=0.03, role="check"),
        "a second meter of the same run": meter(bench, gain=0.001),
    }
    yield Law(
        "compute.efficiency", "ratio", ">= 6 TOPS/W", [work(bench), meter(bench)], meters, made.INPUT, made.DECLARED
    )


def _centres() -> Iterator[Law]:
    """Of data centres: each is proven for itself."""

    def months(text: str, **more: Any) -> Part:
        return _part("compute.energy", text.encode(), {**examples.METERS, **more})

    def points(text: str, **more: Any) -> Part:
        return _part("compute.conditions", text.encode(), {**examples.METERS, **more})

    def hall(text: str, **more: Any) -> Part:
        return _part("compute.racks", text.encode(), {**examples.HALL, **more})

    lines = examples.MONTHS.splitlines(keepends=True)
    bad = {
        "a year that lacks a month": months("".join(lines[:-1])),
        "meters of unknown class": months(examples.MONTHS, total_class=None),
        "a centre that is worse": months(examples.MONTHS.replace("2025-06,1", "2025-06,9")),
        "a table without a month": months(lines[0]),
        "bytes that are no table": months("no table at all\n"),
    }
    yield Law("compute.pue", "ratio", "<= 1.4", [months(examples.MONTHS)], bad, {"period": "12 months"})
    bad = {
        "four points": points("".join(examples.POINTS.splitlines(keepends=True)[:-1])),
        "meters of unknown class": points(examples.POINTS, it_class=None),
        "a centre that is worse": points(examples.POINTS.replace(",121,", ",521,")),
    }
    yield Law("compute.pue", "characteristic", "<= 1.4", [points(examples.POINTS)], bad)
    bad = {
        "racks that never reported": hall(examples.racks("AB"), available=8),
        "racks that idle": hall(examples.racks(watts=50)),
        "more racks than there are": hall(examples.racks("ABCDE")),
        "a day that was not recorded": hall(examples.racks(), period="2025-07-01/2025-07-01"),
    }
    idle = {"idle_power": "200 W"}
    yield Law("compute.utilisation", "time-share", ">= 70 %", [hall(examples.racks())], bad, {"by": "rack"}, idle)


def _frames() -> Iterator[Law]:
    def part(log: str) -> Part:
        return _part("immersive.frames", log.encode(), examples.FRAMES)

    good = [part(presentmon([13.0] * 200))]
    bad = {
        "a point that is slow": part(presentmon([40.0] * 200)),
        "frames without their time": part(presentmon([13.0] * 200).replace(",13.0000\n", ",NA\n")),
        "rows that were taken out": part("".join(presentmon([13.0] * 200).splitlines(keepends=True)[:50:3])),
    }
    yield Law("immersive.frame-time", "quantile", "<= 20 ms", good, bad, P99)
    yield Law("immersive.frame-time", "share-within", ">= 90 %", good, bad, {"rate": "72 Hz"})
    yield Law("immersive.stutter", "ratio", "<= 1 %", good, bad, {"periods": 2})
    head, row = "Time Stamp,average_frame_rate,average_prediction_milliseconds\n", "{0}000,72,{1}\n"
    quick, slow = (head + "".join(row.format(at, ms) for at in range(200)) for ms in (12, 45))
    bad = {"a point that is slow": part(slow), "a log without the delay": part(presentmon([13.0] * 200))}
    yield Law("immersive.motion-to-photon", "quantile", "<= 20 ms", [part(quick)], bad, {"q": "95 %"})


def _exchanges() -> Iterator[Law]:
    """Of carriers: each has to bring every record once and whole."""

    def part(transport: str, data: bytes) -> Part:
        return _part(f"health.{transport}", data, exchanges.SETTINGS[transport])

    def made(transport: str = "fhir", count: int = 70, **plan: Any) -> Part:
        return part(transport, exchanges.Exchanged(transport, count, **plan).data)

    good = [made(), made("hl7")]
    again = {"run": "100000000001"}
    bad = {
        "a carrier that loses a record": made("cda", lost=frozenset({3, 4, 5, 6, 7})),
        "a run without the receiver's list": made(**again, listed=False),
        "a list that is shorter than it says": made(**again, total=71),
        "somebody who is no test patient": made(**again, rows=[{"t": exchanges.START_NS, "foreign": 1}]),
        "bytes that are no session": part("cda", b"no session at all\n"),
    }
    yield Law("health.exchange", "lost-count", "<= 0 条", good, bad, declared=exchanges.SETTLE)
    yield Law("health.exchange", "share-whole", ">= 100 %", good, bad, declared=exchanges.SETTLE)
    slow = {**bad, "a carrier that is slow": made("cda", delay_ms=(1500,))}
    yield Law("health.delay", "quantile", "<= 1 s", good, slow, {"q": "95 %"}, exchanges.SETTLE)


def _points() -> Iterator[Law]:
    def part(**given: Any) -> Part:
        return lambda folder: examples.registered_points(folder, **given)

    bad = {
        "one photograph for two": part(count=4, defects=["same-photo"]),
        "one log for two": part(count=4, defects=["same-log"]),
        "a photograph without its moment": part(count=4, defects=["undated"]),
        "a photograph without its place": part(count=4, defects=["unplaced"]),
        "a point that never ran": part(count=4, defects=["idle"]),
        "sessions of another point": part(count=4, defects=["copied"]),
    }
    yield Law("immersive.points", "count", ">= 5 个", [part(count=5)], bad, {"operated": "40 h"}, instead=True)


def _visits() -> Iterator[Law]:
    def part(rows: Sequence[Mapping[str, Any]], kind: str = "xr") -> Part:
        return _part("immersive.visits", visited.trace(rows, kind), examples.VISITED)

    five, four = visited.rounds(), visited.rounds(points=4)
    black = {**visited.EYE, "mean": 0.0, "deviation": 0.0}
    dead = {"left": visited.HAND, "right": {"handled": 0, "errors": 0, "changed": 0.0}}
    copied = visited.visit("P5", 9)
    copied["requests"] = [
        {**each, "sha256": own["sha256"]}
        for each, own in zip(copied["requests"], visited.visit("P1")["requests"], strict=True)
    ]
    bad = {
        "a fifth that is black": part([*four, visited.visit("P5", 9, xr=visited.session(eyes=[black, black]))]),
        "a fifth with a dead hand": part([*four, visited.visit("P5", 9, xr=visited.session(hands=dead))]),
        "a fifth that answers 503": part([*four, visited.visit("P5", 9, status=503)]),
        "a fifth that failed once": part([*five, visited.visit("P5", 99, refused="net::ERR_CONNECTION_RESET")]),
        "the first under another address": part([*four, copied]),
        "a fifth whose line is damaged": part([*four, visited.visit("P5", 9, paint_ms="soon")]),
    }
    yield Law("immersive.live", "count", ">= 5 个", [part(five)], bad, instead=True)
    bad = {
        "a point that is slow": part(visited.rounds(1, 20, long_tasks=[[160.0, 900.0]]), "web"),
        "a point that never rests": part(visited.rounds(1, 20, watched_ms=900.0), "web"),
        "a point that could not be opened": part(visited.rounds(1, 20, refused="net::ERR_FAILED"), "web"),
    }
    once = {"q": "95 %", "quiet": "5 s"}
    yield Law(
        "immersive.interactive", "quantile", "<= 500 ms", [part(visited.rounds(1, 20), "web")], bad, once, instead=True
    )


def _plants() -> Iterator[Law]:
    """Of assets: those of a register are its parts, so further registers and sources stand beside the good ones."""

    def part(kind: str, data: bytes, **more: Any) -> Part:
        return _part(f"plant.{kind}", data, {"file": f"{kind}.csv", **more})

    def broker(data: bytes) -> Part:
        return _part("plant.mqtt", data, examples.BROKER)

    register, silent = part("assets", plants.register(8)), part("assets", plants.register(8, first=9))
    unread = {"bytes that are no register": part("assets", b"no register at all\n"), "assets that do nothing": silent}
    heard = unread | {
        "a session that heard nothing": broker(plants.messages(0)),
        "bytes that are no session": broker(b"no session at all\n"),
    }
    good = [register, broker(plants.messages(8))]
    yield Law("plant.networked", "share", ">= 85 %", good, heard)
    more = heard | {"messages that the broker kept": broker(plants.messages(1, first=9, retained=True))}
    yield Law("plant.devices", "distinct", ">= 8 台套", good, more, raised=">= 9 台套")
    yield Law("plant.terminals", "count", ">= 8 个", good, more, raised=">= 9 个")
    shown = [register, part("markers", plants.markers(8)), part("screen", plants.screen(8))]
    cameras = {"a black camera": _part("plant.camera", plants.pictures("A1", mean=2.0), plants.CAMERAS)}
    yield Law("plant.visualised", "share", ">= 95 %", shown, unread | cameras)
    drill = [register, part("events", plants.events(8)), part("alarms", plants.alarms(8))]
    missed = {"an event that nobody noticed": part("events", plants.events(1, first=3, at_s=9_000))}
    yield Law("plant.alarm", "share", ">= 90 %", drill, unread | missed)


LAWS = [
    *_packets(),
    *_loops(),
    *_counters(),
    *_nodes(),
    *_modems(),
    *_receivers(),
    *_clocks(),
    *_registers(),
    *_tables(),
    *_kinds_of_rows(),
    *_lists(),
    *_models(),
    *_plants(),
    *_frames(),
    *_exchanges(),
    *_points(),
    *_visits(),
    *_chains(),
    *_services(),
    *_terminals(),
    *_centres(),
]


ELSEWHERE = {
    ("service.resolvable", "share"): "tests/probes/register/measurands/test_node.py",
    ("gnss.horizontal", "iso17123"): "tests/probes/gnss/measurands/test_iso17123.py",
    ("gnss.vertical", "iso17123"): "tests/probes/gnss/measurands/test_iso17123.py",
    ("gnss.refix", "quantile"): "tests/probes/gnss/measurands/test_several_receivers.py",
}
"""Statistics whose evidence is made where they are tested: whole field tests, receivers that lose their fix again and again."""
