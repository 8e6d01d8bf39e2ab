# SPDX-License-Identifier: Apache-2.0
"""Known-truth cases of registers: worked check characters, one written register with planted defects, clusters of near-copies."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from harness.kit.copies import copies, outline
from harness.kit.validation import Case
from probes.register.traces import rights, uscc, vin

_DEFECTS = ("check", "organisation", "absent", "changed", "date", "duplicate", "other-contract", "scan", "mangled")


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
