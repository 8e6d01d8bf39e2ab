# SPDX-License-Identifier: Apache-2.0
"""HL7 v2: MLLP frames, messages field by field, acknowledgements, and a receiver's list as a batch (HL7 v2.5.1 ch. 2). Pure.

Trailing empty fields are no fields (2.6), line ends may be CR, LF or both; nothing else may differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from probes.health.formats.forms import ACCEPTED, AGAIN, REFUSED, Answer, Entry, Page, Receipt, Record, numbered, refuse

START, END = b"\x0b", b"\x1c\r"
MOST_BYTES = 16 << 20
_ENDS = re.compile(r"\r\n|\r|\n")
_CURE = "export the messages again as HL7 v2 in UTF-8."
_CODES = {"AA": ACCEPTED, "CA": ACCEPTED, "AE": AGAIN, "CE": AGAIN, "AR": REFUSED, "CR": REFUSED}
_ERRORS = {"E", "F"}
"""ERR-4: an error, a fatal one; a warning or information is none."""
_HEADS = ("FHS", "BHS", "BTS", "FTS")


def framed(message: bytes) -> bytes:
    """A message as MLLP carries it."""
    return START + message + END


def unframed(data: bytes) -> tuple[list[bytes], bytes]:
    """The whole messages at the beginning of ``data``, and what is left; UnreadableError where no frame begins."""
    found = []
    while data:
        if not data.startswith(START):
            raise refuse("no-frame", "check that the port speaks MLLP.")
        end = data.find(END)
        if end < 0:
            break
        found.append(data[1:end])
        data = data[end + 2 :]
    return found, data


def segments(body: bytes) -> list[list[str]]:
    """The segments of a message, each as its fields; MSH-1 stands as a field of its own, as the standard counts."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise refuse("no-text", _CURE) from None
    lines = [line for line in _ENDS.split(text) if line]
    if not lines or not re.match(r"MSH[^A-Za-z0-9\s]", lines[0]) or len(lines[0]) < 8:
        raise refuse("no-message", _CURE)
    separator = lines[0][3]
    found = []
    for line in lines:
        fields = line.split(separator)
        if not re.fullmatch(r"[A-Z][A-Z0-9]{2}", fields[0]):
            raise refuse("no-segment", _CURE, segment=fields[0][:12])
        if fields[0] == "MSH":
            fields.insert(1, separator)
        while len(fields) > 1 and not fields[-1]:
            fields.pop()
        found.append(fields)
    return found


def record(body: bytes) -> Record:
    """A message: MSH-10 is its identifier, every PID-3 a patient."""
    found = segments(body)
    names = numbered(each[0] for each in found)
    fields = {
        f"{name}-{at}": text
        for name, each in zip(names, found, strict=True)
        for at, text in enumerate(each[1:], start=1)
        if text
    }
    order = ",".join(each[0] for each in found)
    return Record(_field(found[0], 10), _patients(found), {**fields, "segments": order}, _field(found[0], 9))


def patients(answer: bytes) -> tuple[str, ...]:
    """Every PID-3 in one or several messages."""
    return tuple(each for message in _messages(answer)[0] for each in _patients(segments(message)))


def found(answer: bytes) -> tuple[str, ...]:
    """The record itself is the answer."""
    return (record(answer).identifier,)


def receipt(answer: Answer, identifier: str) -> Receipt:
    """MSA-1, for the message of MSA-2 and no other; two that differ, or an error beside it (ERR-4), are no acceptance."""
    if not answer.body.strip():
        return Receipt(AGAIN, "MSA?")
    every = segments(answer.body)
    found = [(_field(each, 1), _field(each, 2)) for each in every if each[0] == "MSA"]
    if len(set(found)) != 1:
        return Receipt(REFUSED, "MSA?")
    code, of = found[0]
    if of != identifier:
        return Receipt(AGAIN, f"MSA-2 {of}")
    state = _CODES.get(code, REFUSED)
    wrong = next((each for each in every if each[0] == "ERR" and _field(each, 4) in _ERRORS), None)
    if state == ACCEPTED and wrong is not None:
        return Receipt(REFUSED, f"{code} ERR {_field(wrong, 3)}"[:20])
    return Receipt(state, code)


def page(answer: bytes) -> Page:
    """A receiver's list: messages one after the other, framed or not, perhaps as a batch that states how many they are."""
    found, total = _messages(answer)
    return Page(tuple(Entry(str(at), each) for at, each in enumerate(found, start=1)), total)


def _messages(answer: bytes) -> tuple[list[bytes], int | None]:
    if answer.startswith(START):
        found, rest = unframed(answer)
        if rest.strip():
            raise refuse("no-frame", "check that the port speaks MLLP.")
        return found, None
    try:
        text = answer.decode()
    except UnicodeDecodeError:
        raise refuse("no-text", _CURE) from None
    messages: list[list[str]] = []
    total = None
    for line in filter(None, _ENDS.split(text)):
        head = line[:3]
        if head in _HEADS:
            total = _stated(line, total)
        elif head == "MSH":
            messages.append([line])
        elif not messages:
            raise refuse("no-message", _CURE)
        else:
            messages[-1].append(line)
    return ["\r".join(each).encode() + b"\r" for each in messages], total


def _stated(line: str, total: int | None) -> int | None:
    """BTS-1 is the number of messages of a batch."""
    if not line.startswith("BTS"):
        return total
    count = line[4:].partition(line[3:4] or "|")[0]
    if not count:
        return total
    if not count.isdecimal():
        raise refuse("no-count", _CURE, count=count[:20])
    return (total or 0) + int(count)


def _patients(found: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """PID-2, PID-3, PID-4 and MRG-1: identifiers are the first component of each repetition."""
    component, repetition = _separators(found[0])
    return tuple(
        each
        for segment in found
        for at in {"PID": (2, 3, 4), "MRG": (1,)}.get(segment[0], ())
        for each in _identifiers(_field(segment, at), component, repetition)
    )


def _identifiers(text: str, component: str, repetition: str) -> Iterator[str]:
    for each in text.split(repetition):
        if each:
            yield each.split(component)[0]


def _separators(head: Sequence[str]) -> tuple[str, str]:
    encoding = _field(head, 2)
    return (encoding[0], encoding[1]) if len(encoding) > 1 else ("^", "~")


def _field(segment: Sequence[str], at: int) -> str:
    return segment[at] if at < len(segment) else ""
