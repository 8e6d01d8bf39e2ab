# SPDX-License-Identifier: Apache-2.0
"""The demonstration: run, replay, verify and report the demo profiles, then show every verdict.

The profiles come from the installed data package ``profiles``: ``demo_*.yaml`` are run always, ``more_*.yaml`` with
``--all``. Which peers they simulate and what they measure is written there, so this module knows no domain.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from harness import installed
from harness.account.values import plain
from harness.agreed.ceremony import ceremony
from harness.campaign import run
from harness.console.formats import rendered
from harness.console.language import pick
from harness.console.progress import watching
from harness.console.tables import console, demonstrated_table, verdicts
from harness.errors import Exit, UsageError
from harness.evidence.keys import generate, load_public
from harness.evidence.verify import verify
from harness.model import Reason, Scenario, Text
from harness.printable import printable, printable_json
from harness.replay import replay
from harness.spec import installed_scenarios


@dataclass(frozen=True, slots=True)
class Shown:
    """What one demo campaign came to."""

    results: dict[str, Any]
    bundle: Path
    reports: tuple[Path, ...]
    identical: bool
    defects: tuple[str, ...]

    @property
    def meant(self) -> bool:
        """True when it ran as meant: replayed to identical bytes and verified without a defect."""
        return self.identical and not self.defects


def demonstrate(out: Path, *, everything: bool, as_json: bool, papers: bool | None = None) -> int:
    """Run the demo profiles into ``out``; exit 0 when all ran as meant, whatever their verdicts.

    ``papers``: reports in every installed format, not only the page; None: for ``everything`` alone.
    ``everything``: those of every installed scenario, and a last table in which a scenario without one is listed as such.
    """
    began, papers = time.monotonic(), everything if papers is None else papers
    work = _prepare(out)
    kinds = ("demo_*.yaml", "more_*.yaml") if everything else ("demo_*.yaml",)
    shown = [_show(profile, out, papers=papers) for kind in kinds for profile in sorted(work.glob(kind))]
    absent = _absent({each.results["scenario"]["id"] for each in shown}) if everything else {}
    if as_json:
        missing = [{"scenario": each, "results": None, "reason": plain(why.text)} for each, why in absent.items()]
        text = json.dumps([*map(_as_json, shown), *missing], ensure_ascii=False, indent=2)
        sys.stdout.write(printable_json(text) + "\n")
    else:
        _print(shown, time.monotonic() - began)
        if everything:
            console().print(demonstrated_table([(each.bundle.stem, each.results) for each in shown], absent))
    return Exit.PASS if all(each.meant for each in shown) else Exit.EVIDENCE


def _absent(demonstrated: set[str]) -> dict[str, Reason]:
    """Why each other installed scenario has no demonstration."""
    return {
        each.scenario.id: _unmeasured(each.scenario)
        for each in installed_scenarios()
        if each.scenario.id not in demonstrated
    }


def _unmeasured(scenario: Scenario) -> Reason:
    wanted = [each.default_reading.measurand for each in scenario.indicators if each.mandatory]
    unknown = sorted({each for each in wanted if installed.measurand(each) is None})
    if unknown:
        names = ", ".join(unknown)
        text = Text(f"尚无领域能够测量：{names}。", f"No installed domain measures {names} yet.")
    else:
        text = Text("没有演示方案。", "There is no demonstration profile.")
    return Reason("demo.absent", text)


def _prepare(out: Path) -> Path:
    """Copy the demo profiles beside a fresh key pair; UsageError when ``out`` already holds a demonstration."""
    work = out / "profiles"
    if work.exists():
        msg = f"{out} already holds a demonstration."
        raise UsageError(msg, cure="name another folder with --out, or remove that one.")
    try:
        work.mkdir(parents=True)
    except OSError as error:
        msg = f"{out} cannot be made: {error.strerror}."
        raise UsageError(msg, cure="name a folder you may write with --out.") from None
    with as_file(files("profiles")) as source:
        shutil.copytree(source, work, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    generate(work / "demo", sm2=True)
    generate(work / "office")
    return work


def _show(profile: Path, out: Path, *, papers: bool) -> Shown:
    name = profile.stem
    agreed = ceremony(profile, out)
    with watching(name) as watch:
        done = run(profile, out, watch=watch, agreed=agreed)
        watch.phase("replay")
        again = replay(done.root)
    keys = [load_public(path) for path in sorted(profile.parent.glob("demo.*.pub.pem"))]
    checked = verify(done.root, trusted=keys)
    reports = list(_reports(done.root, out / name, papers=papers))
    defects = tuple(each.code for each in (*checked.defects, *checked.doubts))
    return Shown(dict(done.evaluation.results), done.root, tuple(reports), again.identical, defects)


def _reports(root: Path, beside: Path, *, papers: bool) -> Iterator[Path]:
    """The page in both languages, and the papers in Chinese: a whole set in a second language says nothing more."""
    every = [each for each in installed.names("yanshou.reports") if each != "html-plain"]
    for lang in ("zh", "en"):
        for kind in every if papers and lang == "zh" else ["html"]:
            for file, content in rendered(kind, root, lang).items():
                path = beside.with_name(f"{beside.name}.{lang}.{file}")
                path.write_bytes(content)
                yield path


def _as_json(shown: Shown) -> dict[str, Any]:
    return {
        "bundle": str(shown.bundle),
        "reports": [str(path) for path in shown.reports],
        "identical": shown.identical,
        "defects": list(shown.defects),
        "results": shown.results,
    }


def _print(shown: list[Shown], seconds: float) -> None:
    out = console()
    for each in shown:
        out.print(verdicts(each.results, out.width))
        same = pick("重算逐字节一致", "replay identical") if each.identical else pick("重算不一致", "replay DIFFERS")
        sound = pick("证据包完好、签名有效", "bundle and signatures verified")
        out.print(printable(f"{each.bundle}: {same}; {sound if not each.defects else ', '.join(each.defects)}"))
        out.print(printable(pick("报告：", "reports: ") + ", ".join(str(path) for path in each.reports)) + "\n")
    told = pick(
        "演示数据来自模拟对端，不代表任何真实项目。", "The data come from simulated peers and are no real project's."
    )
    out.print(f"{told} {seconds:.1f} s")
