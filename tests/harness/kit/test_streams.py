# SPDX-License-Identifier: Apache-2.0
"""A live instrument is recorded byte for byte, whatever its connection does; what happens is told."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from harness.errors import InstrumentError
from harness.kit.streams import Pace, Stream, StreamSource
from harness.model import Text

FAST = Pace(poll_s=0.01, again_s=0.01, longest_s=0.04)


class Script:
    """A port that says what it is told to: bytes, or an error."""

    def __init__(self, *says: bytes | OSError, remark: Text | None = None) -> None:
        self.remark = remark
        self._says = iter(says)
        self.closed = False

    def read(self) -> bytes:
        said = next(self._says, b"")
        if isinstance(said, OSError):
            raise said
        return said

    def close(self) -> None:
        self.closed = True


def dial(*ports: Script | InstrumentError) -> Callable[[], Script]:
    """Opens one port after the other."""
    left: Iterator[Script | InstrumentError] = iter(ports)

    def connect() -> Script:
        port = next(left)
        if isinstance(port, InstrumentError):
            raise port
        return port

    return connect


def test_a_connection_that_drops_loses_nothing_and_begins_a_new_segment(sink: Any) -> None:
    sink.enough = 4
    first, second = Script(b"a", b"b", OSError("unplugged")), Script(b"c", b"d")
    stream = Stream(dial(first, InstrumentError("Nobody there."), second), "meter 1", "test", pace=FAST)
    StreamSource(stream, 10).record(sink)
    assert sink.segments == [b"ab", b"cd"]
    assert [kind for kind, _ in sink.events] == ["test.connection-lost", "test.connected-again"]
    lost = sink.events[0][1]
    assert (lost["error"], lost["at_byte"]) == ("unplugged", 2)
    assert lost["text"] == {
        "zh": "与 meter 1 的连接中断：unplugged",
        "en": "The connection to meter 1 is lost: unplugged",
    }
    assert first.closed
    assert second.closed


def test_a_remark_of_the_port_is_told_once(sink: Any) -> None:
    sink.enough = 3
    port = Script(b"a", b"b", b"c", remark=Text("两台", "two"))
    StreamSource(Stream(lambda: port, "x", "test", pace=FAST), 10).record(sink)
    assert [(kind, body["text"]["en"]) for kind, body in sink.events] == [("test.port", "two")]


def test_a_watch_sees_what_was_written_and_tells_under_the_name_of_its_domain(sink: Any) -> None:
    class Loud:
        def __init__(self, tell: Any, now: float) -> None:
            self.tell, self.since = tell, now

        def take(self, data: bytes, now: float) -> None:
            assert now >= self.since
            self.tell("heard", Text("听到", "heard"), {"bytes": len(data)})

        def tick(self, now: float) -> None:
            assert now >= self.since

    sink.enough = 2
    StreamSource(Stream(lambda: Script(b"ab"), "x", "plant", watch=Loud, pace=FAST), 10).record(sink)
    assert [(kind, body["bytes"], body["at_byte"]) for kind, body in sink.events] == [("plant.heard", 2, 2)]


def test_the_planned_end_counts_what_was_recorded_before_an_interruption(sink: Any) -> None:
    sink.state = {"elapsed_s": 100.0}
    StreamSource(Stream(lambda: Script(b"late"), "x", "test", pace=FAST), 50).record(sink)
    assert sink.data == b""


def test_preflight_checks_the_port_and_the_documents_and_documents_are_kept_once(sink: Any, tmp_path: Path) -> None:
    def silent(_port: object) -> None:
        raise InstrumentError("It says nothing.")

    port = Script()
    with pytest.raises(InstrumentError, match="It says nothing"):
        StreamSource(Stream(lambda: port, "x", "test", silent), 1).preflight()
    assert port.closed
    truth = tmp_path / "truth.csv"
    source = StreamSource(Stream(lambda: Script(b"a"), "x", "test", pace=FAST), 10, {"truth": truth})
    with pytest.raises(InstrumentError, match=r"truth\.csv cannot be read"):
        source.preflight()
    truth.write_bytes(b"1,2\n")
    sink.enough = 1
    source.record(sink)
    assert sink.attached == {"truth": b"1,2\n"}
    sink.attached.clear()
    source.record(sink)
    assert sink.attached == {}, "a resumed run has them already"


def test_waits_double_up_to_the_longest() -> None:
    assert list(islice(Pace(0.5, 1, 5).waits(), 5)) == [1, 2, 4, 5, 5]
