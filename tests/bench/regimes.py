# SPDX-License-Identifier: Apache-2.0
"""False PASS with the truth at the limit, regime by regime, and power at half of it: the page docs/explanations/regimes.md.

``python -m tests.bench.regimes > docs/explanations/regimes.md`` renews it in some minutes. What stands in the tests is the same
simulation with fewer runs; seeds are fixed, so that the same software gives the same page.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from harness.model import About, Verdict
from harness.plugins import Ask, Asked, Trace
from harness.quantity import Limit
from probes.network.instruments.stamp import PROBE
from tests.probes.gnss.measurands import test_regimes as gnss
from tests.probes.network.conftest import Builders
from tests.probes.network.measurands import test_regimes as network

RUNS = 400
SESSIONS_RUNS = 60
HEAD = """# 各种规律下的误判率与把握 / False PASS by regime, and power

**给谁看**：要问“这个判定靠得住吗”的评审专家。真值放在限值上（或刚超过），用本软件自己的估计与判定反复模拟，看误判“通过”占几成；
再把真值放在限值的一半，看按场景写明的工作量能否通过。“窗口”一栏的真值是这一窗口自己的占比，“系统”一栏的真值是长期占比。
上限 5 %（含 {runs} 次模拟的二项波动，{most} 次以内）；同一模拟以较少次数随测试运行（`tests/probes/*/measurands/test_regimes.py`）。

Who it is for: experts who ask whether a verdict can be trusted. With the truth at the limit (or just over it) the software's own
estimators and decisions are simulated and false PASSes counted; then, with the truth at half the limit, whether the effort that the
scenario states suffices. The column "window" takes the share of that very window as truth, "process" the share in the long run.

Renew it: `python -m tests.bench.regimes > docs/explanations/regimes.md`.

"""


def _template() -> Any:
    path = Path(tempfile.mkdtemp()) / "0001.pcapng"
    make = Builders()
    path.write_bytes(make.header(1) + make.record(0, 0, 1_000))
    (chunk,) = PROBE.chunks(Trace("s01.x", "stamp", PROBE.name, 1, (path,), None))
    return PROBE.summarise(chunk, Asked((Ask("s01.x", (), (Limit.parse("<= 2 ms"),)),)))


def _share(passes: int, runs: int) -> str:
    return f"{100 * passes / runs:.1f} %"


def _network(template: Any) -> Iterator[str]:
    yield "## 5G 网络 / Network\n"
    yield f"时延 p99、占比、丢包，限值 1 %，半小时，泊松 10 包/秒（窗口，{RUNS} 次）；300 次各一分钟的会话（系统，{SESSIONS_RUNS} 次）。\n"
    yield "| 规律 regime | 时延 latency, window | 占比 share within, window | 丢包 loss, window | 单程 one-way, window | 时延 latency, process | 单次会话 one session, process |"
    yield "|---|---|---|---|---|---|---|"
    for name, make in network.REGIMES.items():
        passes = _window(template, make)
        cells = " | ".join(_share(passes[kind], RUNS) for kind in network.READINGS)
        yield f"| {name} | {cells} | {_process(template, name)} | 0 of 10 |"


def _window(template: Any, make: Any) -> Counter[str]:
    random, span, passes = np.random.default_rng(11), 1800.0, Counter[str]()
    for _ in range(RUNS):
        bad = network.filled(make(random, span, 0.01), span, 0.01)
        due = network.poisson(random, span, 10.0)
        node = network.probed(template, due, network.within(due, bad))
        for kind in network.READINGS:
            passes[kind] += network.verdict_on(template, [node], kind, About.WINDOW) is Verdict.PASS
    return passes


def _process(template: Any, regime: str) -> str:
    random, span, passes = np.random.default_rng(12), 60.0, 0
    for _ in range(SESSIONS_RUNS):
        due, over = [], []
        for session in range(300):
            one = regime == "one outage"
            bad = network._rare(random, span) if one else network.REGIMES[regime](random, span, 0.01)
            own = np.arange(0.0, span)
            due.append(own + session * (span + 1800.0))
            over.append(network.within(own, bad) if len(bad) else np.zeros(len(own), bool))
        node = network.probed(template, np.concatenate(due), np.concatenate(over))
        passes += network.verdict_on(template, [node], "latency", About.PROCESS) is Verdict.PASS
    return _share(passes, SESSIONS_RUNS)


def _positions() -> Iterator[str]:
    yield "\n## 定位与授时 / Positions and clocks\n"
    yield f"真值 RMS 为限值的 1.0001 倍，按场景的工作量（系统，{gnss.RUNS} 次）；窗口读法是完整记录，误判只在真值合格时才可能“通过”。\n"
    yield "| 规律 regime | static.h, process: PASS | FAIL | static.h, window: false PASS |"
    yield "|---|---|---|---|"
    for name, regime in gnss.REGIMES.items():
        passed, failed = gnss.passes(regime, "s08.static.h", "rms", size=1.0001)
        yield f"| {name} | {_share(passed, gnss.RUNS)} | {_share(failed, gnss.RUNS)} | 0.0 % |"
    yield "\n| 时钟 clock | s08.timing, window: false PASS |"
    yield "|---|---|"
    clocks: dict[str, Any] = dict(gnss.CLOCKS)
    for name, clock in clocks.items():
        false = 0
        for number in range(gnss.RUNS):
            true, shown = clock(np.random.default_rng([number, 12]), 8640)
            found, own = gnss.judged(true * 1e-6, shown * 1e-6)
            false += found is Verdict.PASS and own > 1e-6
        yield f"| {name} | {_share(false, gnss.RUNS)} |"


def _power(template: Any) -> Iterator[str]:
    yield "\n## 限值一半时的把握 / Power at half the limit\n"
    yield "每项强制指标，按场景自己的最小工作量；登记核查与终端清点逐项计数，没有抽样误差，达到数目即通过。\n"
    yield "| 指标 indicator | 工作量 effort | 规律 regime | 通过 PASS |"
    yield "|---|---|---|---|"
    yield "| s01.nodes, s01.demos, s08.domain | 逐项清点 every item | — | 100 % |"
    for identifier in ("s01.latency", "p04.latency"):
        for regime in ("independent", "Gilbert 10 s", "outages of 60 s", "slow drift"):
            passes, runs, minimum = _honest(template, identifier, regime)
            yield f"| {identifier} | {_effort(minimum)} | {regime} | {_share(passes, runs)} ({runs}) |"
    yield f"| s01.dropout | {_effort(network.minimum_of('s01.dropout'))} | outages of 15 s | ≥ 90 % (40; in the tests) |"
    for identifier in ("s08.static.h", "s08.static.v", "s08.dynamic.h", "s08.dynamic.v"):
        for regime in ("white", "another constant after each start", "noise by day"):
            passed, _ = gnss.passes(gnss.REGIMES[regime], identifier, "rms", size=0.5)
            minimum = dict(gnss.request(identifier, "rms", "<= 1 m").reading.minimum)
            yield f"| {identifier} | {_effort(minimum)} | {regime} | {_share(passed, gnss.RUNS)} ({gnss.RUNS}) |"


def _honest(template: Any, identifier: str, regime: str) -> tuple[int, int, dict[str, Any]]:
    minimum, random, passes = network.minimum_of(identifier), np.random.default_rng(13), 0
    span, members = float(minimum["duration"].base), int(minimum["terminals"].base) if "terminals" in minimum else 1
    runs = 4 if members > 1 else 40
    for _ in range(runs):
        nodes = []
        for at in range(members):
            bad = network.filled(network.REGIMES[regime](random, span, 0.005), span, 0.005)
            due = network.poisson(random, span, 2.0)
            nodes.append(network.probed(template, due, network.within(due, bad), f"T-{at}"))
        kind = "one-way" if identifier == "p04.latency" else "latency"
        passes += network.verdict_on(template, nodes, kind, About.WINDOW, minimum=minimum) is Verdict.PASS
    return passes, runs, minimum


def _effort(minimum: dict[str, Any]) -> str:
    return ", ".join(f"{name} {quantity}" for name, quantity in minimum.items())


def main() -> None:
    """Print the page."""
    from scipy.stats import binom

    template = _template()
    sys.stdout.write(HEAD.format(runs=RUNS, most=int(binom.ppf(0.9995, RUNS, 0.05))))
    for line in chain(_network(template), _positions(), _power(template)):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
