# SPDX-License-Identifier: Apache-2.0
"""A disk that fills up, a folder that refuses, a worker that dies: one sentence, nothing recorded is lost."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.campaign import run
from harness.cli import main
from harness.errors import Exit, StorageError
from harness.evidence.bundle import Bundle
from harness.evidence.verify import verify


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 192 KiB."""
    if os.geteuid() != 0:
        _refuse("a small file system needs root")
    place = tmp_path / "small"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=192k", "tmpfs", place], capture_output=True, check=False)
    if made.returncode != 0:
        _refuse(f"mounting is refused here: {made.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def _refuse(reason: str) -> None:
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(reason)
    pytest.skip(reason)


def grow(case: Path, rows: int) -> None:
    """Make the second register larger than the disk's free space."""
    path = case.parent / "others.csv"
    path.write_text(path.read_text(encoding="utf-8") + ("," * 6 + " " * 4000 + "\n") * rows, encoding="utf-8")


def test_a_full_disk_stops_with_a_cure_keeps_what_was_recorded_and_resumes(case: Path, small_disk: Path) -> None:
    grow(case, 60)
    with pytest.raises(StorageError) as caught:
        run(case, small_disk)
    assert caught.value.cure
    kept = list(Bundle.open(small_disk / "case.bundle").data.glob("traces/*/*/*.csv"))
    originals = [path.read_bytes() for path in case.parent.glob("*.csv")]
    assert kept
    assert all(any(whole.startswith(path.read_bytes()) for whole in originals) for path in kept)
    subprocess.run(["mount", "-o", "remount,size=4m", small_disk], check=True)
    done = run(case, small_disk, resume=True)
    assert [each["verdict"] for each in done.evaluation.results["indicators"]] == ["PASS", "FAIL", "NOT_TESTED"]
    assert not verify(done.root).defects


def test_a_full_disk_exits_5_with_one_sentence(case: Path, small_disk: Path, capsys) -> None:
    grow(case, 60)
    assert main(["run", str(case), "--out", str(small_disk)]) == Exit.INSTRUMENT
    err = capsys.readouterr().err
    assert "Traceback" not in err
    assert "Cure:" in err.splitlines()[-1]


def test_a_bundle_damaged_while_interrupted_is_not_resumed_over(
    case: Path, tmp_path: Path, edit: Callable[[Path, str, str], None]
) -> None:
    root = run(case, tmp_path).root
    (root / "tagmanifest-sha256.txt").unlink()
    edit(root / "data" / "journal.jsonl", '"planned":2', '"planned":3')
    assert main(["run", str(case), "--out", str(tmp_path), "--resume"]) == Exit.EVIDENCE
