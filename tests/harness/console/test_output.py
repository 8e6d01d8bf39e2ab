# SPDX-License-Identifier: Apache-2.0
"""A command whose words do not reach the reader ends with no verdict's code, and never with 1."""

import errno
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.campaign import run
from harness.cli import main
from harness.errors import Exit

ERRORS = {
    "a reader that left": BrokenPipeError(errno.EPIPE, "Broken pipe"),
    "a full disk": OSError(errno.ENOSPC, "No space left on device"),
}


class Failing(io.StringIO):
    """A stream that takes no more."""

    def __init__(self, error: OSError, *, late: bool) -> None:
        super().__init__()
        self.error, self.late = error, late

    def write(self, text: str) -> int:
        if not self.late:
            raise self.error
        return len(text)

    def flush(self) -> None:
        if self.late:
            raise self.error


@pytest.fixture
def bundle(case: Path, tmp_path: Path) -> Path:
    return run(case, tmp_path).root


@pytest.mark.parametrize("late", [False, True], ids=["as it is said", "when it is flushed"])
@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("command", [["verify"], ["verify", "--json"], ["replay"], ["replay", "--json"], ["pack"]])
def test_a_verdict_that_nobody_heard_is_none(
    bundle: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    error: str,
    late: bool,
) -> None:
    monkeypatch.setattr(sys, "stdout", Failing(ERRORS[error], late=late))
    assert main(["--lang", "en", command[0], str(bundle), *command[1:]]) == Exit.INSTRUMENT
    assert "Standard output cannot be written" in capsys.readouterr().err


def test_who_leaves_a_list_has_seen_enough_and_a_full_disk_has_not(monkeypatch: pytest.MonkeyPatch) -> None:
    for error, code in zip(ERRORS.values(), (Exit.PASS, Exit.INSTRUMENT), strict=True):
        monkeypatch.setattr(sys, "stdout", Failing(error, late=False))
        assert main(["scenarios"]) == code


def test_a_complaint_that_nobody_hears_keeps_its_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for error in ERRORS.values():
        monkeypatch.setattr(sys, "stderr", Failing(error, late=False))
        assert main(["verify", str(tmp_path / "none.bundle")]) in {Exit.EVIDENCE, Exit.INSTRUMENT}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_process_whose_output_is_full_or_closed_still_ends_with_a_code_of_the_table(bundle: Path) -> None:
    def ended(stdout: int | None) -> int:
        words = [sys.executable, "-m", "harness.cli", "verify", str(bundle)]
        closing = (lambda: os.close(1)) if stdout is None else None
        return subprocess.run(
            words, stdout=stdout, stderr=subprocess.DEVNULL, preexec_fn=closing, check=False
        ).returncode

    with Path("/dev/full").open("w") as full:
        assert ended(full.fileno()) == Exit.INSTRUMENT
    assert ended(None) == Exit.UNDECIDED
