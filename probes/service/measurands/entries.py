# SPDX-License-Identifier: Apache-2.0
"""``service.callable``: how many entries of a catalogue really answer, and how many different services that are.

Three numbers: entries that are exactly distinct (number, name, content), entries that answer, and clusters of what answers alike.
A skin over another entry's model says the same words at temperature 0, with the same number of tokens. PASS needs the
clusters, FAIL the entries that answer.

Of a sample drawn in public both are bounded at half the risk each (docs/decisions/0024-skins-in-a-sample.md): entries that answer
by the hypergeometric distribution; copies among all entries by how many the sample showed, of which two both have to be drawn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from itertools import combinations
from typing import Any

from harness.agreed.refusals import BrokenAgreementError
from harness.effort import Effort
from harness.kit.copies import copies, wording
from harness.kit.draw import Drawn, missing, read_draw
from harness.kit.draw.shown import draw_picture
from harness.kit.listings import Column, Listing
from harness.kit.parts import Part, absent, every
from harness.model import Lack, Need, Outcome, Reason, Side, Text
from harness.plugins import Ask, Input, Request, Shown
from harness.stats import binomial
from harness.stats.population import bounds
from probes.service.digests.answers import Catalogue, Reply
from probes.service.formats.catalogue import Entry, folded
from probes.service.formats.said import SHORTEST, Pieces, pieces, resembling
from probes.service.formats.words import WORDS

COLUMNS = ("entry", "name", "model", "answered", "tokens", "group", "reasons")


@dataclass(frozen=True, slots=True)
class Called:
    """One entry: why it does not count; ``open``: it was to be called and was not."""

    entry: Entry
    reasons: tuple[Reason, ...]
    replies: tuple[Reply, ...]
    open: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """Every entry that was to be called, and the clusters of those that answer; ``population``: entries listed."""

    called: tuple[Called, ...]
    groups: tuple[tuple[int, ...], ...]
    population: int
    drawn: Drawn | None
    whole: Catalogue
    invalid: tuple[Reason, ...]

    @property
    def answering(self) -> list[Called]:
        """Those that count, skins included."""
        return [each for each in self.called if not each.reasons]

    @property
    def copied(self) -> int:
        """How many of them are another one once more."""
        return sum(len(each) - 1 for each in self.groups)


def settled(inputs: Sequence[Input], ask: Ask) -> Settled:
    """The view."""
    whole = reduce(Catalogue.merge, (each.summary for each in inputs), Catalogue())
    several = (WORDS.reason("several-catalogues", count=len(inputs)),) if len(inputs) > 1 else ()
    found = of_catalogue(whole, ask.declared.get("answer_within", ask.defaults.get("answer_within")))
    return replace(found, invalid=(*whole.invalid, *several, *found.invalid))


def of_catalogue(whole: Catalogue, within: object = None) -> Settled:
    """Every entry that was to be called; ``within``: how long an answer may take."""
    drawn, broken = _drawn(whole)
    picked = set(drawn.positions) if drawn is not None else None
    replies: dict[int, dict[int, list[Reply]]] = defaultdict(lambda: defaultdict(list))
    for each in whole.replies:
        replies[each.place][each.question].append(each)
    called = tuple(
        _called(entry, whole, replies.get(entry.place, {}), within)
        for entry in whole.entries
        if picked is None or entry.place in picked
    )
    answering = [each for each in called if not each.reasons]
    return Settled(called, alike(answering), len(whole.entries), drawn, whole, broken)


def _drawn(whole: Catalogue) -> tuple[Drawn | None, tuple[Reason, ...]]:
    if not whole.draws:
        return None, ()
    if len(whole.draws) > 1:
        return None, (WORDS.reason("several-draws"),)
    try:
        drawn = read_draw(whole.draws[0], whole.digest, len(whole.entries))
        missing(drawn)
    except BrokenAgreementError as defect:
        return None, (defect.reason,)
    return drawn, ()


def _called(entry: Entry, whole: Catalogue, replies: Mapping[int, Sequence[Reply]], within: object) -> Called:
    reasons = list(_exactly(entry, whole))
    if not entry.callable:
        return Called(entry, (*reasons, WORDS.reason("entry-without-interface")), ())
    if entry.doubt:
        reasons.append(WORDS.reason("entry-doubted", said=entry.doubt))
    wanted = 1 if entry.request else max(1, whole.questions)
    given = tuple(replies[at][0] for at in range(wanted) if at in replies)
    begun = len(given) == wanted and not any(each.fault == "unfinished" for each in given)
    failed = [each for each in given if each.fault]
    if failed:
        reasons.append(WORDS.reason("entry-failed", fault=failed[0].fault, said=failed[0].said or "–"))
    elif not begun:
        reasons.append(WORDS.reason("entry-not-called", asked=len(given), wanted=wanted))
    if not failed and begun:
        reasons += _silent(given)
    slow = max((each.took_ns for each in given), default=0) / 1e9
    if not failed and within is not None and slow > _seconds(within):
        reasons.append(WORDS.reason("entry-slow", seconds=round(slow, 2), within=str(within)))
    return Called(entry, tuple(reasons), given, open=(not begun or bool(entry.doubt)) and len(reasons) == 1)


def _silent(given: Sequence[Reply]) -> list[Reason]:
    """Replies that are none: without a word, or the same words to every question."""
    texts = {wording(each.text) for each in given}
    if "" in texts:
        return [WORDS.reason("entry-says-nothing")]
    if len(given) > 1 and len(texts) == 1:
        return [WORDS.reason("entry-canned", asked=len(given), said=given[0].text[:40])]
    return []


def _seconds(within: object) -> float:
    from harness.quantity import Quantity

    return float(Quantity.parse(str(within)).to("s"))


def _exactly(entry: Entry, whole: Catalogue) -> Iterator[Reason]:
    """An entry listed before under the same number, name or content is that one."""
    for kind, key in (("id", folded(entry.id)), ("name", wording(entry.name)), ("content", entry.content)):
        for other in whole.entries if key else ():
            if other.place >= entry.place:
                break
            mine = {"id": folded(other.id), "name": wording(other.name), "content": other.content}[kind]
            if mine == key:
                yield WORDS.reason(f"entry-same-{kind}", other=other.label, row=other.number)
                break


def alike(called: Sequence[Called]) -> tuple[tuple[int, ...], ...]:
    """Clusters of entries that answer alike, as places in ``called``: at least half of the questions, none contradicting by tokens."""
    texts = [[pieces(each.text) for each in one.replies] for one in called]
    marks: list[list[tuple[str, str]]] = [[] for _ in called]
    for one, other in combinations(range(len(called)), 2):
        if _same(called[one].replies, called[other].replies, texts[one], texts[other]):
            marks[one].append(("behaviour", f"{one}-{other}"))
            marks[other].append(("behaviour", f"{one}-{other}"))
    return copies(marks).groups


def _same(one: Sequence[Reply], other: Sequence[Reply], mine: Sequence[Pieces], theirs: Sequence[Pieces]) -> bool:
    compared = shared = 0
    for a, b, left, right in zip(one, other, mine, theirs, strict=False):
        if a.text == b.text and a.text:
            compared, shared = (
                compared + 1,
                shared + (len(wording(a.text)) >= SHORTEST or a.completion == b.completion),
            )
        elif left and right:
            compared += 1
            shared += resembling(left, right)
    return compared > 0 and 2 * shared > compared


def count(view: Settled, request: Request) -> Outcome:
    """Entries that answer and are not another one once more, with bounds over the whole catalogue."""
    unit = request.limit.quantity.unit if request.limit else "种"
    key = "method-callable" if view.drawn is None else "method-callable-drawn"
    outcome = every([_part(view, request)], request, unit, WORDS.text(key), high_is_worse=False)
    remarks = tuple(_remarks(view))
    return replace(outcome, remarks=(*outcome.remarks, *remarks), effort=_effort(view))


def _effort(view: Settled) -> dict[str, Effort]:
    """How many entries were to be called, and of what share it is known whether they count."""
    due, pending = len(view.called), sum(each.open for each in view.called)
    return {"items": due, **({"examined": Fraction(due - pending, due)} if due else {})}


def _part(view: Settled, request: Request) -> Part:
    if not view.called:
        lack: tuple[Lack, ...] = () if view.invalid else (WORDS.lack("no-entries", Side.BOTH),)
        return absent("", *lack, invalid=view.invalid)
    lacks = (WORDS.lack("damaged", count=view.whole.damaged),) if view.whole.damaged else ()
    good, copied = len(view.answering), view.copied
    told = {"listed": view.population, "called": len(view.called), "answering": good, "clusters": good - copied}
    pending = sum(each.open for each in view.called)
    answering_ones = view.answering
    names = [answering_ones[at].entry.label for group in view.groups for at in group]
    need = Need(WORDS.text("look-at-groups", names=names), "pass") if names else None
    if view.drawn is None:
        n = len(view.called)
        return Part(
            "", good - copied, good - copied, good + pending, n, float(n), lacks, need, view.invalid, diagnostics=told
        )
    size, total, looks = view.drawn.counted, view.population, view.drawn.looks
    low, high = request.risk_below / (2 * looks), request.risk_above / looks
    answering = bounds(good, size, total, low).lower
    unseen = hidden(copied, size, total, low)
    upper = bounds(min(size, good + pending), size, total, high).upper
    value = Fraction((good - copied) * total, size)
    return Part(
        "", value, max(0, answering - unseen), upper, size, float(size), lacks, need, view.invalid, diagnostics=told
    )


def hidden(shown: int, size: int, population: int, risk: Fraction) -> int:
    """How many entries of the whole catalogue may be another one once more, when a sample showed ``shown`` of them.

    A copy shows when both of a pair are drawn, and pairs are the arrangement that shows least: the largest number R for which
    P(Binomial(R, p) <= shown) still exceeds ``risk``, p the chance that two given entries are both drawn.
    """
    most = population - 1
    if size >= population:
        return min(shown, most)
    pair = Fraction(size * (size - 1), population * (population - 1))
    low, high = shown, most
    while low < high:
        middle = (low + high + 1) // 2
        if binomial.cumulative(shown, middle, pair) > risk:
            low = middle
        else:
            high = middle - 1
    return min(low, most)


def _struck(each: Called) -> Text:
    """An entry that does not count, with the first reason."""
    label, why = each.entry.label, each.reasons[0].text
    return Text(f"{label}（{why.zh.rstrip('。')}）", f"{label} ({why.en.rstrip('.')})")


def _remarks(view: Settled) -> Iterator[Reason]:
    good = len(view.answering)
    yield WORDS.reason(
        "four-numbers", listed=view.population, called=len(view.called), answering=good, clusters=good - view.copied
    )
    answering = view.answering
    for group in view.groups:
        yield WORDS.reason("skins", names=[answering[at].entry.label for at in group])
    struck = [_struck(each) for each in view.called if each.reasons]
    if struck:
        yield WORDS.reason("struck", count=len(struck), names=struck)
    if view.whole.unread:
        yield WORDS.reason("unread-columns", names=view.whole.unread)
    if view.drawn is not None:
        yield WORDS.reason("drawn", size=view.drawn.counted, total=view.population, forfeited=view.drawn.forfeited)


def listed(view: Settled) -> list[tuple[Any, ...]]:
    """A row an entry: number, name, model, whole answers, tokens, the group that behaves alike, why it does not count."""
    group = {at: number for number, each in enumerate(view.groups, 1) for at in each}
    places = {each.entry.place: group.get(at) for at, each in enumerate(view.answering)}
    return [
        (
            each.entry.label,
            each.entry.name,
            each.entry.model,
            sum(not reply.fault for reply in each.replies),
            [str(reply.completion) for reply in each.replies if reply.completion >= 0],
            places.get(each.entry.place),
            [reason.text for reason in each.reasons],
        )
        for each in view.called
    ]


def show(view: Settled, outcome: Outcome, request: Request) -> Shown:  # noqa: ARG001 - what every show is given
    """Every entry: whether it answered, its tokens, its cluster, and why it does not count; and the protocol of the draw."""
    rows = listed(view)
    listing = Listing(
        "entries", WORDS.text("entries"), [Column(key, WORDS.text(f"column-{key}")) for key in COLUMNS], rows
    )
    figures = () if view.drawn is None else (draw_picture(view.drawn),)
    return Shown(figures, (listing, *([view.drawn.listing()] if view.drawn is not None else [])))
