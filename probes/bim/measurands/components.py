# SPDX-License-Identifier: Apache-2.0
"""bim.components: how many different components there are, by one of the readings of what a component is.

The value is what is exactly distinct; PASS needs what is left when near-copies are taken as one (the lower bound).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from harness.kit.census import Mark
from harness.kit.copies import Copies, copies, outline
from harness.kit.listings import Cell, Column, Listing, facts
from harness.kit.parts import Part, every
from harness.model import Lack, Outcome, Reason
from harness.plugins import Ask, Input, Request, Shown
from probes.bim.digests.model import LACKS, Kind, Models, Specified, alike
from probes.bim.formats.classes import ELEMENTS, spelt
from probes.bim.formats.words import WORDS

_SHOWN = 2000
"""Types that are listed by name."""


SPELT_ELEMENTS = frozenset(f"IFC{each.upper()}" for each in ELEMENTS)


@dataclass(frozen=True, slots=True)
class Together:
    """All files, the different types in them and the clusters that these form."""

    models: Models
    kinds: tuple[Kind, ...]
    padding: Copies

    @property
    def unfounded(self) -> int:
        """Types and components that refer to what their file does not have: nobody knows what they are copies of."""
        return sum(not each.sound for each in self.kinds) + sum(each.unfounded for each in self.models.files)


def together(inputs: Sequence[Input], ask: Ask) -> Together:  # noqa: ARG001 - what every view is given
    """The union of all sources; the bytes of one file count once however often they are handed in."""
    models = reduce(Models.merge, (each.summary for each in inputs), Models())
    return Together(models, models.kinds, clusters(models))


def clusters(models: Models) -> Copies:
    """The different types over all files, and the clusters of near-copies that they form."""
    kinds = models.kinds
    shapes = alike({each.shape: each.rough_shape for each in kinds if each.shape})
    parameters = alike({each.parameters: each.rough_parameters for each in kinds if each.parameters})
    nearly = [
        replace(each, shape=shapes.get(each.shape, 0), parameters=parameters.get(each.parameters, 0)) for each in kinds
    ]
    return copies([_marks(each) for each in nearly])


def least_types(kinds: Sequence[Kind], padding: Copies) -> int:
    """How many of ``kinds`` are different ones for certain: near-copies as one, and none that refers to what is not there."""
    return padding.clustered - any(not each.sound for each in kinds)


def _marks(kind: Kind) -> list[Mark]:
    """What near-copies among types share: class, shape and parameters, jitter apart; without any the wording of their names.

    Types without any shape are told apart by the wording of their names alone: whatever their properties say, nothing is drawn.

    Those that refer to what their file does not have are together one cluster, whatever else they are. Of one shape and one wording of the name, another class alone or other parameters alone make no other component either.
    """
    if not kind.sound:
        return [("unfounded", "")]
    if kind.shape or kind.parameters:
        marks = [("content", f"{kind.ifc_class} {kind.shape} {kind.parameters}")]
        if kind.shape:
            named = f"{outline(kind.name)} {kind.shape}"
            marks += [("reworked", f"{kind.ifc_class} {named}"), ("reclassed", f"{named} {kind.parameters}")]
            return marks
        return [*marks, ("outline", f"{kind.ifc_class} {outline(kind.name)}")]
    return [("outline", f"{kind.ifc_class} {outline(kind.name)}")]


def distinct(view: Together, request: Request) -> Outcome:
    """How many components by the reading (``by``): ``type``, ``globalid``, ``leaves`` or ``signature``."""
    by = str(request.parameter("by", "type"))
    if by not in _COUNTS:
        return Outcome(None, lacks=(WORDS.lack("unknown-reading", by=by),))
    models = view.models
    if not models.files and not models.invalid:
        return Outcome(None, lacks=(WORDS.lack("no-model"),))
    value, least = _COUNTS[by](view)
    limit = request.limit
    lacks: tuple[Lack, ...] = ()
    if limit is not None and limit.conforms(value) and not limit.conforms(least):
        lacks = (WORDS.lack("near-copies", exact=value, clustered=least),)
        if view.unfounded:
            lacks = (*lacks, WORDS.lack("refers-to-nothing", count=view.unfounded))
    if any(not each.passed for each in models.specified):
        lacks = (
            *lacks,
            WORDS.lack("ids-failed", names=sorted({each.name for each in models.specified if not each.passed})),
        )
    invalid = (*models.invalid, *_crosschecked(models))
    told = {"files": len(models.files), "elements": _sum(models, "elements"), "clustered": least}
    part = Part("", value, least, value, value, float(value), lacks, invalid=invalid, diagnostics=told)
    outcome = every([part], request, "件", WORDS.text(f"by-{by}"))
    return replace(outcome, remarks=tuple(_remarks(view)), effort={"items": value})


def _by_type(view: Together) -> tuple[int, int]:
    return view.padding.exact, least_types(view.kinds, view.padding)


def _by_globalid(view: Together) -> tuple[int, int]:
    exact = len(view.models.identities)
    return exact, min(exact, view.models.placed())


def _by_leaves(view: Together) -> tuple[int, int]:
    exact = len(frozenset().union(*(each.leaf_identities for each in view.models.files)))
    return exact, min(exact, view.models.placed(leaves=True))


def _by_signature(view: Together) -> tuple[int, int]:
    return view.models.signatures, min(view.models.signatures, view.models.contents)


_COUNTS: Mapping[str, Callable[[Together], tuple[int, int]]] = {
    "type": _by_type,
    "globalid": _by_globalid,
    "leaves": _by_leaves,
    "signature": _by_signature,
}


def _remarks(view: Together) -> list[Reason]:
    files = view.models.files
    elements, bare = _sum(view.models, "elements"), _sum(view.models, "without_features")
    told = [WORDS.reason("census", files=len(files), elements=elements, components=bare, types=len(view.kinds))]
    if files:
        told.append(
            WORDS.reason("programs", names=sorted({name for each in files for name in each.application}) or ["—"])
        )
    untyped = sum(each.lacking["type"] for each in files)
    if untyped:
        told.append(WORDS.reason("untyped", count=untyped))
    for each in files:
        told += [
            replace(r, text=replace(r.text, zh=f"{each.label}：{r.text.zh}", en=f"{each.label}: {r.text.en}"))
            for r in each.remarks
        ]
    return [*told, *(_specified(each) for each in view.models.specified)]


def _specified(each: Specified) -> Reason:
    """Two counts of one specification: elements and checks."""
    counts = {
        "elements": each.elements,
        "good": each.elements_passed,
        "checks": each.checks,
        "fine": each.checks_passed,
    }
    return WORDS.reason("ids-passed" if each.passed else "ids-not-met", name=each.name, **counts)


def _crosschecked(models: Models) -> list[Reason]:
    """Where the checker saw another number of components of a class than the census of the text."""
    files = {each.sha256: each for each in models.files}
    found = []
    for each in models.specified:
        model = files.get(each.model)
        if model is None:
            found.append(WORDS.reason("ids-of-another", name=each.name))
        elif each.ifc_class in SPELT_ELEMENTS:
            counted = model.by_class.get(spelt(each.ifc_class), 0)
            if counted != each.elements:
                found.append(WORDS.reason("ids-differs", name=each.name, seen=each.elements, counted=counted))
    return found


def show(view: Together, outcome: Outcome, request: Request) -> Shown:  # noqa: ARG001 - what every show is given
    """What each file holds and lacks, every type, and the near-copies among them."""
    figures = ("elements", "without_features", "distinct_ids", "types_used")
    rows: list[tuple[Cell, ...]] = [
        (m.label, m.schema, list(m.application), *(m.counts[each] for each in figures)) for m in view.models.files
    ]
    listings = [Listing("files", WORDS.text("files"), _columns("file", "schema", "application", *figures), rows)]
    lacking = [(WORDS.text(f"no-{what}"), sum(m.lacking[what] for m in view.models.files)) for what in LACKS]
    listings.append(facts("lacking", WORDS.text("lacking"), lacking))
    columns = _columns("class", "name", "placed")
    if view.padding.groups:
        copied = [view.kinds[at] for group in view.padding.groups for at in group]
        listings.append(Listing("copies", WORDS.text("copies"), columns, list(map(_row, copied[:_SHOWN]))))
    listings.append(Listing("types", WORDS.text("types"), columns, list(map(_row, view.kinds[:_SHOWN]))))
    return Shown(listings=tuple(listings))


def _row(kind: Kind) -> tuple[str, str, int]:
    return kind.ifc_class, kind.name, kind.placed


def _columns(*keys: str) -> list[Column]:
    return [Column(each, WORDS.text(f"column-{each.replace('_', '-')}")) for each in keys]


def _sum(models: Models, what: str) -> int:
    return sum(each.counts[what] for each in models.files)
