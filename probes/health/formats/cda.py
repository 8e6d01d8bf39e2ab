# SPDX-License-Identifier: Apache-2.0
"""CDA R2 documents (shared documents of WS/T 500): equal after canonicalisation (W3C C14N 2.0), and a WebDAV folder as the list. Pure.

A receiver may write the XML in another way (quotes, order of attributes, declaration); no element, attribute or character
may differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from probes.health.formats.forms import DEEPEST, Answer, Entry, Page, Receipt, Record, by_http, numbered, refuse

CDA, DAV = "{urn:hl7-org:v3}", "{DAV:}"
_CURE = "check that the address is that of a WebDAV folder of CDA documents."
_WHOLE = "(C14N)"
_ENCODING = re.compile(rb"""\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")


def parsed(body: bytes) -> ET.Element:
    """The root; UnreadableError for what is no XML, and for XML with a document type or entities."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: ET.Element = fromstring(_text(body), forbid_dtd=True)
    except (ET.ParseError, DefusedXmlException, ValueError, LookupError):
        raise refuse("no-xml", _CURE) from None
    if _deep(root):
        raise refuse("too-deep", _CURE)
    return root


def _deep(root: ET.Element) -> bool:
    """Whether it is nested deeper than any document."""
    level = [root]
    for _ in range(DEEPEST):
        level = [child for each in level for child in each]
        if not level:
            return False
    return True


def record(body: bytes) -> Record:
    """A document: the extension of its id is the identifier, the ids of each patientRole are the patients."""
    root = parsed(body)
    if root.tag != f"{CDA}ClinicalDocument":
        raise refuse("no-document", _CURE, element=root.tag[:80])
    ids = root.findall(f"{CDA}id")
    canonical = ET.canonicalize(_text(body))
    fields = {**dict(_paths(root, "ClinicalDocument")), _WHOLE: canonical}
    code = root.find(f"{CDA}code")
    kind = "" if code is None else code.get("code", "")
    return Record(ids[0].get("extension", "") if ids else "", tuple(_people(root)), fields, kind)


def patients(answer: bytes) -> tuple[str, ...]:
    """Everybody in a document, or in any other XML; UnreadableError for what is none."""
    return tuple(_people(parsed(answer))) if answer.strip() else ()


def found(answer: bytes) -> tuple[str, ...]:
    """The record itself is the answer."""
    return (record(answer).identifier,)


def receipt(answer: Answer, identifier: str) -> Receipt:  # noqa: ARG001 - the interface of every form
    """The status of HTTP."""
    return by_http(answer.status)


def page(answer: bytes) -> Page:
    """The documents of a folder (RFC 4918 multistatus); what is a folder itself is none."""
    root = parsed(answer)
    if root.tag != f"{DAV}multistatus":
        raise refuse("no-such-list", _CURE)
    handles = [
        (each.findtext(f"{DAV}href") or "").strip()
        for each in root.findall(f"{DAV}response")
        if each.find(f".//{DAV}resourcetype/{DAV}collection") is None
    ]
    if not all(handles):
        raise refuse("no-such-list", _CURE)
    return Page(tuple(Entry(each, None) for each in handles))


def _text(body: bytes) -> str:
    """The characters, by the encoding that the document declares; ValueError or LookupError where it is not that."""
    if body[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return body.decode("utf-16")
    declared = _ENCODING.match(body)
    return body.decode(declared[1].decode() if declared else "utf-8").removeprefix("\ufeff")


def _people(root: ET.Element) -> Iterator[str]:
    for role in root.iter(f"{CDA}patientRole"):
        for each in role.findall(f"{CDA}id"):
            yield each.get("extension") or each.get("root") or ""


def _paths(node: ET.Element, path: str) -> Iterator[tuple[str, str]]:
    for name, value in node.attrib.items():
        yield f"{path}/@{_local(name)}", value
    text = (node.text or "").strip()
    if text:
        yield path, text
    children = list(node)
    for name, child in zip(numbered(_local(each.tag) for each in children), children, strict=True):
        yield from _paths(child, f"{path}/{name}")


def _local(name: object) -> str:
    return str(name).rpartition("}")[2]
