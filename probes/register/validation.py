# SPDX-License-Identifier: Apache-2.0
"""Known-truth cases of registers: worked check characters, one written register with planted defects, clusters of near-copies."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from harness.kit.copies import copies, outline
from harness.kit.validation import Case
from harness.kit.validation.readings import Evidence, case
from probes.register.traces import rights, uscc, vin

_DEFECTS = ("check", "organisation", "absent", "changed", "date", "duplicate", "other-contract", "scan", "mangled")

_LISTS: tuple[tuple[str, str, tuple[tuple[str, str], ...], int], ...] = (
    # reading, columns, (row, what its document says), how many count
    ("s09.sm.privacy/accepted-mechanisms", "应用名称", (
        ("通道隔离", "通道隔离"), ("字段加密", "字段加密"), ("通道隔离", "通道隔离"), ("零知识证明", "访问控制"),
    ), 2),  # one is there twice, one is named by no document
    ("s05.algorithms/distinct-by-both", "算法名称,接口", (
        ("应用甲,http://a", "应用甲"), ("应用乙,http://b", "应用乙"), ("应用甲,http://c", "应用甲，再版"), ("应用丙,", "应用丙"),
    ), 2),  # one is there twice, one cannot be called
    ("s07.terminals/accepted-terminals", "VIN,自动驾驶等级,芯片型号", (
        ("1M8GDM9AXKP042788,L3,X9", "1M8GDM9AXKP042788 芯片 X9"), ("1m8gdm9axkp042788,L4,X9", "1M8GDM9AXKP042788 芯片 X9，再版"),
        ("LVGBPB9E0LG000001,L3,X9", "LVGBPB9E0LG000001 芯片 X9"),
    ), 1),  # one is there twice, one has a wrong check digit
    ("s07.demos.cover/set-cover", "应用名称,覆盖条件", (
        ("应用甲,隧道", "应用甲"), ("应用乙,特殊天气", "应用乙"), ("应用丙,隧道", "应用丙"), ("应用丁,非常规交通参与者", "无关"),
    ), 2),  # a condition twice, one whose document is another's
    ("s03.components.ip/owned-components", "构件类型,统一社会信用代码,专利号", (
        ("双开门,91420102MA42HRWN44,201710601862.3", "双开门"), ("双 开门,91420102MA42HRWN44,201710601862.3", "双开门，再版"),
        ("单开门,91420102MA42HRWN44,201710601862.4", "单开门"), ("推拉门,914201137929081048,201710601862.3", "推拉门"),
    ), 1),  # one is there twice, a patent that is none, an owner that is somebody else
)  # fmt: skip


def cases() -> Iterator[Case]:
    """Codes by their own rules, and a register whose right answer is known because it was made so."""
    yield Case(
        "uscc-worked", "GB 11714, 55138508-2 in 91110108551385082Q", partial(uscc.defects, "91110108551385082Q"), ()
    )
    yield Case("uscc-wrong", "constructed", partial(uscc.defects, "91110108551385082R"), ("check",))
    yield Case("uscc-mangled", "constructed", partial(uscc.defects, "9.1110108551385E+17"), ("mangled",))
    yield Case("patent", "ZC 0006-2003, 201710601862.3", partial(rights.problem, "201710601862.3"), "")
    yield Case("patent-wrong", "constructed", partial(rights.problem, "201710601862.4"), "check")
    yield Case("vin", "49 CFR 565, 1M8GDM9AXKP042788", partial(vin.defects, "1M8GDM9AXKP042788"), ())
    yield Case("vin-wrong", "constructed", partial(vin.defects, "1M8GDM9A1KP042788"), ("check",))
    yield Case("clusters", "constructed", _clusters, [4, 3])
    register = partial(_register, _DEFECTS)
    yield Case("prefixes", "constructed: Handle 88.x.y, OID 1.2.156", _prefixes, [True, False, False, True])
    yield Case("resolutions", "constructed", _days, [[40, True], [600, False], [0, False]])
    yield Case("list", "constructed", _listed, [["K-1", True], ["K-2", False], ["K-3", None]])
    yield Case("register", "constructed", register, {"accepted": 6, "accepted_wuhan": 2, "clusters": 6, "undecided": 1})
    told = {"value": 6, "lower": 6, "upper": 7, "open": []}  # whether the scan says what its row says is open
    yield case("s09.entities/accepted-rows", "entities", "constructed", _entities, told)
    for reading, head, rows, count in _LISTS:
        told = {"value": count, "lower": count, "upper": count, "open": []}
        yield case(reading, reading.partition("/")[0], "constructed", partial(_stated, head, rows), told)
    told = {"value": 0.75, "lower": 0.75, "upper": 0.75, "open": []}  # of four members of the list the export has three
    yield case("s03.quality/coverage", "coverage", "constructed", _exported, told)


def _clusters() -> list[int]:
    names = ("质检应用 1", "质检应用 2", "能耗优化", "排产调度")
    found = copies([[("outline", outline(each))] for each in names])
    return [found.exact, found.clustered]


def _prefixes() -> list[bool]:
    from harness.kit.tables import read
    from probes.register.traces import node

    names = ("1.2.156.99", "86", "88.100a.1", "88.100.1")
    rows = "\n".join(f"{each},0,5" for each in names)
    found = node.prefixes(read(f"前缀,期初注册量,期末注册量\n{rows}\n".encode(), node.PREFIXES, name="n.csv"))
    known = {each.prefix: each.well_formed for each in found}
    return [known[each] for each in names]


def _days() -> list[list[Any]]:
    from harness.kit.tables import read
    from probes.register.traces import node

    text = "日期,解析量,来源\n2023-09-01,600,企业\n2023-09-01,40,自检\n2023-09-02,0,企业\n"
    return [[each.count, each.own] for each in node.days(read(text.encode(), node.DAYS, name="d.csv"))]


def _listed() -> list[list[Any]]:
    from harness.kit.tables import read
    from probes.register.traces import populations

    text = "构件编号,构件名称,是否监测\nK-1,梁,是\nK-2,柱,否\nK-3,板,待定\n合计,3,\n"
    found = read(text.encode(), populations.columns({}), name="l.csv")
    return [[each.id, each.status] for each in populations.items(found)]


def _register(defects: tuple[str, ...]) -> dict[str, Any]:
    from probes.register.analyse import analyse_register
    from probes.register.simulators.registers import RegisterSettings, write

    with TemporaryDirectory(prefix="yanshou-validation-") as name:
        write(RegisterSettings.parse({"count": 6, "wuhan": 2, "defects": defects, "seed": 7}), Path(name))
        (found,) = analyse_register([f"{name}/organisations.csv"], period="2023-05-04:2024-05-03")["files"]
    return {key: found[key] for key in ("accepted", "accepted_wuhan", "clusters", "undecided")}


def _entities(folder: Path) -> Evidence:
    """The written register with its documents, as it is recorded."""
    from probes.register.simulators.registers import RegisterSettings, write

    write(RegisterSettings.parse({"count": 6, "wuhan": 2, "defects": _DEFECTS, "seed": 7}), folder)
    return _recorded(folder / "organisations.csv", folder)


def _stated(head: str, rows: tuple[tuple[str, str], ...], folder: Path) -> Evidence:
    """Rows with a document each."""
    text = f"{head},日期,证明文件,SHA256\n"
    for at, (row, told) in enumerate(rows, 1):
        paper = folder / f"proof{at}.txt"
        paper.write_text(f"第 {at} 份证明：{told}。", "utf-8")
        text += f"{row},2023-06-11,{paper.name},{sha256(paper.read_bytes()).hexdigest()}\n"
    (folder / "rows.csv").write_text(text, "utf-8")
    return _recorded(folder / "rows.csv", folder)


def _exported(folder: Path) -> Evidence:
    """A list of four, each said to be monitored, and the export of a system that saw three of them."""
    del folder
    members = "".join(f"K-{each},构件 {each},示例企业,是,100\n" for each in range(4))
    seen = "".join(f"K-{each},2023-09-04,100\n" for each in range(3))
    tables = {
        "0001.csv": f"构件编号,构件名称,所属企业,是否监测,字节数\n{members}".encode(),
        "0002.csv": f"构件编号,监测时间,字节数\n{seen}".encode(),
    }
    return Evidence("register.population", tables, {"register": "members.csv", "exports": "export.csv"})


def _recorded(register: Path, folder: Path) -> Evidence:
    """A register and everything that lies beside it, for a project of the year from May 2023 on."""
    from datetime import date

    from harness.spec.profile import Organisation, Project

    documents = {
        str(each.relative_to(folder)): each for each in sorted(folder.rglob("*")) if each.is_file() and each != register
    }
    digests = {name: sha256(each.read_bytes()).hexdigest() for name, each in documents.items()}
    applicant = Organisation("示例企业02（江岸区）有限公司", "91420102MA42HRWN44")
    project = Project("项目", applicant, (), date(2023, 5, 4), date(2024, 5, 3), "武汉")
    settings = {"register": register.name}
    return Evidence("register.organisations", register.read_bytes(), settings, documents, digests, project)
