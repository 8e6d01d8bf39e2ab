# SPDX-License-Identifier: Apache-2.0
"""Questions and answers are kept as they were, a session a peer; who is silent is told."""

from pathlib import Path
from typing import Any

import pytest

from harness.errors import InstrumentError
from harness.kit import lines
from harness.kit.dialogue import DialogueSource, Interview
from harness.kit.forms import Lines

FORM = "test.answers/1"


class Scripted:
    """Answers exactly what it is expected to be asked; what was not asked is left over."""

    def __init__(self, expected: list[tuple[Any, Any]]) -> None:
        self.left = expected
        self.closed = 0

    def ask(self, question: Any) -> Any:
        wanted, answer = self.left.pop(0)
        assert question == wanted
        if isinstance(answer, InstrumentError):
            raise answer
        return answer

    def close(self) -> None:
        self.closed += 1


def interview(peers: dict[str, Scripted]) -> DialogueSource:
    return DialogueSource(Interview(list(peers), peers.__getitem__, "hello", ["height", {"id": 2}]), FORM, "test")


def test_every_peer_has_a_session_with_its_questions_and_answers(sink: Any, tmp_path: Path) -> None:
    peers = {each: Scripted([("height", 7), ({"id": 2}, [1, None, "终"])]) for each in ("a", "b")}
    interview(peers).record(sink)
    path = tmp_path / "0001.jsonl"
    path.write_bytes(sink.data)
    for chunk, name in zip(Lines(FORM).chunks(path, 0), "ab", strict=True):
        session = lines.read(chunk, FORM)
        assert session.facts["peer"] == name
        rows = list(session)
        assert [(each["ask"], each["answer"]) for each in rows] == [("height", 7), ({"id": 2}, [1, None, "终"])]
        assert all(each["ms"] >= 0 and each["t"] >= session.facts["t"] for each in rows)
    assert all((each.left, each.closed) == ([], 1) for each in peers.values())


def test_a_peer_that_fails_leaves_nothing_half_told_and_is_an_event(sink: Any) -> None:
    silent = InstrumentError("It does not answer.")
    peers = {"a": Scripted([("height", 7), ({"id": 2}, silent)]), "b": Scripted([("height", 7), ({"id": 2}, 1)])}
    interview(peers).record(sink)
    assert sink.data.count(b'"peer":') == 1
    assert sink.events == [("test.peer-silent", {"peer": "a", "problem": "It does not answer."})]
    assert peers["a"].closed == 1


def test_silence_of_all_is_an_error(sink: Any) -> None:
    peers = {"a": Scripted([("height", InstrumentError("It does not answer."))])}
    with pytest.raises(InstrumentError, match="It does not answer"):
        interview(peers).record(sink)


def test_preflight_greets_each_and_names_the_first_that_is_silent() -> None:
    peers = {"a": Scripted([("hello", 1)]), "b": Scripted([("hello", InstrumentError("b is silent."))])}
    with pytest.raises(InstrumentError, match="b is silent"):
        interview(peers).preflight()
    assert [each.closed for each in peers.values()] == [1, 1]
