# SPDX-License-Identifier: Apache-2.0
"""The public draw as a counting domain reads it: a sealed list, random values of both sides, the sample that follows.

The protocol is a text file of JSON lines, each carrying the SHA-256 of the line before. Its rule is published and needs no
package (docs/how-to/draw-in-public.md)::

    seed     = SHA-256("yanshou-draw-1" LF list_sha256 LF round LF party=value LF party=value …)   parties in ASCII order
    key(i)   = SHA-256("yanshou-sample-1" LF list_sha256 LF seed LF i)                              i = 0 … N-1
    round k  = the sizes[k-1] items with the smallest keys among those that no earlier round drew

A list of more than ten million items is not walked; there the numbers of a round are taken one after the other::

    pick(j)  = floor(N * SHA-256("yanshou-pick-1" LF list_sha256 LF seed LF j) / 2^256)             j = 0, 1, 2 …
    round k  = the first sizes[k-1] different picks that no earlier round drew

Whoever was there may sign the record as it stands (``draw sign``); a step after that needs another signature.

A domain reads the file with :func:`read_draw`, checks every item at ``positions``, counts ``forfeited`` items as not
conforming, and shares its risk among ``looks``: ``bounds(x, drawn.counted, N, alpha / drawn.looks)``.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from harness.agreed.refusals import broken
from harness.agreed.witnessed import SIGNED, WORDS, signer_of
from harness.evidence.canonical import canonical_bytes, parse
from harness.evidence.defects import NotJsonError
from harness.kit.listings import Column, Listing
from harness.model import Text

SCHEMA = "yanshou.draw/1"
FIRST = "0" * 64
LARGEST = 16 << 20
"""Bytes of a protocol."""
WALKED = 10_000_000
"""Items of a list up to which every one gets a key."""
MOST = 10**12
"""Items of a list."""
MOST_PICKED = 1_000_000
"""Items that may be drawn from a list that is not walked."""
TYPED = ("beacon", "dice", "lottery")
"""Sources of numbers that are read aloud in public instead of two secret values."""
PARTIES = frozenset({"applicant", "office", "institute", "tester", "witness"})
"""Roles that give random values; the applicant and one of the others at least."""
_FIELDS = {"seq", "time_ns", "kind", "body", "prev", "hash"}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the protocol: number from 0, wall clock, what happened, its place in the chain."""

    seq: int
    time_ns: int
    kind: str
    body: Mapping[str, Any]
    prev: str
    hash: str


@dataclass(frozen=True, slots=True)
class Round:
    """One round: its number from 1, the seed and the positions it drew (ascending); ``withheld``: who kept their value back."""

    number: int
    size: int
    seed: str = ""
    positions: tuple[int, ...] = ()
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a protocol came to.

    ``positions``: 0-based, ascending, of all rounds together, since a later round never replaces an earlier one. ``forfeited``:
    items of rounds in which the applicant withheld the value: they count as not conforming. ``looks``: the rounds that were
    sealed with the list, among which the risk is shared. ``open_round``: a round begun and not ended. ``signers``: keys that
    signed the record as it stands; whose they are is for a trust list to say.
    """

    list_sha256: str
    population: int
    sizes: tuple[int, ...]
    rounds: tuple[Round, ...]
    steps: tuple[Step, ...] = field(repr=False, default=())
    open_round: int = 0
    signers: tuple[str, ...] = ()

    @property
    def positions(self) -> tuple[int, ...]:
        """Every position that was drawn."""
        return tuple(sorted(each for one in self.rounds for each in one.positions))

    @property
    def forfeited(self) -> int:
        """Items that the applicant kept from being drawn, never more than there are left."""
        lost = sum(each.size for each in self.rounds if each.withheld == "applicant")
        return min(lost, self.population - len(self.positions))

    @property
    def counted(self) -> int:
        """Sample size for the bound: drawn and forfeited."""
        return len(self.positions) + self.forfeited

    @property
    def looks(self) -> int:
        """Rounds that share the risk."""
        return len(self.sizes)

    def listing(self) -> Listing:
        """The protocol for the report, a row a step."""
        columns = [Column(key, WORDS.text(f"column-{key}")) for key in ("step", "what", "facts", "hash")]
        rows = [(each.seq, WORDS.text(f"step-{each.kind}"), _told(each), each.hash) for each in self.steps]
        return Listing("draw", WORDS.text("title"), columns, rows)


def commitment(list_sha256: str, number: int, party: str, value: str) -> str:
    """What a party publishes before anybody reveals: SHA-256("yanshou-commit-1" LF list LF round LF party LF value)."""
    return _sha(f"yanshou-commit-1\n{list_sha256}\n{number}\n{party}\n{value}")


def seed_of(list_sha256: str, number: int, values: Mapping[str, str]) -> str:
    """The seed of a round: over list, round number and every value, parties in ASCII order."""
    said = "\n".join(f"{party}={values[party]}" for party in sorted(values))
    return _sha(f"yanshou-draw-1\n{list_sha256}\n{number}\n{said}")


def sample(list_sha256: str, seed: str, population: int, size: int, before: Iterable[int] = ()) -> tuple[int, ...]:
    """The ``size`` positions with the smallest keys, or picked one by one, without those drawn ``before``; ascending."""
    taken = frozenset(before)
    if population > WALKED:
        return _picked(list_sha256, seed, population, size, taken)
    stem = hashlib.sha256(f"yanshou-sample-1\n{list_sha256}\n{seed}\n".encode())

    def key(position: int) -> bytes:
        item = stem.copy()
        item.update(str(position).encode())
        return item.digest()

    left = (each for each in range(population) if each not in taken)
    return tuple(sorted(heapq.nsmallest(size, left, key=key)))


def _picked(list_sha256: str, seed: str, population: int, size: int, taken: frozenset[int]) -> tuple[int, ...]:
    """The first ``size`` different picks that are not ``taken``; uniform but for less than population / 2^256."""
    stem, found, number = f"yanshou-pick-1\n{list_sha256}\n{seed}\n", set[int](), 0
    while len(found) < size:
        pick = population * int(_sha(f"{stem}{number}"), 16) >> 256
        number += 1
        if pick not in taken:
            found.add(pick)
    return tuple(sorted(found))


def read_draw(content: bytes, list_sha256: str = "", population: int | None = None, where: str = "draw") -> Drawn:
    """The protocol in ``content``; BrokenAgreementError with the code of what is wrong (``draw.…``).

    ``list_sha256``: digest of the list as it lies here, which must be the sealed one; ``population``: items counted in it.
    """
    steps = read_steps(content, where)
    return replayed(steps, list_sha256, population, where)


def read_steps(content: bytes, where: str = "draw") -> tuple[Step, ...]:
    """Every line of a protocol whose chain holds."""
    if len(content) > LARGEST or not content.endswith(b"\n"):
        _refuse("torn", where)
    steps: list[Step] = []
    for number, line in enumerate(content.splitlines(), 1):
        step = _step(line, f"{where}:{number}")
        if step.seq != len(steps) or step.prev != (steps[-1].hash if steps else FIRST):
            _refuse("edited", f"{where}:{number}")
        if steps and step.time_ns < steps[-1].time_ns - 10**9:
            _refuse("clock-back", f"{where}:{number}")
        steps.append(step)
    if not steps:
        _refuse("torn", where)
    return tuple(steps)


def _step(line: bytes, where: str) -> Step:
    try:
        given = parse(line, where=where)
        if not isinstance(given, dict) or set(given) != _FIELDS or not isinstance(given["body"], dict):
            _refuse("edited", where)
        hashed = {key: value for key, value in given.items() if key != "hash"}
        if hashlib.sha256(canonical_bytes(hashed)).hexdigest() != given["hash"]:
            _refuse("edited", where)
        return Step(
            int(given["seq"]), int(given["time_ns"]), str(given["kind"]), given["body"], given["prev"], given["hash"]
        )
    except (NotJsonError, TypeError, ValueError):
        _refuse("edited", where)


def next_line(steps: Sequence[Step], time_ns: int, kind: str, body: Mapping[str, Any]) -> bytes:
    """The line that continues a protocol."""
    hashed = {
        "seq": len(steps),
        "time_ns": str(time_ns),
        "kind": kind,
        "body": dict(body),
        "prev": steps[-1].hash if steps else FIRST,
    }
    return canonical_bytes({**hashed, "hash": hashlib.sha256(canonical_bytes(hashed)).hexdigest()}) + b"\n"


def replayed(steps: Sequence[Step], list_sha256: str = "", population: int | None = None, where: str = "draw") -> Drawn:
    """The protocol played again from its first line; every rule of it is checked."""
    try:
        game = _Game(steps[0], where)
    except (KeyError, TypeError, ValueError):
        _refuse("not-sealed", where)
    if list_sha256 and list_sha256 != game.list_sha256:
        _refuse("list-changed", where, sealed=game.list_sha256[:16], found=list_sha256[:16])
    if population is not None and population != game.population:
        _refuse("population", where, sealed=game.population, found=population)
    try:
        for each in steps[1:]:
            game.play(each)
    except (KeyError, TypeError, ValueError):
        _refuse("edited", where)
    return Drawn(
        game.list_sha256,
        game.population,
        game.sizes,
        tuple(game.rounds),
        tuple(steps),
        game.number if game.open else 0,
        tuple(game.signers),
    )


class _Game:
    """The state of a protocol while it is read."""

    def __init__(self, first: Step, where: str) -> None:
        self.where = where
        body = first.body
        if first.kind != "sealed" or body.get("schema") != SCHEMA:
            _refuse("not-sealed", where)
        self.list_sha256, self.population = str(body["list_sha256"]), int(body["population"])
        self.sizes = tuple(int(each) for each in body["sizes"])
        self.parties = tuple(str(each) for each in body["parties"])
        if not 1 <= self.population <= MOST:
            _refuse("sizes", where, sizes=list(self.sizes), population=self.population)
        room = self.population if self.population <= WALKED else MOST_PICKED
        if not self.sizes or min(self.sizes) < 1 or sum(self.sizes) > room:
            _refuse("sizes", where, sizes=list(self.sizes), population=self.population)
        if len(set(self.parties)) != len(self.parties) or (self.parties and not _two_sides(self.parties)):
            _refuse("one-side", where)
        self.signers: list[str] = []
        self.rounds: list[Round] = []
        self.used: set[str] = set()
        self._clear()

    def _clear(self) -> None:
        self.committed: dict[str, str] = {}
        self.revealed: dict[str, str] = {}

    @property
    def number(self) -> int:
        """The round under way, from 1."""
        return len(self.rounds) + 1

    @property
    def open(self) -> bool:
        """Whether a round was begun and not ended."""
        return bool(self.committed)

    def play(self, step: Step) -> None:
        """One step by the rules, or the error that names the broken one."""
        if step.kind == SIGNED:
            self._signed(step)
            return
        self.signers.clear()
        if step.kind not in {"committed", "revealed", "withheld", "typed"}:
            _refuse("unknown-step", self.where, step=step.kind[:40])
        if self.number > len(self.sizes):
            _refuse("too-many-rounds", self.where, sealed=len(self.sizes))
        getattr(self, f"_{step.kind}")(step.body)

    def _signed(self, step: Step) -> None:
        """Somebody signs everything above."""
        keyid = signer_of(step.prev, step.body)
        if not keyid:
            _refuse("signature", self.where)
        if keyid not in self.signers:
            self.signers.append(keyid)

    def _committed(self, body: Mapping[str, Any]) -> None:
        party = self._party(body)
        if self.revealed or party in self.committed:
            _refuse("order", self.where, party=party)
        self._fresh(str(body["commitment"]))
        self.committed[party] = str(body["commitment"])

    def _revealed(self, body: Mapping[str, Any]) -> None:
        party, value = self._party(body), str(body["value"])
        if set(self.committed) != set(self.parties) or party in self.revealed:
            _refuse("order", self.where, party=party)
        if commitment(self.list_sha256, self.number, party, value) != self.committed[party]:
            _refuse("reveal-mismatch", self.where, party=party)
        self._fresh(value)
        self.revealed[party] = value
        if len(self.revealed) == len(self.parties):
            self._draw(self.revealed)

    def _withheld(self, body: Mapping[str, Any]) -> None:
        """A party keeps its value back, or never committed: the round is over and goes against it."""
        party = self._party(body)
        if party in self.revealed:
            _refuse("order", self.where, party=party)
        if set(self.parties) - {party} - set(self.committed):
            _refuse("order", self.where, party=party)
        self.rounds.append(Round(self.number, self.sizes[self.number - 1], withheld=party))
        self._clear()

    def _typed(self, body: Mapping[str, Any]) -> None:
        source, value = str(body["source"]), " ".join(str(body["value"]).split())
        if self.parties:
            _refuse("typed-not-agreed", self.where, source=source[:40])
        if source not in TYPED or len(value) < 8:
            _refuse("typed-short", self.where, source=source[:40])
        self._fresh(f"{source}={value}")
        self._draw({source: value})

    def _draw(self, values: Mapping[str, str]) -> None:
        size, before = self.sizes[self.number - 1], [each for one in self.rounds for each in one.positions]
        seed = seed_of(self.list_sha256, self.number, values)
        positions = sample(self.list_sha256, seed, self.population, size, before)
        self.rounds.append(Round(self.number, size, seed, positions))
        self._clear()

    def _party(self, body: Mapping[str, Any]) -> str:
        party = str(body.get("party"))
        if party not in self.parties or int(body.get("round", 0)) != self.number:
            _refuse("stranger", self.where, party=party[:40])
        return party

    def _fresh(self, value: str) -> None:
        if value in self.used:
            _refuse("used-twice", self.where)
        self.used.add(value)


def _two_sides(parties: Sequence[str]) -> bool:
    """The applicant, whose withheld value counts against him, and somebody else of a known role; no name of anybody's choice."""
    return "applicant" in parties and len(parties) > 1 and set(parties) <= PARTIES


def missing(drawn: Drawn, where: str = "draw") -> None:
    """BrokenAgreementError where a round was begun and a reveal is missing, or where nothing was drawn."""
    if drawn.open_round:
        _refuse("reveal-missing", where, round=drawn.open_round)
    if not drawn.counted:
        _refuse("not-drawn", where)


def said(step: Step, most: int | None = None) -> Text:
    """Who or what source, and the value, digest or key of this step; ``most``: its letters, then it is cut."""
    body = step.body
    told = str(body.get("commitment") or body.get("value") or body.get("keyid") or "")
    shown = told if most is None or len(told) <= most else f"{told[:most]}…"
    if "party" in body:
        return WORDS.text(f"who-{body['party']}", said=shown)
    if "source" in body:
        return WORDS.text(f"source-{body['source']}", said=shown)
    return WORDS.text("facts-signed", said=shown)


def _told(step: Step) -> Text:
    """All that a step says, in words."""
    if step.kind == "sealed":
        sealed = {key: step.body.get(key, "") for key in ("list", "population", "list_sha256")}
        return WORDS.text("facts-sealed", **sealed, sizes=", ".join(map(str, step.body["sizes"])))
    told = said(step)
    if "round" not in step.body:
        return told
    before = WORDS.text("facts-round", number=step.body["round"])
    return Text(before.zh + told.zh, before.en + told.en)


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _refuse(key: str, where: str, **facts: Any) -> NoReturn:
    raise broken(WORDS, key, where, **facts)
