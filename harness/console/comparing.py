# SPDX-License-Identifier: Apache-2.0
"""``yanshou compare A B``: what changed from one bundle to another, by indicator: self-check and on-site run, attempt and attempt."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from harness.account.marks import shown_as
from harness.console.language import pick
from harness.console.printing import print_json
from harness.console.tables import PlainTable, console, number, shown_in, word
from harness.documents import IndicatorEntry, Results, read_results
from harness.errors import EvidenceError, Exit, UsageError
from harness.evidence.bundle import Bundle
from harness.evidence.pack import unpacked
from harness.evidence.verify import verify


@dataclass(frozen=True, slots=True)
class Change:
    """One indicator in both bundles; empty texts where it is in one alone."""

    indicator: str
    verdict: tuple[str, str]
    value: tuple[str, str]
    limit: tuple[str, str]
    reading: tuple[str, str]

    @property
    def differs(self) -> bool:
        """Whether anything of it changed."""
        return any(one != other for one, other in (self.verdict, self.value, self.limit, self.reading))


def compare(options: Namespace) -> int:
    """Print the table; 4 for a damaged bundle, 2 where the two have no indicator in common."""
    one, other = (_results(path) for path in (options.first, options.second))
    changes = list(_changes(one, other))
    if not any(all(each.verdict) for each in changes):
        msg = pick("两个证据包没有共同的指标。", "The two bundles have no indicator in common.")
        raise UsageError(msg, cure=pick("请比较同一情景的证据包。", "compare bundles of one scenario."))
    if options.json:
        print_json({"first": _head(one), "second": _head(other), "indicators": [asdict(each) for each in changes]})
        return Exit.PASS
    out = console()
    table = PlainTable(
        "两次结果对照 / Compared",
        ("指标 / indicator", "判定 / verdict", "测得值 / value", "限值 / limit", "读法 / reading"),
    )
    for each in changes:
        table.row(
            each.indicator,
            *map(_arrow, (tuple(map(_word, each.verdict)), each.value, each.limit, each.reading)),
            end_section=True,
        )
    out.print(table)
    for line in _told(one, other):
        sys.stdout.write(line + "\n")
    return Exit.PASS


def _results(path: Path) -> Results:
    """The results of a bundle whose files and journal hold; EvidenceError with the first defect otherwise."""
    with unpacked(path) as root:
        checked = verify(root, any_signer=True)
        if checked.defects:
            first = checked.defects[0]
            raise EvidenceError(
                str(first), cure=pick("先运行 yanshou verify。", "run yanshou verify on it first."), where=path.name
            )
        bundle = Bundle.open(root)
        return read_results(bundle.results_path.read_bytes(), path.name)


def _changes(one: Results, other: Results) -> Iterator[Change]:
    """Every indicator in the order of the first bundle, then those of the second alone."""
    both: tuple[Mapping[str, IndicatorEntry], ...] = tuple(
        {each.id: each for each in found.indicators} for found in (one, other)
    )
    for name in dict.fromkeys([*both[0], *both[1]]):
        entries = [found.get(name) for found in both]
        verdict, value, limit, reading = zip(*(_said(each) for each in entries), strict=True)
        yield Change(name, verdict, value, limit, reading)


def _said(entry: IndicatorEntry | None) -> tuple[str, str, str, str]:
    if entry is None:
        return "", "", "", ""
    criterion, estimate = entry.criterion, entry.estimate
    value = ""
    if estimate is not None and estimate.value is not None:
        unit, factor = shown_in(estimate.unit, criterion.unit)
        value = f"{number(estimate.value, factor)} {unit}".strip()
    limit = "" if criterion.limit is None else f"{criterion.op} {criterion.limit} {criterion.unit or ''}".strip()
    shown = shown_as(entry.verdict, limited=criterion.op is not None, valued=estimate is not None)
    return shown, value, limit, entry.reading.name


def _word(verdict: str) -> str:
    return word(verdict) if verdict else ""


def _arrow(pair: tuple[str, ...]) -> str:
    first, second = pair
    return first if first == second else f"{first or '—'} → {second or '—'}"


def _head(found: Results) -> dict[str, object]:
    return {
        "project": found.campaign.project,
        "scenario": found.scenario.id,
        "scenario_sha256": found.scenario.sha256,
        "verdict": found.verdict,
        "attempt": found.campaign.attempts.made,
        "simulated": list(found.campaign.simulated),
        "practice": found.campaign.practice,
        "software": found.software.version,
    }


def _told(one: Results, other: Results) -> Iterator[str]:
    """The verdict of the whole, and what makes the two less than comparable."""
    yield pick(
        f"总判定：{_arrow((word(one.verdict), word(other.verdict)))}",
        f"overall: {_arrow((word(one.verdict), word(other.verdict)))}",
    )
    if one.scenario.sha256 != other.scenario.sha256:
        yield pick("两次所用的情景文件不同。", "The two used different scenario files.")
    if one.campaign.project != other.campaign.project:
        yield pick(
            f"两个项目：{one.campaign.project}；{other.campaign.project}",
            f"Two projects: {one.campaign.project}; {other.campaign.project}",
        )
    if bool(one.campaign.simulated or one.campaign.practice) != bool(
        other.campaign.simulated or other.campaign.practice
    ):
        yield pick(
            "其中一次是演示或演练，不能相比。",
            "One of the two is a demonstration or a rehearsal: they cannot be compared.",
        )
    if one.software.version != other.software.version:
        yield pick(
            f"判定软件：{_arrow((one.software.version, other.software.version))}",
            f"software: {_arrow((one.software.version, other.software.version))}",
        )
