# SPDX-License-Identifier: Apache-2.0
"""Attested indicators: in how many of the named industries an accepted statement says the technology is used."""

from datetime import date
from fractions import Fraction
from functools import reduce
from hashlib import sha256
from pathlib import Path

import pytest

from harness import installed
from harness.model import Outcome, Reading, Rule, Text
from harness.plugins import Ask, Asked, Input, Request, Trace
from harness.quantity import Limit
from harness.spec.profile import Organisation, Project
from probes.register.digests.audit import Audit
from probes.register.instruments.organisations import PROBE

CODES = ("914201137929081048", "91420102MA42HRWN44")
READING = Reading(
    "industries",
    Text("行业", "industries"),
    "register.attested",
    "count",
    {"of": ["水利", "农业", "电力"]},
    default=True,
)


def judged(folder: Path, rows: list[tuple[str, str]], applicant: str = "") -> Outcome:
    statement = folder / "statement.txt"
    statement.write_text("应用证明：单位0、单位1的农业、水利、旅游应用。", encoding="utf-8")
    digest = sha256(statement.read_bytes()).hexdigest()
    lines = ["应用单位,统一社会信用代码,应用行业,证明文件,SHA256"]
    lines += [f"单位{index},{code},{industry},statement.txt,{digest}" for index, (code, industry) in enumerate(rows)]
    register = folder / "industries.csv"
    register.write_text("\n".join(lines), encoding="utf-8")
    limit = Limit.parse(">= 1 个")
    organisation = Organisation("申报单位", applicant or "91110108551385082Q")
    project = Project("项目", organisation, (), date(2023, 1, 1), date(2024, 1, 1), "武汉")
    settings = PROBE.settings.parse({"register": "industries.csv"})
    digests = {"statement.txt": digest}
    trace = Trace("s08.domain", "r", PROBE.name, 1, (register,), settings, {"statement.txt": statement}, digests)
    asked = Asked((), settings, project, digests)
    risk = Fraction(1, 20)
    request = Request("s08.domain", READING, limit, Rule.GUARDED, risk, risk)
    measurand = installed.measurand("register.attested")
    inputs = [
        Input(
            PROBE.name, "r", reduce(Audit.merge, [PROBE.summarise(each, asked) for each in PROBE.chunks(trace)]), trace
        )
    ]
    view = installed.resolve(measurand.view)(inputs, Ask("s08.domain", (READING,), (limit,)))
    return installed.resolve(measurand.statistics["count"])(view, request)


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        ([(CODES[0], "农业")], 1),
        ([(CODES[0], "智慧农业"), (CODES[1], "水利")], 2),
        ([(CODES[0], "农业"), (CODES[1], "农业")], 1),
        ([(CODES[0], "旅游")], 0),
        ([("914201137929081049", "农业")], 0),
    ],
)
def test_each_named_industry_counts_once_and_only_by_an_accepted_statement(tmp_path: Path, rows, count: int) -> None:
    estimate = judged(tmp_path, rows).estimate
    assert (estimate.value, estimate.lower, estimate.upper) == (count, count, count)


def test_the_applicant_cannot_attest_for_itself(tmp_path: Path) -> None:
    assert judged(tmp_path, [(CODES[0], "农业")], applicant=CODES[0]).estimate.value == 0
