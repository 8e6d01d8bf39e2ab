# SPDX-License-Identifier: Apache-2.0
"""Known-truth cases of exchanges: roots of RFC 6962, what is equal and what is not in each carrier, what a receipt says."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from harness.kit.validation import Case

_RFC = (
    ((), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ((b"",), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    ((b"", b"\x00"), "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    ((b"", b"\x00", b"\x10"), "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    (
        (b"", b"\x00", b"\x10", b" !", b"01", b"@ABC", b"PQRSTUVW", b"`abcdefghijklmno"),
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ),
)
"""The test vectors of the reference implementation of RFC 6962."""
_RECEIPTS = (
    ("AA", "accepted"),
    ("CA", "accepted"),
    ("AE", "again"),
    ("CE", "again"),
    ("AR", "refused"),
    ("??", "refused"),
)


def cases() -> Iterator[Case]:
    """Every case."""
    for number, (leaves, root) in enumerate(_RFC):
        yield Case(f"root-{number}", "RFC 6962, 2.1", partial(_root, leaves), root)
    for transport, change, differs in (
        ("hl7", (b"TEST RECORD", b"TEST RECORE"), True),
        ("hl7", (b"\r", b"||\r\n"), False),
        ("fhir", (b'"status": "final"', b'"status":"final","id":"7"'), False),
        ("fhir", (b'"value": 93.1', b'"value": 93.10'), True),
        ("cda", (b'<realmCode code="CN"/>', b"<realmCode code='CN'></realmCode>"), False),
        ("cda", (b"TEST RECORD", b"TEST  RECORD"), True),
    ):
        name = f"{transport}-{'differs' if differs else 'equal'}"
        yield Case(name, "constructed", partial(_differs, transport, *change), differs)
    for code, state in _RECEIPTS:
        yield Case(f"receipt-{code}", "HL7 table 0008", partial(_receipt, code), state)


def _root(leaves: tuple[bytes, ...]) -> str:
    from probes.health.digests.merkle import over

    return over(leaves)


def _differs(transport: str, one: bytes, other: bytes) -> bool:
    from probes.health.formats import content
    from probes.health.formats.forms import form_of

    body = getattr(content, transport)(content.Plan("482910375512", 1, "TEST-1", "测试患者", 1_795_000_000 * 10**9))
    assert one in body  # noqa: S101 - else the case would say nothing
    form = form_of(transport)
    return form.record(body).digest != form.record(body.replace(one, other)).digest


def _receipt(code: str) -> str:
    from probes.health.formats import hl7
    from probes.health.formats.forms import Answer

    return hl7.receipt(Answer(0, f"MSH|^~\\&|A|B|C|D|2026||ACK|1|T|2.5.1\rMSA|{code}|7\r".encode()), "7").state
