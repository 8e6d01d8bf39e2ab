# SPDX-License-Identifier: Apache-2.0
"""HL7 FHIR R4 as JSON: resources by path, OperationOutcome behind a 200, search sets with their total and next page. Pure.

A server may add ``id``, ``meta.versionId``, ``meta.lastUpdated`` and ``meta.source`` (R4, Resource) and nothing else. Numbers
are compared as written: the precision of a decimal is significant (R4, Datatypes).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from probes.health.formats.forms import AGAIN, DEEPEST, REFUSED, Answer, Entry, Page, Receipt, Record, by_http, refuse

ADDED = ("id", "meta.versionId", "meta.lastUpdated", "meta.source")
"""What a server adds by the standard."""
SYSTEM = "urn:yanshou:record"
"""The system of the identifiers that this tool gives."""
_CURE = "check that the address is that of a FHIR R4 server that answers in JSON."
_PLAIN = re.compile(r"\w+")
"""A name that no other path can be mistaken for."""
_WHO = frozenset({"subject", "patient", "beneficiary", "individual", "for"})


class _Number(str):
    """A number as it was written."""

    __slots__ = ()


def _no_constant(text: str) -> NoReturn:
    msg = f"{text} is no JSON"
    raise ValueError(msg)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        msg = "a key stands twice"
        raise ValueError(msg)
    return found


def parsed(body: bytes) -> dict[str, Any]:
    """The JSON object, numbers as written; UnreadableError for anything else, a key that stands twice among them."""
    try:
        found = json.loads(
            body, parse_float=_Number, parse_int=_Number, parse_constant=_no_constant, object_pairs_hook=_unique
        )
    except (ValueError, RecursionError):
        raise refuse("no-json", _CURE) from None
    if not isinstance(found, dict) or not isinstance(found.get("resourceType"), str):
        raise refuse("no-resource", _CURE)
    if _deep(found):
        raise refuse("too-deep", _CURE)
    return found


def _deep(found: Any) -> bool:
    """Whether it is nested deeper than any record."""
    level = [found]
    for _ in range(DEEPEST):
        inner = [each.values() if isinstance(each, dict) else each for each in level]
        level = [each for values in inner for each in values if isinstance(each, (dict, list))]
        if not level:
            return False
    return True


def record(body: bytes) -> Record:
    """A resource; its identifier is the one of our system."""
    found = parsed(body)
    fields = {path: text for path, text in _paths(found, "") if path not in ADDED}
    named = [each for each in _list(found.get("identifier")) if isinstance(each, Mapping)]
    ours = [str(each.get("value", "")) for each in named if each.get("system") == SYSTEM]
    kind = str(found["resourceType"])
    return Record(ours[0] if ours else "", tuple(_people(found, "")), fields, kind)


def patients(answer: bytes) -> tuple[str, ...]:
    """Everybody who is named in an answer."""
    return tuple(_people(parsed(answer), "")) if answer.strip() else ()


def found(answer: bytes) -> tuple[str, ...]:
    """The records in a search set."""
    return tuple(record(each.body).identifier for each in page(answer).entries if each.body is not None)


def receipt(answer: Answer, identifier: str) -> Receipt:  # noqa: ARG001 - the interface of every form
    """The status, unless the body is an outcome with an error: a server may answer 200 and mean no."""
    told = by_http(answer.status)
    if not answer.body.strip():
        return told
    found = parsed(answer.body)
    if found["resourceType"] != "OperationOutcome":
        return told
    bad = [each for each in _list(found.get("issue")) if _severity(each) not in {"information", "warning", "success"}]
    if not bad:
        return told
    code = str(bad[0].get("code", "?")) if isinstance(bad[0], Mapping) else "?"
    state = AGAIN if told.state == AGAIN or code in {"transient", "timeout", "throttled", "lock-error"} else REFUSED
    return Receipt(state, f"{answer.status} {code}")


def page(answer: bytes) -> Page:
    """A search set; entries that only accompany the matches are left out."""
    found = parsed(answer)
    if found["resourceType"] != "Bundle" or found.get("type") != "searchset":
        raise refuse("no-such-list", _CURE)
    total = found.get("total")
    if total is not None and not (isinstance(total, _Number) and total.isdecimal()):
        raise refuse("no-count", _CURE, count=str(total)[:20])
    entries = []
    for each in _list(found.get("entry")):
        resource = each.get("resource") if isinstance(each, Mapping) else None
        if not isinstance(resource, Mapping) or not isinstance(resource.get("resourceType"), str):
            raise refuse("no-such-list", _CURE)
        mode = each["search"].get("mode") if isinstance(each.get("search"), Mapping) else "match"
        if mode in {"match", None}:
            if not (each.get("fullUrl") or resource.get("id")):  # two of them could not be told from one
                raise refuse("no-such-list", _CURE)
            handle = str(each.get("fullUrl") or f"{resource['resourceType']}/{resource['id']}")
            entries.append(Entry(handle, _dumped(resource)))
    links = [each for each in _list(found.get("link")) if isinstance(each, Mapping) and each.get("relation") == "next"]
    return Page(tuple(entries), None if total is None else int(total), str(links[0].get("url", "")) if links else "")


def _severity(issue: Any) -> str:
    return str(issue.get("severity", "")) if isinstance(issue, Mapping) else ""


def _paths(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every leaf with its path; an empty object or list is a leaf, too."""
    if isinstance(value, Mapping) and value:
        for key, each in value.items():
            name = key if _PLAIN.fullmatch(key) else json.dumps(key)
            yield from _paths(each, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value:
        for at, each in enumerate(value):
            yield from _paths(each, f"{path}[{at}]")
    elif path != "meta" or value:
        yield path, (f"#{value}" if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False))


def _people(value: Any, key: str) -> Iterator[str]:
    """Identifiers of patients: of every Patient, and wherever a resource says whom it is about."""
    if isinstance(value, list):
        for each in value:
            yield from _people(each, key)
    elif isinstance(value, Mapping):
        if value.get("resourceType") == "Patient":
            found = [str(each.get("value", "")) for each in _list(value.get("identifier")) if isinstance(each, Mapping)]
            yield from found or [f"Patient/{value.get('id', '')}"]
        elif key in _WHO:
            yield from _referred(value)
        for name, each in value.items():
            yield from _people(each, name)


def _referred(value: Mapping[str, Any]) -> Iterator[str]:
    named = value.get("identifier")
    if isinstance(named, Mapping) and named.get("value"):
        yield str(named["value"])
    elif "reference" in value or "display" in value:
        yield str(value.get("reference") or value.get("display"))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _dumped(value: Any) -> bytes:
    """The JSON again, numbers as they were written."""
    if isinstance(value, _Number):
        return value.encode()
    if isinstance(value, Mapping):
        inside = b",".join(json.dumps(key).encode() + b":" + _dumped(each) for key, each in value.items())
        return b"{" + inside + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(_dumped, value)) + b"]"
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
