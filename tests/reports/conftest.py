# SPDX-License-Identifier: Apache-2.0
"""A bundle with every verdict, every kind of figure and a simulated source, in the shape the engine writes."""

import itertools
import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from harness import results
from harness.decide import decide, scenario_verdict
from harness.evidence.bundle import Bundle
from harness.evidence.canonical import canonical_bytes
from harness.evidence.journal import Journal, read_journal
from harness.model import BudgetItem, Estimate, Figure, Judgement, Outcome, Reason, Text, Verdict
from harness.records import record_of
from harness.spec import parse_profile, parse_scenario

ROOT = Path(__file__).resolve().parents[2]
PROFILE = """\
schema: yanshou.profile/1
scenario: {scenario}
project:
  name: {name}
  applicant: {{name: 示例企业01（洪山区）有限公司, uscc: 9142011177893287XL}}
  members:
    - {{name: 示例企业02（江岸区）有限公司, uscc: 91420102MA42HRWN44}}
  period: {{start: 2023-05-18, end: 2024-05-18}}
  site: 武汉市洪山区示例路 1 号 1 号车间
test:
  kind: {kind}
  organisation: 示例企业01（洪山区）有限公司
  operator: 张三
  environment: {{网络: 5G SA 专网 n78, 温度: 23 °C, 负载: [空载, 70 %]}}
"""
CERTAIN = Fraction(95, 100)
MILLISECOND = 10.0**-3


def estimate(value, unit, lower, upper, n=1000, method="order-statistic", **more):
    return Estimate(
        value, unit, n, more.pop("n_eff", float(n)), lower, upper, more.pop("confidence", CERTAIN), method, **more
    )


def reason(code, zh, en):
    return Reason(code, Text(zh, en))


def latency():
    values = np.sort(np.random.default_rng(7).lognormal(math.log(0.9), 0.22, 600)) * MILLISECOND
    shares = (np.arange(600) + 1) / 600 * 0.9995
    xs, ys = values.tolist(), shares.tolist()
    ecdf = Figure("ecdf", Text("往返时延", "Round-trip time"), "s", {"x": xs, "p": ys})
    time = np.linspace(0, 1800, 300)
    wave = (0.9 + 0.2 * np.sin(time / 200)) * MILLISECOND
    lines = [
        {
            "title": {"zh": "中位数", "en": "median"},
            "y": [None if 100 < i < 110 else y for i, y in enumerate(wave.tolist())],
        },
        {"title": {"zh": "第 99 百分位", "en": "99th percentile"}, "y": (wave * 1.6).tolist()},
    ]
    series = Figure("series", Text("时延随时间的变化", "Latency over time"), "s", {"x": time.tolist(), "lines": lines})
    budget = (BudgetItem("sampling", "A", 12.4e-6, "s"), BudgetItem("clock resolution", "bound", 1e-7, "s"))
    found = estimate(1.4937e-3, "s", 1.4612e-3, 1.5381e-3, 180_000, n_eff=41_233.5, allowance=1e-6, budget=budget)
    return Outcome(
        found,
        figures=(ecdf, series),
        remarks=(reason("network.lost", "丢失的报文按超限计。", "Lost packets count as over the limit."),),
    )


def nodes():
    found = estimate(49, "台套", 49, 49, 51, "census", confidence=Fraction(1))
    listing = {
        "silent": [{"asset": "T-017", "address": "10.0.0.17"}],
        "duplicates": [{"asset": "T-023", "address": "10.0.0.23", "imei": "490154203237518"}],
    }
    bars = Figure(
        "bars",
        Text("各车间的终端数", "Terminals by workshop"),
        "台套",
        {"labels": [{"zh": "一车间", "en": "Workshop 1"}, "B"], "values": [30, 19]},
    )
    return Outcome(found, listing=listing, figures=(bars,))


def dropout():
    found = estimate(Fraction(3, 5000), "1", 2.1e-4, 1.31e-3, 5000, "clopper-pearson")
    return Outcome(found, need={"sessions": 31_000, "minutes": 95.5})


def demos():
    row = {
        "register": "demos.csv",
        "row": 6,
        "name": "<script>alert('6')</script>",
        "uscc": "91320205MA2JL62M41",
        "wuhan": False,
    }
    why = [{"code": "register.code-check", "zh": "校验码不符。", "en": "The check character is wrong."}]
    rows = [[6, "AGV 调度", {"zh": "校验码不符。", "en": "The check character is wrong."}]]
    heads = [{"zh": "行", "en": "Row"}, {"zh": "名称", "en": "Name"}, {"zh": "理由", "en": "Reason"}]
    good = [
        {
            "register": "demos.csv",
            "row": n,
            "name": f"5G 应用 {n}",
            "documents": [{"name": f"{n}.pdf", "sha256": "ab" * 32}],
        }
        for n in range(1, 6)
    ]
    table = Figure("table", Text("未计入的行", "Rows that do not count"), "", {"columns": heads, "rows": rows})
    found = estimate(5, "个", 5, 5, 6, "census", confidence=Fraction(1))
    return Outcome(found, figures=(table,), listing={"accepted": good, "rejected": [row | {"reasons": why}]})


def ipv6():
    return Outcome(
        None,
        invalid=(
            reason("network.no-ipv6", "测试机没有 IPv6 地址，无法探测。", "The test machine has no IPv6 address."),
        ),
    )


def scatter():
    points = np.random.default_rng(3).normal(0, 0.004, (2, 500)) + 0.002
    data = {"x": points[0].tolist(), "y": points[1].tolist()}
    found = estimate(0.0064, "m", 0.0059, 0.0071, 6000, "rms-autocorrelated", n_eff=412.3, allowance=0.002)
    return Outcome(found, figures=(Figure("scatter", Text("水平误差", "Horizontal error"), "m", data),))


OUTCOMES = {
    "s01": {"s01.latency": latency, "s01.nodes": nodes, "s01.dropout": dropout, "s01.demos": demos, "s01.ipv6": ipv6},
    "s08": {"s08.dynamic.h": scatter},
}
FILES = {"s01": "tests/golden/report_scenario.yaml", "s08": "scenarios/08_beidou.yaml"}
"""S01 is a frozen copy: the golden view must not follow every better word in the scenario."""


def judged(indicator, profile, made):
    criterion = profile.criterion(indicator.id)
    if made is None:
        absent = Judgement(
            Verdict.NOT_TESTED,
            (
                reason(
                    "evaluate.no-source",
                    "测试方案没有为该指标指定数据来源。",
                    "The profile binds no source to this indicator.",
                ),
            ),
        )
        return results.Judged(indicator, criterion, None, absent, (), ())
    outcome = results.rounded(made())
    others = [each for each in profile.criteria(indicator.id) if each.reading.name != criterion.reading.name][:2]
    return results.Judged(
        indicator,
        criterion,
        outcome,
        decide(outcome, criterion),
        tuple((each, outcome, decide(outcome, each)) for each in others),
        (
            {"path": f"data/traces/{indicator.id}/stamp/0001.pcapng", "sha256": "3f" * 32, "bytes": 7_340_032},
            {"path": f"data/documents/{indicator.id}/合同/HT-001.pdf", "sha256": "c0" * 32, "bytes": 912},
        ),
    )


def build(root, scenario="s01", name="5G 全连接工厂示范项目", kind="self-check", simulated=True):
    """A bundle as the engine leaves it before sealing, with a journal of fixed times."""
    bundle = Bundle.create(root / "fixture.bundle")
    content = (ROOT / FILES[scenario]).read_bytes()
    bundle.scenario_path.write_bytes(content)
    bundle.profile_path.write_text(
        PROFILE.format(scenario=scenario, name=json.dumps(name, ensure_ascii=False), kind=kind), "utf-8"
    )
    ticks = itertools.count(1_700_000_000_000_000_000, 61_000_000_000)
    with Journal.open(bundle.journal_path, clock=lambda: (next(ticks), 0)) as journal:
        journal.append("campaign_started", {})
        journal.append("attempt_started", {"attempt": 1, "planned": 1, "clock": {"synchronised": True}})
        owner = {
            "indicator": f"{scenario}.latency" if scenario == "s01" else "s08.dynamic.h",
            "source": "stamp",
            "attempt": 1,
        }
        journal.append("source_started", {**owner, "probe": "x", "config": {}, "simulated": simulated})
        journal.append("torn_tail", {**owner, "path": "x", "dropped": 17})
        journal.append("source_ended", {**owner, "reason": "done", "problem": ""})
        journal.append("attempt_ended", {"attempt": 1})
    profile = parse_profile(bundle.profile_path.read_bytes(), "profile.yaml", parse_scenario(content, "scenario.yaml"))
    found = [judged(each, profile, OUTCOMES[scenario].get(each.id)) for each in profile.scenario.indicators]
    verdict = scenario_verdict([each.judgement for each in found if each.indicator.mandatory])
    record = record_of(bundle, read_journal(bundle.journal_path))
    document = results.document("YS-0123456789AB", profile, record, verdict, found)
    bundle.results_path.write_bytes(canonical_bytes(document))
    bundle.figures_path.write_bytes(canonical_bytes(results.figures(found)))
    return bundle.root


@pytest.fixture(scope="session")
def factory(tmp_path_factory):
    """The S01 bundle: every verdict, a simulated source."""
    return build(tmp_path_factory.mktemp("s01"))


@pytest.fixture(scope="session")
def beidou(tmp_path_factory):
    """The S08 bundle: a scatter of horizontal errors."""
    return build(tmp_path_factory.mktemp("s08"), "s08", simulated=False)


@pytest.fixture
def make_bundle(tmp_path):
    """Builds a bundle with other settings."""
    return lambda **settings: build(tmp_path, **settings)
