# SPDX-License-Identifier: Apache-2.0
"""Of rows, lists and models of buildings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from harness.plugins import Trace
from tests.conformance.examples import bim as bim_examples
from tests.conformance.examples import register as register_examples
from tests.conformance.examples import traced
from tests.conformance.laws.law import OWNER, Law, Part, recorded

STATEMENT = "应用证明：单位1、单位2、应用甲、应用乙、1M8GDM9AXKP042788、LVGBPB9E0LG000001、芯片 X9、双开门、单开门，农业与水利。".encode()


def _register(number: int, code: str, industry: str, *, digest: str = "") -> Part:
    """A register of one row and the statement it names."""

    def made(folder: Path) -> Trace:
        (folder / "statement.txt").write_bytes(STATEMENT)
        known = sha256(STATEMENT).hexdigest()
        head = "企业名称,统一社会信用代码,注册地址,合同签订日期,应用行业,证明文件,SHA256"
        row = f"单位{number},{code},湖北省武汉市某路,2023-09-04,{industry},statement.txt,{digest or known}"
        settings = {"register": "register.csv"}
        trace = traced("register.organisations", folder, f"{head}\n{row}\n".encode(), settings, folder.name)
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
        trace = traced("register.organisations", folder, data, {"register": "register.csv"}, folder.name)
        return replace(trace, documents={name: folder / name}, digests={name: known})

    return made


def kinds_of_rows() -> Iterator[Law]:
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
        trace = traced("register.organisations", folder, data.encode(), settings, folder.name)
        return replace(trace, documents={name: folder / name for name in names}, digests=digests)

    return made


def lists() -> Iterator[Law]:
    """Shares of a list that an export shows, and a node's numbers: what is not shown stands in the good one's place."""

    def listed(members: bytes, export: bytes) -> Part:
        tables = {"0001.csv": members, "0002.csv": export}
        settings = {"register": "members.csv", "exports": "export.csv"}
        return lambda folder: traced("register.population", folder, tables, settings, folder.name)

    good = [listed(register_examples.population(4), register_examples.records(4))]
    bad = {
        "a member without a record": listed(register_examples.population(9), register_examples.records(4)),
        "a list that says no": listed(register_examples.population(4, "否"), register_examples.records(4)),
        "a word that nobody knows": listed(register_examples.population(4, "基本"), register_examples.records(4)),
        "an export that is none": listed(register_examples.population(4), b"no table at all\n"),
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

    rows = register_examples.population(4), register_examples.records(4)
    short = {
        "a member without a record": weighed(register_examples.population(9), rows[1]),
        "a list that says no": weighed(register_examples.population(4, "否"), rows[1]),
        "a word that nobody knows": weighed(register_examples.population(4, "基本"), rows[1]),
        "a company of two outputs": good[0],
        "an export that is none": listed(rows[0], b"no table at all\n"),
    }
    yield Law("register.coverage", "output-share", ">= 90 %", [weighed(*rows)], short, instead=True)

    def node(data: bytes) -> Part:
        return _beside(
            "register.registrations", data, {"identifiers.txt": "".join(f"{n}\n" for n in range(800)).encode()}
        )

    unlisted = recorded("register.registrations", register_examples.prefixes(1), {"file": "node.csv"})
    bad = {
        "totals without the list": unlisted,
        "a prefix that is none": node(register_examples.prefixes(1, "甲.{}")),
        "less at the end": node(register_examples.prefixes(1, last="50")),
    }
    yield Law("register.identifiers", "distinct", ">= 800 个", [node(register_examples.prefixes(1))], bad, instead=True)
    days = {
        "too few days": recorded("register.resolutions-log", register_examples.resolutions(20), {"file": "days.csv"}),
        "days that count less": recorded(
            "register.resolutions-log", register_examples.resolutions(31, count=100), {"file": "days.csv"}
        ),
        "bytes that are no table": recorded("register.resolutions-log", b"no table at all\n", {"file": "days.csv"}),
    }
    month = [recorded("register.resolutions-log", register_examples.resolutions(31), {"file": "days.csv"})]
    yield Law("register.resolutions", "mean", ">= 60 万/d", month, days, instead=True)


def _beside(probe: str, data: bytes, documents: Mapping[str, bytes]) -> Part:
    def made(folder: Path) -> Trace:
        for name, content in documents.items():
            (folder / name).write_bytes(content)
        trace = traced(probe, folder, data, {"file": "node.csv"}, folder.name)
        return replace(trace, documents={name: folder / name for name in documents})

    return made


def models() -> Iterator[Law]:
    """Of a model with three types: a copy of it, or one that is cut, proves no fourth."""
    good = [recorded("bim.model", bim_examples.ifc(3), {"files": "a.ifc"})]
    bad = {
        "the same file again": recorded("bim.model", bim_examples.ifc(3), {"files": "a.ifc"}),
        "a copy with other identities": recorded("bim.model", bim_examples.ifc(3, first=500), {"files": "a.ifc"}),
        "a model cut in the middle": recorded("bim.model", bim_examples.ifc(9)[:-200], {"files": "a.ifc"}),
    }
    yield Law("bim.components", "distinct", ">= 3 件", good, bad, raised=">= 4 件")


def registers() -> Iterator[Law]:
    good = [_register(1, "914201137929081048", "农业")]
    bad = {
        "the same organisation again": _register(1, "914201137929081048", "农业"),
        "a code that is none": _register(2, "91420102MA42HRWN45", "水利"),
        "a document that was changed": _register(2, "91420102MA42HRWN44", "水利", digest="0" * 64),
    }
    yield Law("register.accepted", "count", ">= 1 个", good, bad, raised=">= 2 个")
    of = {"of": ["农业", "水利"]}
    yield Law("register.attested", "count", ">= 1 个", good, bad, of, raised=">= 2 个")
