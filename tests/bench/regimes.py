# SPDX-License-Identifier: Apache-2.0
"""False PASS with the truth at the limit, regime by regime, and power at half of it: the page docs/explanations/regimes.md.

``python -m tests.bench.regimes > docs/explanations/regimes.md`` renews it in some minutes. What stands in the tests is the same
simulation with fewer runs; seeds are fixed, so that the same software gives the same page.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import chain, product
from typing import Any

import numpy as np

from harness.model import About, Verdict
from tests.probes.gnss.measurands import test_regimes as gnss
from tests.probes.network import regimes
from tests.probes.network.measurands import test_power as power
from tests.probes.network.measurands import test_regimes as network

RUNS = 400
SESSIONS_RUNS = 120
POWER_RUNS = 100
DROP_RUNS = 40
HEAD = """# 各种规律下的误判率与把握 / False PASS by regime, and power

**给谁看**：要问“这个判定靠得住吗”的评审专家。真值放在限值上（或刚超过），用本软件自己的估计与判定反复模拟，看误判“通过”占几成；
再把真值放在限值的一半，看按场景写明的工作量能否通过。“窗口”一栏的真值是这一窗口自己的占比，“系统”一栏的真值是长期占比。
上限 5 %（含 {runs} 次模拟的二项波动，{most} 次以内）；同一模拟以较少次数随测试运行（`tests/probes/*/measurands/test_regimes.py`）。

Who it is for: experts who ask whether a verdict can be trusted. With the truth at the limit (or just over it) the software's own
estimators and decisions are simulated and false PASSes counted; then, with the truth at half the limit, whether the effort that the
scenario states suffices. The column "window" takes the share of that very window as truth, "process" the share in the long run.

Renew it: `python -m tests.bench.regimes > docs/explanations/regimes.md`.

"""


def _share(passes: int, runs: int) -> str:
    return f"{100 * passes / runs:.1f} %"


def _network() -> Iterator[str]:
    yield "## 5G 网络 / Network\n"
    yield f"时延 p99、占比、丢包，限值 1 %，半小时，泊松 10 包/秒（窗口，{RUNS} 次）；300 次各一分钟的会话（系统，{SESSIONS_RUNS} 次）。\n"
    yield "Delay, share and loss with a limit of 1 %: half an hour at ten Poisson probes a second, and 300 sessions of a minute.\n"
    yield "| 规律 regime | 时延 latency, window | 占比 share within, window | 丢包 loss, window | 单程 one-way, window | 时延 latency, process | 单次会话 one session, process |"
    yield "|---|---|---|---|---|---|---|"
    for name in regimes.REGIMES:
        nodes = network.windows(name, 30, 0.01, RUNS)
        cells = [_passes(nodes, asked, About.WINDOW) for asked in regimes.READINGS.values()]
        process = _passes(network.campaigns(name, 0.01, SESSIONS_RUNS), _apart(network.P99_ASKED), About.PROCESS)
        alone = _passes(nodes, _apart(network.P99_ASKED), About.PROCESS)
        yield f"| {name} | {' | '.join(cells)} | {process} | {alone} |"


def _table() -> Iterator[str]:
    yield "\n## 曾经误判的各行 / Rows that once passed\n"
    yield f"每行都按可能声明过的最长突发（1 包、50 包、未声明）各判一遍；窗口 {RUNS} 次，系统 {SESSIONS_RUNS} 次。比 600 包短的突发，方案根本无法声明。\n"
    yield "Each row with every longest burst that may have been declared; a profile that declares less than 600 packets is refused.\n"
    yield "| 行 row | 声明 declared | 窗口 window | 系统 process | 单次会话 one session, process |"
    yield "|---|---|---|---|---|"
    for row, declared in product(network.ROWS, regimes.DECLARED):
        regime, minutes, asked = network.ROWS[row]
        share, held = network.share_of(asked), regimes.DECLARED[declared]
        nodes = network.windows(regime, minutes, share, RUNS)
        sessions = network.campaigns(regime, share, SESSIONS_RUNS)
        window = _passes(nodes, asked, About.WINDOW, held)
        process, alone = (_passes(each, _apart(asked), About.PROCESS, held) for each in (sessions, nodes))
        yield f"| {row} | {declared} | {window} | {process} | {alone} |"


def _drops() -> Iterator[str]:
    yield "\n## 掉线 / Drop-outs\n"
    yield f"50 台终端，六段各两小时，全部终端合计的掉线在限值上与四倍于限值（系统，各 {DROP_RUNS} 次）；窗口逐次知道实情，从不误判。\n"
    yield "Fifty terminals in six stretches of two hours, the pool at the limit and at four times of it; of a window everything is known.\n"
    yield "| 统计量 statistic | 声明 declared | 规律 regime | 限值上 at the limit | 四倍 four times |"
    yield "|---|---|---|---|---|"
    for (statistic, declared), regime in product(network.OF_DROPS, ("own", "site", "half", "one")):
        found = [network.drops_that_pass(statistic, regime, times, declared, DROP_RUNS) for times in (1, 4)]
        yield f"| {statistic} | {declared} | {regime} | {' | '.join(_share(each, DROP_RUNS) for each in found)} |"


def _apart(asked: Any) -> Any:
    return (*asked[:2], {**asked[2], "apart": "30 min"}, asked[3])


def _passes(nodes: Any, asked: Any, about: About, declared: Any = regimes.DECLARED["nothing"]) -> str:
    found = [regimes.judged([node], asked, about, declared=declared) for node in nodes]
    return _share(found.count(Verdict.PASS), len(found))


def _positions() -> Iterator[str]:
    yield "\n## 定位与授时 / Positions and clocks\n"
    yield f"真值 RMS 为限值的 1.0001 倍，按场景的工作量（系统，{gnss.RUNS} 次）；窗口读法是完整记录，误判只在真值合格时才可能“通过”。\n"
    yield "| 规律 regime | static.h, process: PASS | FAIL | static.h, window: false PASS |"
    yield "|---|---|---|---|"
    for name, regime in gnss.REGIMES.items():
        passed, failed = gnss.passes(regime, "s08.static.h", "rms", size=1.0001)
        yield f"| {name} | {_share(passed, gnss.RUNS)} | {_share(failed, gnss.RUNS)} | {_share(gnss.windows(name)['passed', False], gnss.RUNS)} |"
    yield "\n真值超过限值的短记录（一小时、60 秒、10 秒）/ Short logs of what is over the limit\n"
    yield "| 记录 log | 指标 indicator | 系统 process | 窗口，按公布的工作量 window, published effort | 窗口，不设最小工作量 window, no least effort |"
    yield "|---|---|---|---|---|"
    for row, identifier in product(gnss.ROWS, ("s08.static.h", "s08.static.v")):
        cells = " | ".join(_share(each, gnss.RUNS) for each in gnss.logs_that_pass(row, identifier))
        yield f"| {row} | {identifier} | {cells} |"
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


def _power() -> Iterator[str]:
    yield "\n## 限值一半时的把握 / Power at half the limit\n"
    yield "每项强制指标，按场景自己的最小工作量和发送速率；网络各项为 50 台终端，空载、带载逐台证明。登记核查与终端清点逐项计数，没有抽样误差，达到数目即通过。\n"
    yield "Each mandatory indicator with its scenario's own effort and rate; fifty terminals idle and under load, each proven. What is counted one by one has no sampling error.\n"
    yield "| 指标 indicator | 工作量 effort | 规律 regime | 通过 PASS |"
    yield "|---|---|---|---|"
    yield "| s01.nodes, s01.demos, s08.domain | 逐项清点 every item | 无抽样 nothing sampled | 演示记录全长通过 at full length in the demonstrations |"
    for identifier, regime in power.SHOWN:
        passed, minimum = power.windows_that_pass(identifier, regime, POWER_RUNS)
        yield _row(identifier, minimum, regime, (passed, POWER_RUNS))
    passed, minimum = power.sites_that_pass("s01.dropout", POWER_RUNS)
    yield _row("s01.dropout", minimum, "outages of 15 s", (passed, POWER_RUNS))
    for identifier in ("s08.static.h", "s08.static.v", "s08.dynamic.h", "s08.dynamic.v"):
        minimum = dict(gnss.request(identifier, "rms", "<= 1 m").reading.minimum)
        for regime in ("white", "white 70 %, AR of an hour 30 %", "another constant after each start", "noise by day"):
            passed, _ = gnss.passes(gnss.REGIMES[regime], identifier, "rms", size=0.5)
            yield _row(identifier, minimum, regime, (passed, gnss.RUNS))
    minimum = dict(gnss.request("s08.timing", "offset-p95", "<= 1 us").reading.minimum)
    yield _row("s08.timing", minimum, "AR of an hour", (gnss.clocks_that_pass("s08.timing", gnss.RUNS), gnss.RUNS))


def _row(identifier: str, minimum: dict[str, Any], regime: str, found: tuple[int, int]) -> str:
    passed, runs = found
    return f"| {identifier} | {_effort(minimum)} | {regime} | {_share(passed, runs)} ({passed} / {runs}) |"


def _effort(minimum: dict[str, Any]) -> str:
    return ", ".join(f"{name} {quantity}" for name, quantity in minimum.items())


def main() -> None:
    """Print the page."""
    from scipy.stats import binom

    sys.stdout.write(HEAD.format(runs=RUNS, most=int(binom.ppf(0.9995, RUNS, 0.05))))
    for line in chain(_network(), _table(), _drops(), _positions(), _power()):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
