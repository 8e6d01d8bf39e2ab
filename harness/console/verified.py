# SPDX-License-Identifier: Apache-2.0
"""What ``yanshou verify`` tells beside the state of the seal: whose project, which verdict, of what data, when, by what.

All of it is read from the bundle; where that has defects, nothing of it is vouched for and it says so. The verifier of
evidence knows no verdicts, so that the form of results and chart data is checked here as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

from harness import documents, pictures
from harness.console.formats import candidates
from harness.console.language import language, pick
from harness.console.signing import only_signed
from harness.console.tables import word
from harness.documents import Results, read_results
from harness.errors import EvidenceError, SpecError, UsageError, YanshouError
from harness.evidence.bundle import Bundle
from harness.evidence.canonical import parse
from harness.evidence.contents import LARGEST_DOCUMENT
from harness.evidence.corrections import Correction, corrections, title
from harness.evidence.defects import Defect, DefectError, OversizedError
from harness.evidence.forms import MisshapenError
from harness.evidence.journal import JournalEvent, read_journal
from harness.evidence.pack import unpacked
from harness.evidence.verification import Verification
from harness.pictures import read_pictures

CHINA = timezone(timedelta(hours=8))
_LONGEST = 200
_BINARY = (b"%PDF", b"PK")
"""How files begin that have no lines to quote."""
_FORMS: dict[str, tuple[str, Callable[[bytes, str], Any]]] = {
    "results.json": (documents.SCHEMA, read_results),
    "figures.json": (pictures.SCHEMA, read_pictures),
}
_FOLDERS = ("data", "data/attempts/*")
"""Where they lie: the last attempt's, and those of each former one."""
_ANY_VERSION = re.compile(r"(yanshou\.[a-z]+/)[0-9]{1,6}")


@dataclass(frozen=True, slots=True)
class Told:
    """The bundle in a few lines; times are ISO 8601 in China Standard Time, by the clock of the machine that recorded."""

    project: str
    applicant: str
    test: str
    scenario: str
    title: str
    published_by: str | None
    verdict: str
    simulated: tuple[str, ...]
    practice: bool
    attempts: int
    began: str | None
    ended: str | None
    data: tuple[str, str] | None
    sealed: str | None
    software: str
    corrections: tuple[Correction, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The same as JSON values."""
        put_right = [each.as_json() for each in self.corrections]
        data = None if self.data is None else list(self.data)
        return {**asdict(self), "data": data, "simulated": list(self.simulated), "corrections": put_right}

    def lines(self) -> Iterator[str]:
        """One fact a line in the language of the run."""
        yield pick(f"项目：{self.project}（申报单位 {self.applicant}）", f"project: {self.project} ({self.applicant})")
        yield from map(_put_right, self.corrections)
        law = (
            pick("不是已发布的情景", "NOT THE PUBLISHED SCENARIO")
            if self.published_by is None
            else pick(f"与 {self.published_by} 发布的逐字节相同", f"as published with {self.published_by}")
        )
        yield pick(f"情景：{self.scenario} {self.title}；{law}", f"scenario: {self.scenario} {self.title}; {law}")
        yield f"{pick('总判定：', 'verdict: ')}{self._marked()}"
        yield pick(f"测试单位：{self.test}", f"tested by: {self.test}")
        yield pick(
            f"测试时间：{self.began or '—'} 至 {self.ended or '—'}（第 {self.attempts} 次）；封存于 {self.sealed or '—'}（现场时钟）",
            f"tested: {self.began or '—'} to {self.ended or '—'} (attempt {self.attempts}); sealed {self.sealed or '—'} (clock on site)",
        )
        if self.data is not None:
            yield pick(f"数据时间：{self.data[0]} 至 {self.data[1]}", f"data from: {self.data[0]} to {self.data[1]}")
        yield pick(f"判定软件：{self.software}", f"judged by: {self.software}")

    def _marked(self) -> str:
        told = word(self.verdict)
        if self.simulated:
            named = ", ".join(self.simulated)
            return pick(
                f"演示（模拟数据）：{told}；模拟的来源：{named}；不得作为验收依据",
                f"DEMONSTRATION (simulated data): {told}; simulated: {named}; no ground for acceptance",
            )
        if self.practice:
            return pick(f"演练：{told}；不得作为验收依据", f"REHEARSAL: {told}; no ground for acceptance")
        return pick(f"{told}（无模拟数据，非演练）", f"{told} (no simulated data, no rehearsal)")


def _put_right(each: Correction) -> str:
    """A name that was put right: both ways it was written, why, who, when."""
    name, moment = title(each.field), datetime.fromtimestamp(each.time_ns // 10**9, CHINA).isoformat()
    return pick(
        f"更正：{name.zh}原写“{each.was}”，应为“{each.now}”（{each.reason}；{each.by}，{moment}）",
        f"put right: {name.en} was written “{each.was}”, it reads “{each.now}” ({each.reason}; {each.by}, {moment})",
    )


def law_of(bundle: Path) -> dict[str, Any] | None:
    """The scenario in a bundle, its digest, and who publishes exactly that; None where there is none to be read."""
    from harness.spec import parse_scenario
    from harness.spec.published import publisher_of

    try:
        with unpacked(bundle) as root:
            scenario = parse_scenario(Bundle.open(root).scenario_path.read_bytes(), "scenario.yaml")
    except (YanshouError, OSError):
        return None
    publisher = publisher_of(scenario)
    told = None if publisher is None else f"{publisher.name} {publisher.version}"
    return {"id": scenario.id, "sha256": scenario.sha256, "published_by": told}


def told_of(bundle: Path) -> Told | None:
    """The bundle in a few lines; None where its results cannot be read."""
    try:
        with unpacked(bundle) as root:
            opened = Bundle.open(root)
            results = read_results(opened.results_path.read_bytes(), "results.json")
            return _told(results, read_journal(opened.journal_path))
    except (YanshouError, OSError):
        return None


def _told(results: Results, events: tuple[JournalEvent, ...] | list[JournalEvent]) -> Told:
    campaign, law = results.campaign, results.scenario.published_by
    return Told(
        project=campaign.project,
        applicant=campaign.applicant.name,
        test=f"{campaign.test.organisation} {campaign.test.operator}",
        scenario=results.scenario.id,
        title=results.scenario.title.get(language()),
        published_by=None if law is None else f"{law.name} {law.version}",
        verdict=results.verdict,
        simulated=tuple(campaign.simulated),
        practice=campaign.practice,
        attempts=campaign.attempts.made,
        began=_moment(events, "attempt_started"),
        ended=_moment(events, "attempt_ended"),
        data=_data(results),
        sealed=_moment(events, "sealed"),
        software=f"{results.software.name} {results.software.version}",
        corrections=corrections(events),
    )


def _data(results: Results) -> tuple[str, str] | None:
    """First and last moment of the data that was judged, which a campaign of recorded files has from another day."""
    windows = [each.window for each in results.indicators if each.window is not None]
    if not windows:
        return None
    first, last = min(each.start for each in windows), max(each.end for each in windows)
    return _local(first), _local(last)


def _local(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone(CHINA).isoformat(timespec="seconds")


def _moment(events: tuple[JournalEvent, ...] | list[JournalEvent], kind: str) -> str | None:
    """When the last event of the kind was written."""
    found = [each.time_ns for each in events if each.kind == kind]
    return datetime.fromtimestamp(found[-1] // 10**9, CHINA).isoformat() if found else None


@dataclass(frozen=True, slots=True)
class Compared:
    """A report beside its bundle: which format and language it is, or where it first differs."""

    path: str
    format: str | None
    lang: str | None
    difference: str
    signed: bool = False

    @property
    def genuine(self) -> bool:
        """Whether the bundle gives exactly these bytes."""
        return self.format is not None

    def line(self) -> str:
        """One sentence."""
        if self.signed:
            return pick(
                f"报告 {self.path}：除所加的电子签名外，与证据包逐字节一致；签名者由签名软件核对",
                f"report {self.path}: identical with what the bundle gives but for the signature added; who signed, a signing program tells",
            )
        if self.genuine:
            return pick(
                f"报告 {self.path}：与证据包逐字节一致", f"report {self.path}: identical with what the bundle gives"
            )
        return pick(
            f"报告 {self.path}：与证据包不一致。{self.difference}",
            f"report {self.path}: DIFFERS from what the bundle gives. {self.difference}",
        )

    def as_json(self) -> dict[str, Any]:
        """The same as JSON values."""
        return {**asdict(self), "genuine": self.genuine}


def compare(bundle: Path, report: Path, template: Path | None = None) -> Compared:
    """Whether ``report`` is what the bundle gives in any installed format and language, in the unit's own ``template`` where it has one.

    UsageError when it cannot be read.
    """
    try:
        content = report.read_bytes()
    except OSError as error:
        msg = f"{report} cannot be read: {error.strerror}."
        raise UsageError(msg, cure="name a report file with --report.") from None
    with unpacked(bundle) as root:
        nearest = b""
        for kind, lang, suffix, given in candidates(root, report.name, template):
            if given == content:
                return Compared(str(report), kind, lang, "")
            if only_signed(report.name, content, given):
                return Compared(str(report), kind, lang, "", signed=True)
            if report.name.endswith(suffix) and (not nearest or f".{lang}." in report.name):
                nearest = given
        return Compared(str(report), None, None, _difference(content, nearest) + _other_software(root))


def _difference(content: bytes, expected: bytes) -> str:
    """The first line that differs."""
    if not expected:
        return pick("没有任何已安装的格式写出这种文件。", "No installed format writes such a file.")
    if expected.startswith(_BINARY):
        at = next((at for at, pair in enumerate(zip(content, expected, strict=False)) if pair[0] != pair[1]), None)
        first = min(len(content), len(expected)) if at is None else at
        return pick(
            f"从第 {first + 1} 个字节起不同（共 {len(content)} 字节，应为 {len(expected)} 字节）。",
            f"It differs from byte {first + 1} on (it has {len(content)} bytes, {len(expected)} are expected).",
        )
    there, here = (each.decode("utf-8", "replace").splitlines() for each in (content, expected))
    number = next((at for at, pair in enumerate(zip(there, here, strict=False)) if pair[0] != pair[1]), None)
    if number is None:
        return pick(
            f"行数不同：{len(there)} 行，应为 {len(here)} 行。", f"It has {len(there)} lines, {len(here)} are expected."
        )
    found, wanted = _window(there[number], here[number])
    return pick(
        f"首处不同在第 {number + 1} 行：写的是“{found}”，应为“{wanted}”。",
        f"It first differs on line {number + 1}: it has “{found}”, “{wanted}” is expected.",
    )


def _window(found: str, wanted: str) -> tuple[str, str]:
    """Both lines from a little before where they part."""
    apart = next((at for at, pair in enumerate(zip(found, wanted, strict=False)) if pair[0] != pair[1]), 0)
    start = max(0, apart - 20)
    return found[start : start + _LONGEST], wanted[start : start + _LONGEST]


def _other_software(root: Path) -> str:
    """Another version may word a report otherwise, which is no forgery."""
    try:
        judged = read_results(Bundle.open(root).results_path.read_bytes(), "results.json").software.version
    except (YanshouError, OSError):
        return ""
    here = version("yanshou")
    if judged == here:
        return ""
    return pick(
        f" 本机是 yanshou {here}，证据包由 {judged} 判定：版本不同时措辞可能不同，请用 {judged} 再比。",
        f" This is yanshou {here}, the bundle was judged by {judged}: wording may differ, compare with {judged}.",
    )


def readable(checked: Verification, bundle: Path) -> Verification:
    """What was verified, and a defect for each document of results or chart data, scenario or profile that does not hold what it should.

    Only of a bundle that is otherwise whole: where files are damaged, what they hold is no question.
    """
    if checked.defects:
        return checked
    with unpacked(bundle) as root:
        return replace(checked, defects=(*_unloadable(root), *_misshapen(root)))


def _unloadable(root: Path) -> Iterator[Defect]:
    """A scenario or profile that replay could not judge by, in replay's own words."""
    from harness.evaluate import bundle_profile

    try:
        bundle_profile(Bundle.open(root))
    except EvidenceError as error:
        named = error.__cause__.problems[0].where if isinstance(error.__cause__, SpecError) else ""
        yield MisshapenError(error.problem[:_LONGEST], where=f"data/{named}" if named else "data").defect


def _misshapen(root: Path) -> Iterator[Defect]:
    for name, (schema, read) in _FORMS.items():
        for path in sorted(each for folder in _FOLDERS for each in root.glob(f"{folder}/{name}")):
            where = path.relative_to(root).as_posix()
            try:
                if path.stat().st_size > LARGEST_DOCUMENT:
                    raise OversizedError(where=where)
                content = path.read_bytes()
                if not _of_another_version(content, schema, where):
                    read(content, name)
            except DefectError as error:
                yield error.defect
            except EvidenceError as error:
                yield MisshapenError(error.problem[:200], where=where).defect


def _of_another_version(content: bytes, schema: str, where: str) -> bool:
    held = parse(content, where=where)
    told = _ANY_VERSION.fullmatch(str(held.get("schema"))) if isinstance(held, dict) else None
    return told is not None and schema.startswith(told[1]) and told[0] != schema
