# SPDX-License-Identifier: Apache-2.0
"""A bundle with every verdict, every kind of figure and a simulated source, in the shape the engine writes."""

import json
import math
from fractions import Fraction
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from harness import results
from harness.agreed.holding import Holding
from harness.decide import decide, scenario_verdict
from harness.evidence.bundle import Bundle
from harness.evidence.canonical import canonical_bytes
from harness.evidence.journal import Journal, read_journal
from harness.kit.figures import Bars, Ecdf, Line, Scatter, Series, Table
from harness.kit.listings import Column, Listing, facts
from harness.kit.pictured.matrix import Matrix
from harness.kit.pictured.strip import Strip
from harness.model import BudgetItem, Estimate, Judgement, Need, Outcome, Reason, Text, Variant, Verdict
from harness.plugins import Shown
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


METHODS = {
    "order-statistic": Text("次序统计量", "order statistics"),
    "census": Text("逐项清点", "census"),
    "clopper-pearson": Text("Clopper-Pearson 界", "Clopper-Pearson bounds"),
    "rms": Text("自相关的均方根", "RMS of autocorrelated epochs"),
}


def estimate(value, unit, lower, upper, n=1000, method="order-statistic", **more):
    confidence, n_eff = more.pop("confidence", CERTAIN), more.pop("n_eff", float(n))
    return Estimate(value, unit, n, n_eff, lower, upper, confidence, METHODS[method], **more)


def reason(code, zh, en, **said):
    return Reason(code, Text(zh, en), said)


def latency():
    values = np.sort(np.random.default_rng(7).lognormal(math.log(0.9), 0.22, 600)) * MILLISECOND
    ecdf = Ecdf(Text("往返时延", "Round-trip time"), "s", values, (np.arange(600) + 1) / 600 * 0.9995)
    time = np.linspace(0, 1800, 300)
    wave = (0.9 + 0.2 * np.sin(time / 200)) * MILLISECOND
    middle = [None if 100 < i < 110 else y for i, y in enumerate(wave)]
    lines = [
        Line(Text("中位数", "median"), middle),
        Line(Text("第 99 百分位", "99th percentile"), wave * 1.6),
    ]
    series = Series(Text("时延随时间的变化", "Latency over time"), "s", time, lines)
    budget = (
        BudgetItem(Text("抽样", "sampling"), "A", 12.4e-6, "s"),
        BudgetItem(Text("时钟分辨率", "clock resolution"), "bound", 1e-7, "s"),
    )
    found = estimate(1.4937e-3, "s", 1.4612e-3, 1.5381e-3, 180_000, n_eff=41_233.5, allowance=1e-6, budget=budget)
    quicker = estimate(1.4102e-3, "s", 1.3911e-3, 1.4288e-3, 179_000, n_eff=41_000.0, allowance=1e-6)
    variants = {
        "without-stalled": Variant(Text("不计本机停顿时的报文", "without packets while the host stalled"), quicker)
    }
    lost = reason("network.lost", "2 个丢失的报文按超限计。", "2 lost packets count as over the limit.", count=2)
    return Outcome(found, remarks=(lost,), variants=variants), Shown((ecdf, series))


def nodes():
    columns = [
        Column("asset", Text("资产编号", "Asset")),
        Column("address", Text("地址", "Address")),
        Column("imei", Text("IMEI", "IMEI")),
        Column("silent", Text("静默", "Silent"), "s"),
    ]
    lists = (
        Listing(
            "silent", Text("无应答", "Silent"), columns, [{"asset": "T-017", "address": "10.0.0.17", "silent": 31.5}]
        ),
        Listing("duplicates", Text("重复", "Duplicates"), columns, [("T-023", "10.0.0.23", "490154203237518", None)]),
        Listing("unknown", Text("未登记", "Not registered"), columns, []),
        facts(
            "window",
            Text("时间窗", "Window"),
            [(Text("终端数", "Terminals"), 51), (Text("已同步", "Synchronised"), True)],
        ),
    )
    found = estimate(49, "台套", 49, 49, 51, "census", confidence=Fraction(1))
    title = Text("各车间的终端数", "Terminals by workshop")
    return Outcome(found), Shown((Bars(title, "台套", [Text("一车间", "Workshop 1"), "B"], [30, 19]),), lists)


def dropout():
    found = estimate(Fraction(3, 5000), "1", 2.1e-4, 1.31e-3, 5000, "clopper-pearson")
    need = Need(Text("还需约 26 000 次会话。", "About 26 000 more sessions."), "pass", "trials", 31_000, 9_000, 5730.0)
    return Outcome(found, need=need), Shown()


def demos():
    columns = [
        Column("row", Text("行", "Row")),
        Column("name", Text("名称", "Name")),
        Column("uscc", Text("统一社会信用代码", "Social credit code")),
        Column("wuhan", Text("武汉", "Wuhan")),
        Column("documents", Text("证明文件", "Documents")),
        Column("reasons", Text("理由", "Reasons")),
    ]
    why = Text("校验码不符。", "The check character is wrong.")
    bad = {
        "row": 6,
        "name": "<script>alert('6')</script>",
        "uscc": "91320205MA2JL62M41",
        "wuhan": False,
        "reasons": [why],
    }
    good = [{"row": n, "name": f"5G 应用 {n}", "documents": [f"{n}.pdf"]} for n in range(1, 6)]
    heads = [Text("行", "Row"), Text("名称", "Name"), Text("理由", "Reason")]
    table = Table(Text("未计入的行", "Rows that do not count"), heads, [(6, "AGV 调度", why)], more=3)
    lists = (
        Listing("accepted", Text("计入", "Counted"), columns, good),
        Listing("rejected", Text("未计入", "Not counted"), columns, [bad]),
    )
    found = estimate(5, "个", 5, 5, 6, "census", confidence=Fraction(1))
    return Outcome(found), Shown((table,), lists)


def ipv6():
    broken = reason("network.no-ipv6", "测试机没有 IPv6 地址，无法探测。", "The test machine has no IPv6 address.")
    return Outcome(None, invalid=(broken,)), Shown()


def scatter():
    points = np.random.default_rng(3).normal(0, 0.004, (2, 500)) + 0.002
    found = estimate(0.0064, "m", 0.0059, 0.0071, 6000, "rms", n_eff=412.3, allowance=0.002)
    return Outcome(found), Shown((Scatter(Text("水平误差", "Horizontal error"), "m", *points),))


OUTCOMES = {
    "s01": {"s01.latency": latency, "s01.nodes": nodes, "s01.dropout": dropout, "s01.demos": demos, "s01.ipv6": ipv6},
    "s08": {"s08.dynamic.h": scatter},
}
FILES = {"s01": "tests/golden/report_scenario.yaml", "s08": "scenarios/08_beidou.yaml"}
"""S01 is a frozen copy: the golden view must not follow every better word in the scenario."""


def judged(indicator, profile, made):
    criterion = profile.criterion(indicator.id)
    if made is None:
        why = reason(
            "evaluate.no-source", "测试方案没有为该指标指定数据来源。", "The profile binds no source to this indicator."
        )
        return results.Judged(indicator, criterion, None, Judgement(Verdict.NOT_TESTED, (why,)), Shown(), (), ())
    outcome, shown = made()
    own = answer(criterion, outcome)
    others = [each for each in profile.criteria(indicator.id) if each.reading.name != criterion.reading.name][:2]
    files = (
        {"path": f"data/traces/{indicator.id}/stamp/0001.pcapng", "sha256": "3f" * 32, "bytes": 7_340_032},
        {"path": f"data/documents/{indicator.id}/合同/HT-001.pdf", "sha256": "c0" * 32, "bytes": 912},
    )
    answers = tuple(answer(each, outcome) for each in others)
    return results.Judged(indicator, criterion, own, own.judgement, shown, answers, files)


def answer(criterion, outcome):
    """As the engine judges it: the reading itself, and each variant."""
    outcome = results.rounded(outcome)
    variants = {name: (each, decide(Outcome(each.estimate), criterion)) for name, each in outcome.variants.items()}
    return results.Answer(criterion, outcome, decide(outcome, criterion), variants)


def plain_outcome(at, criterion):
    """What the indicator ``at`` of any scenario could have come to: above, below or about its limit, with a picture of each kind."""
    unit = criterion.limit.quantity.unit if criterion.limit else "1"
    limit = float(criterion.limit.quantity.value) if criterion.limit else 0.5
    value = limit * (1.31, 0.87, 1.02)[at % 3]
    found = estimate(value, unit, 0.94 * value, 1.07 * value, 400 + at)
    title, steps = Text(f"示例图 {at}", f"Example {at}"), [value * (0.8 + 0.01 * step) for step in range(40)]
    names = [f"T-{number:03d}" for number in range(1, 13)]
    states, cells = (
        (Text("一致", "agrees"), Text("不一致", "differs")),
        [[int((a * b) % 7 == 3) for b in range(20)] for a in range(4)],
    )
    pictures = (
        Ecdf(title, unit, steps, [(step + 1) / 40 for step in range(40)]),
        Series(
            title,
            unit,
            list(range(40)),
            [Line(Text("测得值", "value"), [None if step in {11, 12} else y for step, y in enumerate(steps)])],
        ),
        Bars(title, unit, names, steps[:12]),
        Matrix(title, names[:4], [str(100 + b) for b in range(20)], states, cells, Text("区块高度", "height")),
        Strip(
            title,
            unit,
            names,
            steps[:12],
            [1.1 * y for y in steps[:12]],
            [1.4 * y for y in steps[:12]],
            (Text("下", "low"), Text("中", "middle"), Text("上", "high")),
        ),
        Scatter(title, unit, steps[:20], steps[20:]),
    )
    return Outcome(found), Shown((pictures[at % len(pictures)],))


def build(root, scenario="s01", name="5G 全连接工厂示范项目", kind="self-check", simulated=True):
    """A bundle as the engine leaves it before sealing, with a journal of fixed times; ``scenario``: one of ours, or a path."""
    bundle = Bundle.create(root / "fixture.bundle")
    content = (ROOT / FILES.get(scenario, scenario)).read_bytes()
    parsed = parse_scenario(content, "scenario.yaml")
    scenario = parsed.id
    bundle.scenario_path.write_bytes(content)
    bundle.profile_path.write_text(
        PROFILE.format(scenario=scenario, name=json.dumps(name, ensure_ascii=False), kind=kind), "utf-8"
    )
    ticks = iter([1_700_000_000_000_000_000 + 61_000_000_000 * minute for minute in (0, 1, 2, 3, 3, 4, 5)])
    with Journal.open(bundle.journal_path, clock=lambda: (now := next(ticks), now)) as journal:
        journal.append(
            "campaign_started", dict.fromkeys(("scenario_sha256", "profile_sha256", "campaign_sha256"), "0" * 64)
        )
        clock = {"wall_ns": "0", "monotonic_ns": "0", "synchronised": True, "max_error_us": 9}
        journal.append("attempt_started", {"attempt": 1, "planned": 1, "clock": clock})
        owner = {
            "indicator": {"s01": "s01.latency", "s08": "s08.dynamic.h"}.get(scenario, parsed.indicators[0].id),
            "source": "stamp",
            "attempt": 1,
        }
        journal.append("source_started", {**owner, "probe": "x", "config": {}, "simulated": simulated})
        segment = {**owner, "path": f"data/traces/{owner['indicator']}/stamp/0001.pcapng"}
        journal.append("torn_tail", {**segment, "dropped": 17})
        journal.append("segment_closed", {**segment, "sha256": "0" * 64, "bytes": 9})
        journal.append("source_ended", {**owner, "reason": "done", "problem": ""})
        journal.append("attempt_ended", {"attempt": 1, "clock": clock})
    profile = parse_profile(bundle.profile_path.read_bytes(), "profile.yaml", parsed)
    made = OUTCOMES.get(scenario) or {
        each.id: partial(plain_outcome, at, profile.criterion(each.id)) for at, each in enumerate(parsed.indicators)
    }
    found = [judged(each, profile, made.get(each.id)) for each in profile.scenario.indicators]
    verdict = scenario_verdict([each.judgement for each in found if each.indicator.mandatory])
    record = record_of(bundle, read_journal(bundle.journal_path))
    document = results.document("YS-0123456789AB", Holding(profile=profile), record, verdict, found)
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
