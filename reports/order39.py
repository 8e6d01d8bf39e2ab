# SPDX-License-Identifier: Apache-2.0
"""Two lists that an assessor goes through, each item with its state and the evidence for it.

The self-check list after 总局令第 39 号 (what makes a report false or unreliable), and the four properties of archived records
(四性, DA/T 70-2018). ``unknown`` is never ``yes``: what the bundle does not show is said to be not shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.documents import Results
from harness.evidence.bundle import ATTESTATION, Bundle, walk
from harness.evidence.crosscheck import closings, open_segments
from harness.evidence.journal import JournalEvent
from reports.names import source, titles_of
from reports.words import Words, words


@dataclass(frozen=True, slots=True)
class Item:
    """One item: what is asked, ``yes``, ``no`` or ``unknown``, the word for it, and its evidence."""

    title: str
    state: str
    word: str
    evidence: str


def order39(results: Results, events: Sequence[JournalEvent], lang: str) -> tuple[Item, ...]:
    """The self-check list after 总局令第 39 号, from results and journal."""
    say, titles = words(lang), titles_of(results.indicators, lang)
    agreed, campaign = results.campaign.agreed, results.campaign
    raw = {file.path for each in results.indicators for file in each.evidence}
    left_open = open_segments(events)
    untested = [titles[each.id] for each in results.indicators if each.mandatory and each.verdict == "NOT_TESTED"]
    deviations = 0 if agreed.plan is None else len(agreed.plan.deviations)
    return (
        _item("raw", bool(raw) and not left_open, say, files=len(raw), open=len(left_open)),
        _item("items", not untested, say, total=len(results.indicators), untested=_listed(untested, say)),
        _item("unplanned", None, say)
        if agreed.plan is None
        else _item("conditions", not deviations, say, count=deviations),
        _instruments(results, titles, say),
        _identity(events, titles, lang),
        _item(
            "simulated",
            not campaign.simulated and not campaign.practice,
            say,
            sources=_listed([source(each, titles, lang) for each in campaign.simulated], say),
            practice=say("yes" if campaign.practice else "no"),
        ),
        _signing_time(events, say),
        _attempts(results, events, say),
    )


def _instruments(results: Results, titles: Mapping[str, str], say: Words) -> Item:
    """No where one is out of date or does not match; not to be told where one is uncertain or was not declared."""
    agreed = results.campaign.agreed
    bad = [each.name for each in agreed.instruments if each.state in {"EXPIRED", "MISMATCH"}]
    unsure = [each.name for each in agreed.instruments if each.state == "UNCERTAIN"]
    tested = {each.id for each in results.indicators if each.verdict != "NOT_TESTED"}
    without = tested & {each.indicator for each in agreed.uninstrumented}
    lacking = tested - without - {name for each in agreed.instruments for name in each.indicators}
    good = False if bad else None if unsure or lacking or not tested else True
    facts = {"total": len(agreed.instruments), "bad": _listed([*bad, *unsure], say), "without": len(without)}
    return _item(
        "instruments",
        good,
        say,
        lacking=_listed([title for id_, title in titles.items() if id_ in lacking], say),
        **facts,
    )


def _attempts(results: Results, events: Sequence[JournalEvent], say: Words) -> Item:
    """No where the ledger of this machine names attempts of the project elsewhere; else only the office's book can tell."""
    seen = [event.body["elsewhere"] for event in events if event.kind == "ledger_seen"]
    elsewhere = max(map(len, seen), default=0)
    facts = {"made": results.campaign.attempts.made, "challenged": len(results.campaign.agreed.challenges)}
    return _item("attempts", False if elsewhere else None, say, elsewhere=elsewhere, **facts)


def _listed(names: Sequence[str], say: Words) -> str:
    return say("separator").join(names) or say("none")


def _item(key: str, good: bool | None, say: Words, **facts: object) -> Item:
    state = "unknown" if good is None else "yes" if good else "no"
    return Item(say(f"order39.{key}"), state, say(f"state.{state}"), say(f"order39.{key}-evidence", **facts))


def _identity(events: Sequence[JournalEvent], titles: Mapping[str, str], lang: str) -> Item:
    """Marks of the samples that sources journal as ``domain.identity {of, ids}``: every one against the first of its sample."""
    seen: dict[tuple[str, str, int, str], list[list[str]]] = {}
    for event in events:
        ids = event.body.get("ids")
        if event.kind.endswith(".identity") and isinstance(ids, list):
            key = (event.body["indicator"], event.body["source"], event.body["attempt"], str(event.body.get("of", "")))
            seen.setdefault(key, []).append(sorted(map(str, ids)))
    compared = {key: all(one == each[0] for one in each) for key, each in seen.items() if len(each) > 1}
    good = None if not compared else all(compared.values())
    say = words(lang)
    if not compared:
        return _item("unmarked", None, say)
    told = {key: source(f"{key[0]}/{key[1]}", titles, lang) + (f" {key[3]}" if key[3] else "") for key in compared}
    changed = [told[key] for key, same in compared.items() if not same]
    return _item("identity", good, say, count=len(compared), changed=_listed(changed, say))


def _signing_time(events: Sequence[JournalEvent], say: Words) -> Item:
    closed = [event.time_ns for event in events if event.kind in {"segment_closed", "attached"}]
    sealed = [event.time_ns for event in events if event.kind == "sealed"]
    good = None if not sealed else not closed or sealed[-1] >= max(closed)
    return _item("time", good, say)


def sixing(bundle: Bundle, results: Results, events: Sequence[JournalEvent], say: Words) -> tuple[Item, ...]:
    """The four properties, from the files of the bundle; the report was made from verdicts that recomputed just before."""
    return tuple(_four(bundle, results, events, say))


_RUNS = frozenset({".exe", ".dll", ".bat", ".cmd", ".ps1", ".sh", ".js", ".vbs", ".scr", ".com", ".msi", ".jar"})


def _four(bundle: Bundle, results: Results, events: Sequence[JournalEvent], say: Words) -> Iterator[Item]:
    entries = list(walk(bundle.root))
    signers = [keyid for event in events if event.kind == "sealed" for keyid in event.body["signers"]]
    stamps = sum(each.path.endswith(".tsr") for each in entries)
    signed = (bundle.root / ATTESTATION).is_file() and bool(signers)
    yield _four_item("authentic", signed, say, signers=len(set(signers)), events=len(events), stamps=stamps)
    files = [each for each in entries if each.path.startswith("data/")]
    whole = bundle.sealed and not open_segments(events)
    yield _four_item("complete", whole, say, files=len(files), segments=len(closings(events)))
    kinds = sorted({each.path.rpartition(".")[2].lower() for each in files if "." in each.path.rpartition("/")[2]})
    usable = results.software.version != ""
    yield _four_item("usable", usable, say, kinds=say("separator").join(kinds), version=results.software.version)
    harmful = [each.path for each in entries if not each.plain or any(each.path.lower().endswith(end) for end in _RUNS)]
    yield _four_item("safe", not harmful, say, harmful=say("separator").join(harmful[:5]) or say("none"))


def _four_item(key: str, good: bool, say: Words, **facts: object) -> Item:
    state = "yes" if good else "no"
    return Item(say(f"sixing.{key}"), state, say(f"state.{state}"), say(f"sixing.{key}-evidence", **facts))
