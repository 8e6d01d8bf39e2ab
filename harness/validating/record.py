# SPDX-License-Identifier: Apache-2.0
"""``doctor --validate``: every installed case on this machine, and the signed record of it (软件确认记录, ISO/IEC 17025 7.11.2)."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from harness import installed
from harness.evidence.canonical import canonical_bytes
from harness.evidence.dsse import PAYLOAD_TYPE, STATEMENT_TYPE, pre_authentication
from harness.evidence.keys import PrivateKey
from harness.kit.validation import GROUP, Case, agrees
from harness.software import software

SCHEMA = "yanshou.validation/1"
PREDICATE_TYPE = "urn:yanshou:validation:v1"
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Done:
    """One case as it came out: ``good``, ``bad`` or ``cannot-run`` with the reason."""

    domain: str
    case: Case
    found: Any
    state: str
    why: str = ""

    def as_json(self) -> dict[str, Any]:
        """The row of the record."""
        return {
            "domain": self.domain,
            "name": self.case.name,
            "source": self.case.source,
            "reading": self.case.reading,
            "expected": _plain(self.case.expected),
            "found": _plain(self.found),
            "relative": self.case.relative,
            "absolute": self.case.absolute,
            "state": self.state,
            "why": self.why,
        }


def run(progress: Callable[[int], None] = lambda _done: None) -> Iterator[Done]:
    """Every case of every installed domain, in the order of their names."""
    number = 0
    for domain in installed.names(GROUP):
        for done in _domain(domain):
            number += 1
            progress(number)
            yield done


def _domain(domain: str) -> Iterator[Done]:
    try:
        given = list(installed.load(GROUP, domain)())
    except Exception as error:  # noqa: BLE001 - a domain that cannot give its cases is told, and is no reason to stop
        why = f"{type(error).__name__}: {error}"[:_LONGEST]
        yield Done(domain, Case("cases", "", lambda: None, None), None, "cannot-run", why)
        return
    yield from (_one(domain, case) for case in given)


def _one(domain: str, case: Case) -> Done:
    try:
        found = case.run()
    except ImportError as error:
        return Done(domain, case, None, "cannot-run", f"{error}"[:_LONGEST])
    except Exception as error:  # noqa: BLE001 - a case that breaks is a case that does not come out
        return Done(domain, case, None, "bad", f"{type(error).__name__}: {error}"[:_LONGEST])
    good = agrees(found, case.expected, case.relative, case.absolute)
    return Done(domain, case, found, "good" if good else "bad")


def record(rows: Sequence[Done], seconds: float) -> dict[str, Any]:
    """The record: every case, the software with its digests, the machine, when."""
    return {
        "schema": SCHEMA,
        "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "seconds": round(seconds, 1),
        "software": software(),
        "machine": {
            "system": platform.system(),
            "release": platform.release(),
            "processor": platform.processor() or platform.machine(),
            "python": platform.python_version(),
        },
        "counts": {state: sum(each.state == state for each in rows) for state in ("good", "bad", "cannot-run")},
        "cases": [each.as_json() for each in rows],
    }


def signed(content: dict[str, Any], signers: Sequence[PrivateKey]) -> bytes:
    """The record as a DSSE envelope around an in-toto statement about the software, signed (by nobody: unsigned)."""
    import base64

    digest = content["software"]["sha256"]
    payload = canonical_bytes(
        {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": "yanshou", "digest": {"sha256": digest}}],
            "predicateType": PREDICATE_TYPE,
            "predicate": content,
        }
    )
    signatures = [
        {
            "keyid": each.keyid,
            "sig": base64.b64encode(each.sign(pre_authentication(payload))).decode(),
            "public": each.public_pem.decode("ascii"),
        }
        for each in signers
    ]
    text = base64.b64encode(payload).decode()
    return canonical_bytes({"payload": text, "payloadType": PAYLOAD_TYPE, "signatures": signatures})


def timed() -> tuple[list[Done], float]:
    """Every case, and how long they took."""
    began = time.monotonic()
    return list(run()), time.monotonic() - began


def _plain(value: Any) -> Any:
    """JSON values; what JSON cannot hold as text."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    number = float(value)
    if number != number or number in {float("inf"), float("-inf")}:  # noqa: PLR0124 - true for NaN only
        return str(number)
    return int(value) if number.is_integer() and abs(number) < 2**53 else number
