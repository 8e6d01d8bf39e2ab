# SPDX-License-Identifier: Apache-2.0
"""From the instances of a file to its model: which are components, what types, shapes, parameters and containers they have."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from harness.model import Reason
from probes.bim.digests.model import Kind, Model, Rough, Specified
from probes.bim.formats import kernel
from probes.bim.formats.classes import ELEMENTS, FEATURES, NO_COMPONENTS, ROOMS, TYPES, spelt
from probes.bim.formats.step import Step, read
from probes.bim.formats.words import WORDS

Digests = NDArray[np.uint64]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]
Sizes = NDArray[np.float64]
_OPAQUE = {
    "IFCGEOMETRICREPRESENTATIONCONTEXT", "IFCGEOMETRICREPRESENTATIONSUBCONTEXT", "IFCOWNERHISTORY", "IFCPROJECT",
    "IFCLOCALPLACEMENT", "IFCUNITASSIGNMENT",
}  # fmt: skip
"""Of which only the class counts: where a component stands, who wrote it and in which project is nothing of its own."""
_ROOTED = ("IFCPROPERTYSET", "IFCELEMENTQUANTITY", "PROPERTIES", "IFCREL")
"""Beginnings or ends of classes that carry an identity in front of their content."""
_LABELLED = ("PROFILEDEF", "REPRESENTATION")
"""Ends of classes whose texts only name a shape: near-copies are told without them."""
_LETTERS = np.zeros(256, bool)
_LETTERS[np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_$", np.uint8)] = True
_IDENTITY = 22
_DEEPEST = 16
_NAMED = 100
"""Instances that are named in a sentence, at most."""
_MIX = np.uint64(0x9E3779B97F4A7C15)


def _names(names: frozenset[str]) -> frozenset[str]:
    return frozenset(f"IFC{each.upper()}" for each in names)


_ELEMENTS, _FEATURES, _TYPES, _ROOMS = _names(ELEMENTS), _names(FEATURES | NO_COMPONENTS), _names(TYPES), _names(ROOMS)


def model(data: bytes, name: str = "") -> Model:
    """The model in the bytes of one file; UnreadableError where it is none that can be read."""
    return Reader(read(data, name)).model(name, hashlib.sha256(data).hexdigest())


def specified(data: bytes) -> tuple[Specified, ...]:
    """What was recorded of an IDS on one model."""
    found = json.loads(data)
    return tuple(
        Specified(
            found["model"],
            each["name"],
            each["passed"],
            each["applicable"],
            each["applicable_pass"],
            each["checks"],
            each["checks_pass"],
            each["class"],
        )
        for each in found["specifications"]
    )


def _rough(form: int, sizes: list[float]) -> Rough:
    """Rounded to what every machine agrees on."""
    first, second, amount = (float(f"{each:.9e}") for each in sizes)
    return Rough(form, first, second, amount)


class Reader:
    """Reads the components of one file."""

    def __init__(self, step: Step) -> None:
        """Find components, their types and contents."""
        self._step = step
        self._all = step.of(_ELEMENTS)
        self._rows = step.of(_ELEMENTS - _FEATURES)
        self._size = len(step.ids)
        self._broken: dict[str, int] = {}
        self._done, self._state = self._classes(), np.zeros(self._size, np.uint8)
        self._rough, self._sizes = np.zeros(self._size, np.uint64), np.zeros((self._size, 3))
        self._sides = np.array([self._side(each) for each in step.names], np.int64)
        self._type_of = np.full(self._size, -1, np.int64)
        self._flawed = np.zeros(self._size, bool)
        for owner, place in self._pairs("IFCRELDEFINESBYTYPE", 4, 5):
            self._type_of[owner] = place

    @staticmethod
    def _side(name: str) -> int:
        if name in _OPAQUE:
            return 2
        if name.endswith(_LABELLED):
            return 3
        return int(name.startswith(_ROOTED) or name.endswith(_ROOTED) or name in _TYPES)

    def _classes(self) -> Digests:
        digests = [int.from_bytes(hashlib.sha256(each.encode()).digest()[:8], "big") for each in self._step.names]
        return np.array(digests or [0], np.uint64)[self._step.kinds] if self._size else np.empty(0, np.uint64)

    def _pairs(self, relation: str, members: int, subject: int) -> Iterator[tuple[Places, Places]]:
        """For each relation of a class its members and its one subject, as two columns of places, absent ones left out."""
        rows = self._step.of({relation})
        owners, places = self._step.references(rows, members)
        heads, subjects = self._step.references(rows, subject)
        subject_of = np.full(len(rows), -1, np.int64)
        subject_of[heads] = subjects
        found = subject_of[owners]
        there = (places >= 0) & (found >= 0)
        self._broken[relation] = int((~there).sum())
        if relation == "IFCRELDEFINESBYTYPE":
            self._flawed[places[(places >= 0) & (found < 0)]] = True
        yield places[there], found[there]

    def _content(self, rows: Places, which: int) -> Digests:
        """What the instances in an argument of each row contain, in any order; 0 where the argument is left out."""
        owners, places = self._step.references(rows, which)
        self._flawed[rows[owners[places < 0]]] = True
        owners, places = owners[places >= 0], places[places >= 0]
        step = self._step
        kernel.digests(
            step.data,
            step.first,
            step.last,
            step.kinds,
            self._sides,
            step.sorted_ids,
            step.order,
            places,
            self._done,
            self._state,
            self._rough,
            self._sizes,
        )
        found = np.zeros(len(rows), np.uint64)
        np.add.at(found, owners, self._done[places] * _MIX)
        self._flawed[rows[owners[self._state[places] == kernel.FLAWED]]] = True
        return found

    def _roughly(self, rows: Places, which: int) -> tuple[Digests, Sizes]:
        """Form and sizes of what an argument of each row contains, in any order; after its content was digested."""
        owners, places = self._step.references(rows, which)
        owners, places = owners[places >= 0], places[places >= 0]
        form, sizes = np.zeros(len(rows), np.uint64), np.zeros((len(rows), 3))
        np.add.at(form, owners, self._rough[places] * _MIX)
        np.add.at(sizes, owners, self._sizes[places])
        return form, sizes

    def _spread_roughly(self, relation: str, members: int, content: int) -> tuple[Digests, Sizes]:
        """As :meth:`_spread`, form and sizes."""
        rows = self._step.of({relation})
        said, told = self._roughly(rows, content)
        owners, places = self._step.references(rows, members)
        there = places >= 0
        form, sizes = np.zeros(self._size, np.uint64), np.zeros((self._size, 3))
        np.add.at(form, places[there], said[owners[there]])
        np.add.at(sizes, places[there], told[owners[there]])
        return form, sizes

    def _spread(self, relation: str, members: int, content: int) -> Digests:
        """What relations say of each instance, added up in any order: property sets of components."""
        rows = self._step.of({relation})
        said = self._content(rows, content)
        owners, places = self._step.references(rows, members)
        there = places >= 0
        found = np.zeros(self._size, np.uint64)
        np.add.at(found, places[there], said[owners[there]])
        self._flawed[places[there & self._flawed[rows][owners]]] = True
        return found

    def _reached(self, relation: str, members: int, subject: int) -> Flags:
        found = np.zeros(self._size, bool)
        for places, _ in self._pairs(relation, members, subject):
            found[places] = True
        return found

    def _wholes(self) -> tuple[Flags, Places]:
        """Which instances are put together of others, and the whole that each part belongs to (-1: none)."""
        composed, whole_of = np.zeros(self._size, bool), np.full(self._size, -1, np.int64)
        for relation in ("IFCRELAGGREGATES", "IFCRELNESTS"):
            for parts, wholes in self._pairs(relation, 5, 4):
                whole_of[parts] = wholes
                if relation == "IFCRELAGGREGATES":
                    composed[wholes] = True
        return composed, whole_of

    def model(self, label: str, sha256: str) -> Model:
        """The model of the file."""
        step, rows = self._step, self._rows
        identities, good = self._identities(rows)
        composed, whole_of = self._wholes()
        leaf = ~composed[rows]
        shapes, own = self._content(rows, 6), self._spread("IFCRELDEFINESBYPROPERTIES", 4, 5)
        kinds, kind_digest, kind_content = self._kinds(shapes)
        types = self._type_of[rows]
        typed = types >= 0
        sound = ~(self._flawed[rows] | (typed & self._flawed[types])) if self._size else leaf
        type_digest = np.where(typed, kind_digest[np.where(typed, types, 0)], np.uint64(0)) if self._size else shapes
        signatures = (
            (self._classes()[rows] * _MIX + type_digest) * _MIX + shapes * np.uint64(3) + own[rows] * np.uint64(7)
        )
        within = np.where(typed, kind_content[np.where(typed, types, 0)], np.uint64(0)) if self._size else shapes
        bare = within * _MIX + shapes * np.uint64(3) + own[rows] * np.uint64(7)
        contents = np.where(bare != 0, self._classes()[rows] * _MIX + bare, signatures)
        lacking = self._lacking(rows, types, own, whole_of)
        counts = {
            "elements": len(self._all),
            "without_features": len(rows),
            "distinct_ids": len(set(identities[good].tolist())),
            "leaves": int(leaf.sum()),
            "with_representation": int(step.given(self._all, 6).sum()),
            "types_used": len(set(types[typed].tolist())),
            "typed_occurrences": int(typed.sum()),
            "types": len(kinds),
        }
        names = Counter(spelt(step.names[each]) for each in step.kinds[self._all].tolist())
        return Model(
            label,
            sha256,
            step.schema,
            self._application(),
            counts,
            dict(sorted(names.items())),
            frozenset(identities[good].tolist()),
            frozenset(identities[good & leaf].tolist()),
            dict(sorted(Counter(signatures.tolist()).items())),
            dict(sorted(Counter(contents[sound].tolist()).items())),
            dict(sorted(Counter(contents[leaf & sound].tolist()).items())),
            kinds,
            lacking,
            tuple(self._remarks(counts, int((~good).sum()), rows[~sound])),
            self._near(rows[sound], types[sound], contents[sound]),
            int((~sound).sum()),
        )

    def _near(self, rows: Places, types: Places, contents: Digests) -> dict[int, Rough]:
        """What near-copies of each content share: class, form and sizes of shape, own parameters and type."""
        kinds = self._step.of(_TYPES)
        form, sizes = np.zeros(self._size + 1, np.uint64), np.zeros((self._size + 1, 3))  # the last: of no type
        for which, factor in ((6, 1), (5, 2)):
            said, told = self._roughly(kinds, which)
            form[kinds] += said * np.uint64(factor)
            sizes[kinds] += told
        shape, shape_sizes = self._roughly(rows, 6)
        own, own_sizes = self._spread_roughly("IFCRELDEFINESBYPROPERTIES", 4, 5)
        whole = form[types] * _MIX + shape * np.uint64(3) + own[rows] * np.uint64(7)
        whole = np.where(whole != 0, self._classes()[rows] * _MIX + whole, np.uint64(0))
        total = sizes[types] + shape_sizes + own_sizes[rows]
        digests, first = np.unique(contents, return_index=True)
        rough = map(_rough, whole[first].tolist(), total[first].tolist())
        return dict(zip(digests.tolist(), rough, strict=True))

    def _identities(self, rows: Places) -> tuple[NDArray[np.bytes_], Flags]:
        """The GlobalId of each row, and whether it is one: 22 characters of its alphabet, the first of them 0 to 3."""
        starts, stops = self._step.argument(rows, 0)
        fits = (stops - starts) == _IDENTITY + 2
        places = np.where(fits, starts + 1, 0)[:, None] + np.arange(_IDENTITY)
        letters = self._step.data[np.minimum(places, max(len(self._step.data) - 1, 0))]
        good = fits & _LETTERS[letters].all(axis=1) & (letters[:, 0] >= ord("0")) & (letters[:, 0] <= ord("3"))
        return np.ascontiguousarray(letters).view(f"S{_IDENTITY}").ravel(), good

    def _kinds(self, shapes: Digests) -> tuple[tuple[Kind, ...], Digests, Digests]:
        """The types that are placed or have a shape of their own; the digest of every type by place, and the same without its name."""
        step, rows = self._step, self._step.of(_TYPES)
        names = step.texts(rows, 2)
        shape, parameters = self._content(rows, 6), self._content(rows, 5)
        placed = np.zeros(self._size + 1, np.int64)
        np.add.at(placed, self._type_of[self._rows], 1)
        theirs = self._occurrence_shapes(shapes)
        near = [self._roughly(rows, which) for which in (6, 5)]
        found, digest, content = [], *(np.zeros(max(self._size, 1), np.uint64) for _ in range(2))
        for at, (row, name) in enumerate(zip(rows.tolist(), names, strict=True)):
            ifc_class = spelt(step.names[step.kinds[row]])
            label = hashlib.sha256(f"{ifc_class}\n{name}".encode()).digest()[:8]
            content[row] = shape[at] ^ (parameters[at] << np.uint64(1))
            digest[row] = np.uint64(int.from_bytes(label, "big")) ^ content[row]
            if placed[row] or (shape[at] and step.names[step.kinds[row]] not in _ROOMS):
                seen = int(shape[at]) or theirs.get(row, 0)
                own, told = (_rough(int(form[at]), sizes[at].tolist()) for form, sizes in near)
                sound = not self._flawed[row]
                found.append(Kind(ifc_class, name, seen, int(parameters[at]), int(placed[row]), own, told, sound))
        return tuple(sorted(found)), digest, content

    def _occurrence_shapes(self, shapes: Digests) -> dict[int, int]:
        """For a type without a shape of its own those of its occurrences, each different one once."""
        types = self._type_of[self._rows]
        pairs = np.unique(np.stack([types[types >= 0].astype(np.uint64), shapes[types >= 0]], axis=1), axis=0)
        found: dict[int, int] = {}
        for kind, shape in pairs.tolist():
            found[int(kind)] = (found.get(int(kind), 0) + int(shape)) & (2**64 - 1)
        return found

    def _lacking(self, rows: Places, types: Places, own: Digests, whole_of: Places) -> dict[str, int]:
        step = self._step
        described = self._reached("IFCRELDEFINESBYPROPERTIES", 4, 5)
        material = self._reached("IFCRELASSOCIATESMATERIAL", 4, 5)
        contained = self._reached("IFCRELCONTAINEDINSPATIALSTRUCTURE", 4, 5)
        for _ in range(_DEEPEST):  # a part stands where its whole stands
            up = (whole_of >= 0) & ~contained
            lifted = up & contained[np.where(up, whole_of, 0)] if self._size else up
            if not lifted.any():
                break
            contained |= lifted
        kind_rows = step.of(_TYPES)
        told = np.zeros(self._size + 1, bool)
        told[kind_rows] = step.given(kind_rows, 5)
        has = {
            "name": step.given(rows, 2),
            "type": types >= 0,
            "properties": described[rows] | (own[rows] > 0) | told[types],
            "material": material[rows] | np.where(types >= 0, material[np.where(types >= 0, types, 0)], False),
            "container": contained[rows],
            "representation": step.given(rows, 6),
        }
        return {what: int((~there).sum()) for what, there in has.items()}

    def _application(self) -> tuple[str, ...]:
        """The programs that a file names as its authors: IfcApplication, and the one that wrote the header."""
        rows = self._step.of({"IFCAPPLICATION"})
        named = (*self._step.texts(rows, 2), self._step.written_by)
        return tuple(dict.fromkeys(each[:200] for each in named if each))

    def _remarks(self, counts: dict[str, int], nameless: int, unsound: Places) -> Iterator[Reason]:
        repeated = counts["without_features"] - nameless - counts["distinct_ids"]
        if repeated:
            yield WORDS.reason("repeated-ids", count=repeated)
        if nameless:
            yield WORDS.reason("bad-ids", count=nameless)
        broken = sum(self._broken.values())
        if broken:
            yield WORDS.reason("broken-references", count=broken)
        types = [each for each in self._step.of(_TYPES).tolist() if self._flawed[each]]
        if types or len(unsound):
            named = [*types, *unsound.tolist()][:_NAMED]
            names = [f"#{self._step.ids[each]} {spelt(self._step.names[self._step.kinds[each]])}" for each in named]
            yield WORDS.reason("unfounded", types=len(types), count=len(unsound), names=names)
        proxies = len(self._step.of({"IFCBUILDINGELEMENTPROXY"}))
        if proxies:
            yield WORDS.reason("proxies", count=proxies)
