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
    yield Case("register", "constructed", register, {"accepted": 6, "accepted_wuhan": 2, "clusters": 6, "undecided": 1})


def _clusters() -> list[int]:
    names = ("质检应用 1", "质检应用 2", "能耗优化", "排产调度")
    found = copies([[("outline", outline(each))] for each in names])
    return [found.exact, found.clustered]


def _register(defects: tuple[str, ...]) -> dict[str, Any]:
    from probes.register.analyse import analyse_register
    from probes.register.simulators.registers import RegisterSettings, write

    with TemporaryDirectory(prefix="yanshou-validation-") as name:
        write(RegisterSettings.parse({"count": 6, "wuhan": 2, "defects": defects, "seed": 7}), Path(name))
        (found,) = analyse_register([f"{name}/organisations.csv"], period="2023-05-04:2024-05-03")["files"]
    return {key: found[key] for key in ("accepted", "accepted_wuhan", "clusters", "undecided")}
