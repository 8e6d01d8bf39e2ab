# SPDX-License-Identifier: Apache-2.0
"""One request from the lines of its trace: moments, tokens, and why its answer is none. The same code while it is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from probes.service.digests.rows import MOMENTS, UNFINISHED
from probes.service.formats import layout
from probes.service.formats.chat import Transcript, erroneous, parsed, told
from probes.service.formats.http import Response
from probes.service.formats.sse import Parser

_KEPT = 1 << 16
"""Bytes of a body that is no stream which are looked into."""
_STREAM = "text/event-stream"


class Answer:
    """Bytes of one answer in, with their moments. ``over``: nothing more is awaited."""

    def __init__(self) -> None:
        """Nothing has come."""
        self.response, self.transcript = Response(), Transcript()
        self.first_byte_ns: int | None = None
        self.body = bytearray()
        self.early_ns: int | None = None
        """When the first token can have come at the earliest: before its piece where that was read late together with others."""
        self.late = 0
        """Pieces that were read late."""
        self._events = Parser()
        self._read_ns: int | None = None

    @property
    def over(self) -> bool:
        """Whether the answer is at its end: the message is whole, its last mark has come, or it is none."""
        return self.response.whole or self.transcript.done or bool(self.response.fault)

    @property
    def streamed(self) -> bool:
        """Whether it calls itself a stream of events."""
        return self.response.content_type == _STREAM

    def take(self, data: bytes, at_ns: int, late_ns: int = 0, sent_ns: int | None = None) -> None:
        """Bytes of which the last came at ``at_ns`` and that were read ``late_ns`` later; the request was ``sent_ns``."""
        self.first_byte_ns = at_ns if self.first_byte_ns is None else self.first_byte_ns
        before = self.transcript.outputs
        self._read(self.response.feed(data), at_ns)
        self.late += late_ns > 0
        if not before and self.transcript.outputs:
            earliest = sent_ns if self._read_ns is None else self._read_ns
            joined = late_ns > 0 and self.transcript.outputs > 1
            self.early_ns = earliest if joined and earliest is not None else self.transcript.begun_ns
        self._read_ns = at_ns + late_ns

    def close(self, at_ns: int) -> None:
        """The peer closed the connection."""
        self._read(self.response.close(), at_ns)

    def _read(self, body: bytes, at_ns: int) -> None:
        if self.streamed and self.response.status == 200:
            for event in self._events.feed(body):
                self.transcript.take(event, at_ns)
        elif len(self.body) < _KEPT:
            self.body += body[: _KEPT - len(self.body)]

    def fault(self, end: str) -> tuple[str, str]:
        """Why it is no whole answer, and what the peer says of it; empty for a whole one. ``end``: as the trace says."""
        response, transcript = self.response, self.transcript
        if response.status is None:
            return (end if end in {"timeout", "reset"} else response.fault or "no-answer"), ""
        if response.fault == "encoded":
            return "encoded", ""
        if response.status != 200:
            return f"http-{response.status}", _said(bytes(self.body))
        if not self.streamed:
            return self._other(end)
        if transcript.error:
            return "error-event", transcript.error
        if transcript.malformed or self._events.overlong:
            return "malformed", ""
        if not transcript.complete:
            return (end if end in {"timeout", "reset"} else "cut"), ""
        if transcript.declined:
            return "refusal", ""
        return ("", "") if transcript.first_ns is not None else ("empty", "")

    def _other(self, end: str) -> tuple[str, str]:
        """What a 200 without a stream is."""
        body = bytes(self.body)
        found = parsed(body.decode("utf-8", "replace"))
        if found is not None and (said := erroneous(found)):
            return "error-in-200", said
        if found is not None and isinstance(found.get("choices"), list):
            return "not-streamed", ""
        if body.lstrip()[:1] == b"<":
            return "html", ""
        return (end if end in {"timeout", "reset"} else "no-stream"), body[:80].decode("utf-8", "replace")


def _said(body: bytes) -> str:
    found = parsed(body.decode("utf-8", "replace"))
    if found is None:
        return " ".join(body[:200].decode("utf-8", "replace").split())
    return told(found.get("error") or found.get("detail") or found.get("message") or found)


class Exchange:
    """Lines of one request in; :meth:`row` gives what they came to."""

    def __init__(self, number: int) -> None:
        """A request of which nothing is known."""
        self.number = number
        self.moments: dict[str, int] = {}
        self.kept = False
        self.end = self.detail = ""
        self.most: int | None = None
        self.model: str | None = None
        self.answer = Answer()

    def take(self, row: Mapping[str, Any]) -> bool:
        """One line; whether it was understood."""
        if isinstance(row.get("end"), str):
            return self._ended(row)
        if "due" in row:
            return self._begun(row)
        if "sent" in row:
            stamps = {key: row[key] for key in ("dns", "tcp", "tls", "sent") if key in row}
            self.kept = row.get("conn") == "kept"
            return self._moments(stamps) and row.get("conn") in {"new", "kept"}
        data, at_ns = layout.data_of(row), row.get("t")
        if data is None or not _moment(at_ns):
            return False
        late = row.get("late", 0)
        if not _moment(late) or late < 0:
            return False
        self.answer.take(data, int(row["t"]), late, self.moments.get("sent"))
        return True

    def _begun(self, row: Mapping[str, Any]) -> bool:
        ask = row.get("ask")
        most = ask.get("max_tokens") if isinstance(ask, Mapping) else None
        self.most = most if isinstance(most, int) and not isinstance(most, bool) else None
        self.model = str(ask["model"]) if isinstance(ask, Mapping) and "model" in ask else None
        return self._moments({"due": row.get("due"), "began": row.get("at")})

    def asked_otherwise(self, facts: Mapping[str, Any]) -> bool:
        """Whether its own body asks for another model, or for fewer tokens, than the first line of the session says."""
        model, most = facts.get("model"), facts.get("max_tokens")
        return (model is not None and self.model not in {None, str(model)}) or (
            isinstance(most, int) and self.most is not None and self.most != most
        )

    def _ended(self, row: Mapping[str, Any]) -> bool:
        self.end, self.detail = str(row["end"]), str(row.get("detail", ""))[:200]
        if not self._moments({"ended": row.get("t")}):
            return False
        if self.end in {"eof", "reset"}:
            self.answer.close(int(row["t"]))
        return self.end in layout.ENDS

    def _moments(self, stamps: Mapping[str, Any]) -> bool:
        if not all(map(_moment, stamps.values())):
            return False
        self.moments.update({key: int(value) for key, value in stamps.items()})
        return True

    @property
    def fault(self) -> tuple[str, str]:
        """Why there is no whole answer, and what is said of it."""
        if not self.end:
            return UNFINISHED.decode(), ""
        if self.end == "stopped":
            whole = self.answer.response.status is not None and not self.answer.fault("done")[0]
            return ("", "") if whole else (UNFINISHED.decode(), "")
        if "sent" not in self.moments:
            return self.end, self.detail
        return self.answer.fault(self.end)

    def row(self) -> tuple[Any, ...]:
        """The request as a row of :data:`~probes.service.digests.rows.REQUEST`."""
        said, usage = self.answer.transcript, self.answer.transcript.usage
        moments = {**self.moments, "byte": self.answer.first_byte_ns, "first": said.first_ns, "last": said.last_ns}
        tokens = said.tokens(self.most)
        return (
            self.number,
            *(-1 if moments.get(each) is None else moments[each] for each in MOMENTS),
            -1 if self.answer.early_ns is None else self.answer.early_ns,
            said.longest_ns,
            -1 if tokens is None else tokens,
            said.outputs,
            len(said.choices),
            -1 if usage is None or usage.prompt is None else usage.prompt,
            -1 if usage is None or usage.cached is None else usage.cached,
            -1 if self.answer.response.status is None else self.answer.response.status,
            self.kept,
            self.fault[0].encode("ascii", "replace")[:24],
        )


def _moment(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -(1 << 62) < value < 1 << 62
