# SPDX-License-Identifier: Apache-2.0
"""The papers themselves: 项目验收报告, 检验检测报告, 整改通知单, and one page for whoever has one minute."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from functools import lru_cache
from pathlib import Path

from harness.errors import UsageError
from reports.paper import assurances, sections
from reports.paper.blocks import Block, Break, Grid, Heading, Paper, Paragraph, Points
from reports.paper.dagang import dagang
from reports.paper.fuyan import body as fuyan_body
from reports.sealed import plan_of
from reports.short import short
from reports.view import View, as_it_stands, view
from reports.words import Words, words

_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_WANTED = 3
"""What is missing, as far as one page tells it."""
_LINES = 4
"""Lines to fill in by hand in an expert's form."""


def paper(bundle_root: Path, lang: str, layout: str = "yanshou") -> Paper:
    """The paper called ``layout`` of the bundle in ``bundle_root``; UsageError for a name that is none."""
    if layout not in NAMES:
        msg = f"There is no layout {layout!r}."
        raise UsageError(msg, cure=f"use one of: {', '.join(NAMES)}.")
    return _paper_of(bundle_root, lang, layout, as_it_stands(bundle_root))


@lru_cache(maxsize=3)
def _paper_of(bundle_root: Path, lang: str, layout: str, _stands: object) -> Paper:
    """Kept for the next format of the same paper: PDF, DOCX and OFD print one."""
    if layout == PLAN:
        return dagang(plan_of(bundle_root), lang)
    return LAYOUTS[layout](view(bundle_root, lang), words(lang))


def papers(bundle_root: Path, lang: str) -> Iterator[Paper]:
    """Every paper that the bundle gives: one without a plan or a former attempt has none of theirs."""
    for layout in NAMES:
        with suppress(UsageError):
            yield paper(bundle_root, lang, layout)


def _paper(
    shown: View,
    say: Words,
    name: str,
    blocks: Iterator[Block],
    *,
    cover: Sequence[Block] = (),
    annexes: Iterable[Block] = (),
) -> Paper:
    kind = say(f"paper.{name}")
    return Paper(
        title=f"{shown.facts[0].value} {kind}",
        lang=shown.lang,
        layout=name,
        number=shown.number,
        left=f"{kind}{say('bracket', text=say('label.unaccredited'))}",
        right=f"{say('report-number')} {shown.number}",
        watermark=shown.watermark,
        digest=shown.seal.manifest or shown.seal.results,
        date=issued(shown),
        cover=cover,
        blocks=list(blocks),
        annexes=list(annexes),
        page=say("paper.page"),
        foot=say("paper.digest", digest=short(shown.seal.manifest or shown.seal.results)),
    )


def issued(shown: View) -> tuple[int, int, int]:
    """The last day that stands in the course of the attempts: what the evidence says, and never today."""
    found = [match for each in shown.attempts for text in (each.start, each.end) for match in _DATE.findall(text)]
    year, month, day = max(found, default=("1970", "01", "01"))
    return date(int(year), int(month), int(day)).timetuple()[:3]


def _cover(shown: View, say: Words, name: str) -> list[Block]:
    """Title, whose project, which kind of test, by whom; the mark of an accredited laboratory is never printed."""
    rows = [(each.label, each.value) for each in shown.facts if each.label in {say(f"fact.{key}") for key in _ON_COVER}]
    return [
        Paragraph(f"{say('report-number')}{say('colon')}{shown.number}", "right"),
        Heading(say(f"paper.{name}"), 0),
        Paragraph(shown.facts[0].value, "centre"),
        *([Paragraph(shown.watermark, "alarm")] if shown.watermark else []),
        Grid(
            (),
            [*rows, (say("paper.nature"), f"{shown.kind}{say('bracket', text=say('label.unaccredited'))}")],
            (0.3, 0.7),
        ),
        Paragraph(say("sign.seal"), "stamp"),
    ]


_ON_COVER = ("applicant", "scenario", "site", "organisation", "dates")


def yanshou(shown: View, say: Words) -> Paper:
    """项目验收报告, after the outline that acceptance offices use: 对照表, 验收内容, 验收方式, 问题与建议, 结论与签字."""

    def body() -> Iterator[Block]:
        yield sections.tile(shown, say)
        yield from sections.warnings(shown, say)
        yield from assurances.first(shown, say)
        yield Heading(say("paper.1-facts"))
        yield sections.particulars(shown)
        yield Heading(say("paper.2-comparison"))
        yield sections.comparison(shown, say)
        yield Paragraph(say("paper.completion-note"), "small")
        yield Heading(say("paper.3-content"))
        for each in shown.indicators:
            yield from sections.indicator(each, shown, say)
        yield Heading(say("paper.4-method"))
        yield from sections.rules(shown, say)
        yield from sections.course(shown, say)
        yield Heading(say("paper.5-problems"))
        yield from _problems(shown, say)
        yield Heading(say("paper.6-conclusion"))
        yield Paragraph(f"{shown.word}{say('colon')}{shown.meaning}", "strong")
        yield Points(shown.statements)
        yield Paragraph(say("paper.group"), "strong")
        yield Grid(
            [say(f"paper.{each}") for each in ("name", "unit", "post", "signature")],
            [("", "", "", "")] * 5,
            (0.2, 0.35, 0.25, 0.2),
            form=True,
        )
        yield Break()
        yield Heading(say("paper.opinion"))
        yield Grid(
            (),
            [(say(f"paper.opinion.{each}"), "\n" * _LINES) for each in ("content", "problems", "conclusion")],
            (0.24, 0.76),
            form=True,
        )
        yield Grid((), [(say("paper.signature"), "", say("sign.date"), "")], (0.2, 0.35, 0.15, 0.3), form=True)

    return _paper(shown, say, "yanshou", body(), cover=_cover(shown, say, "yanshou"), annexes=_annex(shown, say))


def jianyan(shown: View, say: Words) -> Paper:
    """检验检测报告 with the contents of ISO/IEC 17025:2017 7.8.2 and 7.8.3; opinions stand apart from results (7.8.7)."""

    def body() -> Iterator[Block]:
        yield Heading(say("paper.notes"))
        yield Points(shown.statements)
        yield Break()
        yield from sections.warnings(shown, say)
        yield from assurances.first(shown, say)
        yield Heading(say("paper.1-facts"))
        yield sections.particulars(shown)
        yield Heading(say("paper.results"))
        head = [
            say("overview.number"),
            *(say(f"paper.{each}") for each in ("item", "requirement", "found", "single", "remark")),
        ]
        rows = [
            (
                str(each.number),
                each.title,
                f"{each.limit or say('no-limit')}\n{each.clause}",
                sections.result(each.result, say),
                each.word,
                "\n".join(
                    filter(
                        None,
                        (
                            each.kind_word,
                            say("customer") if each.kind != "measured" else "",
                            say("simulated") if each.simulated else "",
                        ),
                    )
                ),
            )
            for each in shown.indicators
        ]
        yield Grid(head, rows, (0.07, 0.17, 0.26, 0.2, 0.16, 0.14))
        yield Heading(say("paper.3-method"))
        yield from sections.rules(shown, say)
        yield from sections.course(shown, say)
        yield Heading(say("paper.details"))
        for each in shown.indicators:
            yield from sections.indicator(each, shown, say)
        roles = [(say(f"sign.{each}"), "", say("sign.date"), "") for each in ("prepared", "checked", "approved")]
        yield Grid((), roles, (0.22, 0.33, 0.15, 0.3), form=True)

    return _paper(shown, say, "jianyan", body(), cover=_cover(shown, say, "jianyan"), annexes=_annex(shown, say))


def zhenggai(shown: View, say: Words) -> Paper:
    """整改通知单: what did not pass, why, what is needed, and room for what was done about it."""

    def body() -> Iterator[Block]:
        yield Heading(say("paper.zhenggai"), 0)
        yield sections.particulars(shown)
        yield from sections.warnings(shown, say)
        open_ones = [each for each in shown.indicators if each.mandatory and each.verdict != "PASS"]
        if not open_ones:
            yield Paragraph(say("paper.nothing-open"), "strong")
        for each in open_ones:
            yield Heading(f"{each.number}. {each.title}{say('colon')}{each.word}", 2)
            yield Paragraph(f"{each.clause}\n{each.source}", "quote")
            yield Points([*each.reasons, *each.weaker])
            if each.need:
                yield Heading(say("need"), 3)
                yield Points(each.need)
            yield Grid((), [(say("paper.done"), "\n" * 2), (say("paper.recheck"), "\n")], (0.24, 0.76), form=True)
        yield Grid(
            (),
            [(say("paper.issued-by"), "", say("sign.date"), ""), (say("paper.received-by"), "", say("sign.date"), "")],
            (0.22, 0.33, 0.15, 0.3),
            form=True,
        )

    return _paper(shown, say, "zhenggai", body())


def yiye(shown: View, say: Words) -> Paper:
    """One page: verdict, the one reason, how complete, what is missing, who signed."""

    def body() -> Iterator[Block]:
        yield Heading(say("paper.yiye"), 0)
        yield Paragraph(shown.facts[0].value, "centre")
        yield sections.tile(shown, say)
        yield from sections.warnings(shown, say, brief=True)
        for each in shown.agreed.failed[-3:]:
            yield Paragraph(each, "alarm")
        yield sections.comparison(shown, say, brief=True)
        worst = [each for each in shown.indicators if each.mandatory and each.verdict == shown.verdict != "PASS"]
        if worst and worst[0].reasons:
            yield Paragraph(f"{worst[0].title}{say('colon')}{worst[0].reasons[0]}", "strong")
        missing: dict[str, list[str]] = {}
        for one in shown.indicators:
            if one.mandatory and one.need:
                missing.setdefault(one.need[0], []).append(one.title)
        if missing:
            yield Heading(say("need"), 3)
            told = [f"{say('separator').join(titles)}{say('colon')}{need}" for need, titles in missing.items()]
            yield Paragraph("\n".join(told[:_WANTED]), "small")
        signers = say("semicolon").join(short(key) for key in shown.seal.signers) or say("verify.unsigned")
        seal = short(shown.seal.manifest) if shown.seal.manifest else say("verify.unsealed")
        yield Grid(
            (), [(say("verify.signers"), signers, say("verify.manifest"), seal)], (0.2, 0.38, 0.2, 0.22), size=8.5
        )

    return _paper(shown, say, "yiye", body())


def fuyan(shown: View, say: Words) -> Paper:
    """复验报告: the latest attempt beside those it replaces."""
    return _paper(
        shown, say, "fuyan", fuyan_body(shown, say), cover=_cover(shown, say, "fuyan"), annexes=_annex(shown, say)
    )


def _problems(shown: View, say: Words) -> Iterator[Block]:
    """Of each indicator that did not pass: why, and what would decide it."""
    found = False
    for each in shown.indicators:
        if each.verdict in {"PASS", "NOT_TESTED"} and not each.weaker:
            continue
        found = True
        yield Paragraph(f"{each.number}. {each.title}{say('colon')}{each.word}", "strong")
        yield Points([*each.reasons[:3], *each.need])
    if not found:
        yield Paragraph(say("paper.no-problems"))


def _annex(shown: View, say: Words) -> Iterator[Block]:
    yield from sections.lists(shown, say)
    yield from sections.evidence(shown, say)
    yield from assurances.annexes(shown, say)
    yield Paragraph(say("end"), "centre")


PLAN = "dagang"
LAYOUTS: Mapping[str, Callable[[View, Words], Paper]] = {
    "yanshou": yanshou,
    "jianyan": jianyan,
    "zhenggai": zhenggai,
    "yiye": yiye,
    "fuyan": fuyan,
}
"""Papers of a bundle's verdicts by the name that ``--layout`` takes; the plan's own is beside them."""
NAMES = (*LAYOUTS, PLAN)
