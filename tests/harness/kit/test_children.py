# SPDX-License-Identifier: Apache-2.0
"""A child gets its settings, answers, and ends with the process that started it."""

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.errors import InstrumentError
from harness.kit.children import Child, child, readable

ECHO = """
import sys
from harness.errors import InstrumentError
from harness.kit import children

def do(settings):
    if settings.get("wrong"):
        raise InstrumentError("No such port.", cure="use another.")
    children.say({"heard": settings})
    children.ended(None)
    return {"count": 3}

sys.exit(children.work(do))
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module that a child can run by name."""
    (tmp_path / "echoing.py").write_text(ECHO)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{Path(__file__).parents[3]}")
    return "echoing"


def test_settings_go_in_answers_come_out_and_the_last_one_when_it_is_let_go(module: str) -> None:
    with child(module, {"a": [1, "Ω"]}, "echo") as echo:
        assert echo.answer(20) == {"heard": {"a": [1, "Ω"]}}
        assert echo.last() == {"count": 3}


def written(child: Child, count: int) -> bytes:
    """So many bytes of a child, in whatever pieces they come."""
    told = b""
    while len(told) < count:
        more = child.read(20)
        assert more, f"it says no more after {told!r}"
        told += more
    return told


def test_what_a_child_writes_is_read_as_it_comes_until_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "import sys\nsys.stdin.readline()\nprint('one', flush=True)\nsys.stdin.read()\nprint('two')\nsys.exit(3)\n"
    (tmp_path / "writing.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with child("writing", {}, "writer") as writer:
        assert written(writer, 4) == b"one\n"
        assert writer.read(0.05) is None, "nothing is said, and it has not ended"
        writer.end()
        assert written(writer, 4) == b"two\n"
        assert writer.read(20) == b""
        assert writer.code() == 3


def running(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> str:
    """A module of this text, by a name that a child can run."""
    (folder / "acting.py").write_text(f"import sys, time\nsys.stdin.readline()\n{text}\n")
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return "acting"


def test_answers_that_come_in_one_piece_are_told_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    acting = running(tmp_path, monkeypatch, 'sys.stdout.write(\'{"a": 1}\\n{"a": 2}\\n\')')
    with child(acting, {}, "writer") as writer:
        assert writer.answer(20) == {"a": 1}
        assert writer.answer(20) == {"a": 2}
        assert writer.last() == {}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("sys.stdout.write('{\"a\"'); sys.stdout.flush(); time.sleep(600)", id="hangs within a line"),
        pytest.param("sys.stdout.write('{\"a\"')", id="dies within a line"),
        pytest.param("time.sleep(600)", id="says nothing"),
    ],
)
def test_a_child_without_a_whole_answer_is_named_and_not_waited_for(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.kit.children._END_S", 0.2)
    with (
        child(running(tmp_path, monkeypatch, text), {}, "writer") as writer,
        pytest.raises(InstrumentError, match="The writer did not start"),
    ):
        writer.answer(2)


@pytest.mark.timeout(60)
def test_a_child_that_does_not_end_is_waited_for_no_longer_than_it_may_take_and_then_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.kit.children._END_S", 0.2)
    acting = running(
        tmp_path, monkeypatch, "import os; print('{\"pid\": %d}' % os.getpid(), flush=True); time.sleep(600)"
    )
    with child(acting, {}, "writer") as writer:
        number = writer.answer(20)["pid"]
        assert writer.last() == {}
        assert writer.code() is None
    assert not (Path("/proc") / str(number)).exists()


def test_a_child_that_is_gone_before_it_heard_its_settings_did_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with (
        child("nothing_of_this_name", {"long": "x" * (1 << 20)}, "echo") as echo,
        pytest.raises(InstrumentError, match="The echo did not start"),
    ):
        echo.answer(20)
    assert "nothing_of_this_name" in capfd.readouterr().err


def test_what_is_wrong_in_the_child_is_told_with_its_cure(module: str) -> None:
    with child(module, {"wrong": True}, "echo") as echo, pytest.raises(InstrumentError, match="No such port") as caught:
        echo.answer(20)
    assert caught.value.cure == "use another."


def test_a_child_that_cannot_begin_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    with child("nothing_of_this_name", {}, "echo") as echo, pytest.raises(InstrumentError, match="The echo did not"):
        echo.answer(20)
    assert "nothing_of_this_name" in capfd.readouterr().err


def test_a_child_does_not_outlive_a_parent_that_is_killed(module: str) -> None:
    script = (
        "import os\nfrom harness.kit.children import child\n"
        f"with child({module!r}, {{}}, 'echo') as echo:\n"
        "    echo.answer(20); print(echo._process.pid, flush=True); os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    process = Path("/proc") / done.stdout.strip() / "cmdline"
    for _ in range(100):
        if not process.exists() or not process.read_bytes():
            return
        time.sleep(0.05)
    raise AssertionError("the child is still there")


def test_a_child_is_heard_whatever_the_number_of_its_descriptor() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2100:
        pytest.skip("no more than 2100 open files are allowed here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2100), hard))
    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    try:
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb") as file:
            assert reading > 1023
            assert not readable(file, 0.0)
            os.write(writing, b"x")
            os.close(writing)
            assert readable(file, 1.0)
    finally:
        for each in held:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
