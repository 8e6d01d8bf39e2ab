# SPDX-License-Identifier: Apache-2.0
"""测试大纲: a sealed plan as a paper that both sides sign before the first attempt, from what was signed and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reports.listing import text_of
from reports.names import name, pairs
from reports.paper import planned as told
from reports.paper.blocks import Block, Grid, Heading, Paper, Paragraph
from reports.paper.sections import even
from reports.short import short
from reports.words import Words, words

UNDATED = (1970, 1, 1)
"""A plan holds no date of its own: whoever signs it writes one."""
_FORMED = (0.24, 0.76)


def dagang(content: Mapping[str, Any], lang: str, date: tuple[int, int, int] = UNDATED) -> Paper:
    """The paper of a plan; ``content``: what was sealed, with its ``sha256`` and the ``signatures`` under it."""
    say = words(lang)
    page, title = content["page"], say("plan.title")
    practice = content["conditions"]["practice"]
    number = str(content["sha256"])[:12]
    return Paper(
        title=f"{page['project']} {title}",
        lang=lang,
        layout="dagang",
        number=number,
        left=f"{title}{say('bracket', text=say('label.unaccredited'))}",
        right=f"{say('plan.number')} {number}",
        watermark=say("watermark.practice") if practice else "",
        digest=str(content["sha256"]),
        date=date,
        cover=list(_cover(content, say, lang)),
        blocks=list(_body(content, say, lang)),
        annexes=list(_annex(content, say, lang)),
        page=say("paper.page"),
        foot=say("plan.short", digest=short(str(content["sha256"]))),
    )


def _cover(content: Mapping[str, Any], say: Words, lang: str) -> Iterator[Block]:
    page, test = content["page"], content["conditions"]["test"]
    yield Paragraph(f"{say('plan.number')}{say('colon')}{str(content['sha256'])[:12]}", "right")
    yield Heading(say("plan.title"), 0)
    yield Paragraph(str(page["project"]), "centre")
    rows = [
        (say("fact.applicant"), str(page["applicant"]["name"])),
        (say("fact.scenario"), str(page["scenario"][lang])),
        (say("fact.site"), str(page["site"])),
        (say("fact.organisation"), str(test["organisation"])),
        (say("paper.nature"), f"{say('test.' + test['kind'])}{say('bracket', text=say('label.unaccredited'))}"),
    ]
    yield Grid((), rows, (0.3, 0.7))
    yield Paragraph(say("plan.agree"))
    parties = [(say(f"plan.{each}"), "", say("sign.date"), "") for each in ("maker", "counter-signer")]
    yield Grid((), parties, (0.22, 0.33, 0.15, 0.3), form=True)


def _body(content: Mapping[str, Any], say: Words, lang: str) -> Iterator[Block]:
    page, conditions = content["page"], content["conditions"]
    yield Heading(say("plan.1-basis"))
    published = page["published_by"]
    basis = str(page["document"]) + (say("bracket", text=published) if published else f" {say('law.own')}")
    rows = [
        (say("plan.digest"), str(content["sha256"])),
        (say("fact.basis"), basis),
        (say("verify.scenario"), str(conditions["scenario"]["sha256"])),
        (say("fact.attempts"), str(conditions["attempts"])),
        *([(say("plan.hours"), f"{content['hours']:.3g} h")] if content["hours"] is not None else []),
        (say("fact.operator"), str(page["operator"])),
        (say("fact.environment"), text_of(page["environment"], lang) or say("none")),
        (say("fact.software"), "{name} {version}\n{sha256}".format(**content["software"])),
    ]
    yield Grid((), rows, _FORMED)
    yield Heading(say("plan.2-overview"))
    head = [say(each) for each in ("overview.number", "overview.clause", "reading", "limit", "rule.name")]
    yield Grid(head, [_line(at, each, content, say, lang) for at, each in enumerate(page["indicators"], 1)],
               (0.07, 0.29, 0.3, 0.16, 0.18), size=9.0)  # fmt: skip
    yield Heading(say("plan.3-details"))
    for at in range(1, len(page["indicators"]) + 1):
        yield from _indicator(at, content, say, lang)
    yield Heading(say("plan.4-deviations"))
    yield Paragraph(say("plan.deviations"))


def _line(at: int, each: Mapping[str, Any], content: Mapping[str, Any], say: Words, lang: str) -> tuple[str, ...]:
    held = content["conditions"]["indicators"][each["id"]]
    kind = say("mandatory") if each["mandatory"] else say("informative")
    return (
        str(at),
        f"{each['clause']}\n{kind}",
        str(each["reading"][lang]),
        told.limit(held, lang) or say("no-limit"),
        say(f"rule.name.{held['rule']}") if held["limit"] else say("none"),
    )


def _indicator(at: int, content: Mapping[str, Any], say: Words, lang: str) -> Iterator[Block]:
    listed = content["page"]["indicators"]
    each, titles = listed[at - 1], {one["id"]: str(one["title"][lang]) for one in listed}
    held = content["conditions"]["indicators"][each["id"]]
    chosen = say("reading.chosen") if each["chosen"] else say("reading.default")
    yield Heading(f"{at}. {each['title'][lang]}", 2)
    yield Paragraph(str(each["clause"]), "quote")
    measurand = each["measurand"]
    rows = [
        (say("reading"), f"{each['reading'][lang]}{say('bracket', text=chosen)}"),
        (say("reading.why"), str(each["why"][lang])),
        (say("plan.measurand"), measurand if isinstance(measurand, str) else str(measurand[lang])),
        (say("limit"), told.limit(held, lang) or say("no-limit")),
        (say("rule.name"), say(f"rule.name.{held['rule']}") if held["limit"] else ""),
        (say("plan.risks"), told.risks(each) if held["limit"] else ""),
        (say("plan.minimum"), told.minimum(held["minimum"], say, lang)),
        (say("plan.rules"), say("semicolon").join(pairs(held["parameters"], lang))),
        (say("plan.constants"), say("semicolon").join(told.constant(one, say, lang) for one in each["constants"])),
        (say("plan.sources"), "\n".join(told.sources(held, titles, say, lang)) or say("plan.no-source")),
        (say("plan.need"), told.need(each, lang)),
        (say("agreed.instruments"), _needed(each, say, lang)),
    ]
    yield Grid((), [row for row in rows if row[1]], _FORMED)


def _needed(each: Mapping[str, Any], say: Words, lang: str) -> str:
    """The kinds of instrument that are needed, or why none is."""
    why = each.get("no_instrument", {}).get(lang, "")
    kinds = (name(one, lang, "instruments") for one in each["instruments"])
    return say("instrument.not-needed", why=why) if why else say("separator").join(kinds)


def _annex(content: Mapping[str, Any], say: Words, lang: str) -> Iterator[Block]:
    instruments = content["conditions"]["instruments"]
    yield Heading(say("plan.5-instruments"))
    if instruments:
        head = [say(f"instrument.{each}") for each in ("name", "kind", "model", "range", "certificate", "due")]
        yield even(head, [_instrument(own, each, say, lang) for own, each in instruments.items()])
    else:
        yield Paragraph(say("instrument.none"))
    yield Heading(say("plan.6-inputs"))
    files = [(path, f"{digest[:32]}\n{digest[32:]}") for path, digest in content["inputs"].items()]
    yield Grid((say("evidence.file"), "SHA-256"), files, (0.5, 0.5), size=9.0) if files else Paragraph(say("none"))
    yield Heading(say("plan.7-signatures"))
    signed = [
        (say("plan.maker") if each["maker"] else say("plan.counter-signer"), str(each["keyid"]))
        for each in content["signatures"]
    ]
    yield Grid((), signed, _FORMED, size=9.0) if signed else Paragraph(say("verify.unsigned"))
    yield Paragraph(say("plan.note"), "small")
    yield Paragraph(say("plan.end"), "centre")


def _instrument(own: str, each: Mapping[str, Any], say: Words, lang: str) -> tuple[str, ...]:
    cells = (
        own,
        name(each["kind"], lang, "instruments"),
        f"{each['model']} {each['serial']}".strip(),
        f"{' … '.join(each['range'])} {each['accuracy']}".strip(),
        f"{each['certificate']} {each['laboratory']}".strip(),
        each["due"],
    )
    return tuple(str(cell) or say("none") for cell in cells)
