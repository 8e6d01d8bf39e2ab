# SPDX-License-Identifier: Apache-2.0
"""Recorded exchanges whose truth is known: every record at its time, with stated faults."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.kit.lines import Writer, line
from probes.health.digests.decoding import FORMAT, packed
from probes.health.formats import content, objects
from probes.health.formats.content import Plan
from probes.health.formats.dicom import dataset
from probes.health.simulators.hospital import acknowledged

RUN, START_NS, MS = "482910375512", 1_795_000_000 * 10**9, 10**6
PATIENTS = {"TEST-0001": "测试患者01", "TEST-0002": "测试患者02"}
SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "hl7": {"patients": "patients.csv", "mllp": "10.0.0.9:2575", "list": "http://10.0.0.9/list"},
    "fhir": {"patients": "patients.csv", "url": "http://10.0.0.9/fhir"},
    "cda": {"patients": "patients.csv", "url": "http://10.0.0.9/documents"},
    "dicom": {"patients": "patients.csv", "tcp": "10.0.0.9:104", "called": "PACS", "web": "http://10.0.0.9/web"},
}
SETTLE = {"settle_time": "10 s"}


def plan(number: int, run: str = RUN) -> Plan:
    """One record a second."""
    patient = sorted(PATIENTS)[number % 2]
    return Plan(run, number, patient, PATIENTS[patient], START_NS + number * 10**9)


def body(transport: str, number: int, run: str = RUN) -> bytes:
    made: Callable[[Plan], bytes] = objects.dicom if transport == "dicom" else getattr(content, transport)
    return made(plan(number, run))


def named(transport: str, number: int, run: str = RUN) -> str:
    """The identifier of a record."""
    return objects.uid(run, number) if transport == "dicom" else plan(number, run).identifier


@dataclass
class Exchanged:
    """An exchange of ``count`` records, found ``delay_ms`` after they were due; the rest is what goes wrong."""

    transport: str = "fhir"
    count: int = 300
    delay_ms: Sequence[int] = (200,)
    lost: frozenset[int] = frozenset()
    doubled: frozenset[int] = frozenset()
    altered: Mapping[int, Callable[[bytes], bytes]] = field(default_factory=dict)
    late: Mapping[int, int] = field(default_factory=dict)
    """Number: found so many ms after its receipt."""
    more: Sequence[bytes] = ()
    """Further bodies in the receiver's list."""
    listed: bool = True
    run: str = RUN
    address: str = "10.0.0.9"
    total: int | None = None
    page: int = 100
    rows: Sequence[Mapping[str, Any]] = ()
    """Further lines before the list."""

    @property
    def facts(self) -> dict[str, Any]:
        return {
            "transport": self.transport,
            "run": self.run,
            "peer": "10.0.0.9",
            "address": self.address,
            "local": "10.0.0.7",
            "t": START_NS,
            "planned": self.count,
            "settle_ns": 20 * 10**9,
            "patients": PATIENTS,
        }

    @property
    def data(self) -> bytes:
        """The trace."""
        return b"".join([Writer(FORMAT, self.facts).header, *self.sent(), *map(line, self.rows), *self.listing()])

    def sent(self) -> list[bytes]:
        found = []
        for number in range(1, self.count + 1):
            given, at = body(self.transport, number, self.run), plan(number).due_ns
            identifier = named(self.transport, number, self.run)
            delay = self.delay_ms[number % len(self.delay_ms)] * MS
            got = at + min(delay, 20 * MS)
            found.append(line({"t": at, "offer": identifier, **packed(given)}))
            found.append(line({"t": got, "receipt": identifier, **self.receipt(identifier)}))
            if number in self.lost:
                continue
            seen = got + self.late[number] * MS if number in self.late else at + delay
            absent = seen - MS if number in self.late else 0
            answer = {"t": seen, "look": identifier, "absent": absent, **packed(self.answered([given]))}
            found.append(line(answer))
        return found

    def receipt(self, identifier: str) -> dict[str, Any]:
        if self.transport == "hl7":
            return {"status": 0, "place": "", **packed(acknowledged(identifier, "AA"))}
        return {"status": 0 if self.transport == "dicom" else 201, "place": "", "text": ""}

    def listing(self) -> list[bytes]:
        if not self.listed:
            return []
        at = START_NS + (self.count + 60) * 10**9
        bodies = []
        for number in range(1, self.count + 1):
            if number not in self.lost:
                given = body(self.transport, number, self.run)
                bodies += [self.altered.get(number, bytes)(given)] * (2 if number in self.doubled else 1)
        bodies += self.more
        total = len(bodies) if self.total is None else self.total
        pages = [bodies[begin : begin + self.page] for begin in range(0, len(bodies), self.page)] or [[]]
        if self.transport in {"hl7", "cda", "dicom"}:
            pages = [bodies]
        lines = [line({"t": at, "list": 1})]
        for number, each in enumerate(pages):
            lines.append(line({"t": at, "page": 1, **packed(self.answered(each, total, number * self.page))}))
        if self.transport in {"cda", "dicom"}:
            lines += [line({"t": at, "held": handle, **packed(each)}) for handle, each in self.handles(bodies)]
        return [*lines, line({"t": at, "whole": 1})]

    def handles(self, bodies: Sequence[bytes]) -> list[tuple[str, bytes]]:
        if self.transport == "dicom":
            read = [dataset(each) for each in bodies]
            uids = ((each.StudyInstanceUID, each.SeriesInstanceUID, each.SOPInstanceUID) for each in read)
            return [("/".join(names), each) for names, each in zip(uids, bodies, strict=True)]
        return [(f"/documents/{self.run}-{at}.xml", each) for at, each in enumerate(bodies)]

    def answered(self, bodies: Sequence[bytes], total: int | None = None, first: int = 0) -> bytes:
        """As the receiver's list has them."""
        if self.transport == "hl7":
            return b"".join(bodies)
        if self.transport == "dicom":
            tags = ("0020000D", "0020000E", "00080018")
            uids = (handle.split("/") for handle, _ in self.handles(bodies))
            rows = [{tag: {"vr": "UI", "Value": [uid]} for tag, uid in zip(tags, each, strict=True)} for each in uids]
            return json.dumps(rows).encode()
        if self.transport == "cda" and total is None:
            return bodies[0]
        if self.transport == "cda":
            hrefs = [f"<response><href>{handle}</href></response>" for handle, _ in self.handles(bodies)]
            return f'<multistatus xmlns="DAV:">{"".join(hrefs)}</multistatus>'.encode()
        entries = b",".join(
            b'{"fullUrl":"urn:%d","resource":%s}' % (first + at, each) for at, each in enumerate(bodies)
        )
        head = {"resourceType": "Bundle", "type": "searchset", **({} if total is None else {"total": total})}
        return json.dumps(head)[:-1].encode() + b',"entry":[' + entries + b"]}"
