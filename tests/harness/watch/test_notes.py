# SPDX-License-Identifier: Apache-2.0
"""Notes and photos on their way into the bundle: kept once, whole or not at all, whatever is killed meanwhile."""

import contextlib
import errno
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.campaign import Campaign, Watch, run
from harness.errors import StorageError
from harness.evidence.bundle import Bundle
from harness.evidence.journal import Journal, read_journal
from harness.evidence.verify import verify
from harness.replay import replay
from harness.watch import notes
from harness.watch.course import Course
from harness.watch.notes import BOX, Inbox, Letter, form_of

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40
ONE, TWO = "1" * 32, "2" * 32


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    bundle = Bundle.create(tmp_path / "case.bundle")
    with Journal.open(bundle.journal_path) as journal:
        made = Inbox(bundle, journal)
        made.folder.mkdir()
        yield made


def put(box: Path, name: str, text: str = "moved the antenna", photo: bytes | None = None) -> None:
    if photo is not None:
        (box / f"{name}.jpg").write_bytes(photo)
    letter = Letter(id=name, text=text, by="Li", sent_ns="7", photo="jpg" if photo else None)
    (box / f"{name}.json").write_text(letter.model_dump_json(), encoding="utf-8")


def operators(root: Path) -> list[dict[str, object]]:
    return [dict(event.body) for event in read_journal(root / "data/journal.jsonl") if event.kind == "operator"]


def test_a_letter_becomes_an_event_and_its_photo_a_document_under_its_digest(inbox: Inbox) -> None:
    put(inbox.folder, ONE, photo=JPEG)
    assert inbox.take() == 1
    (body,) = operators(inbox.folder.parent)
    assert (body["text"], body["by"], body["id"]) == ("moved the antenna", "Li", ONE)
    photo = body["photo"]
    assert (inbox.folder.parent / photo["path"]).read_bytes() == JPEG
    assert photo["bytes"] == len(JPEG)
    assert not list(inbox.folder.iterdir())


@pytest.mark.parametrize("killed_before", ["replace", "append", "unlink"])
def test_a_recorder_killed_at_any_step_keeps_the_note_once(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch, killed_before: str
) -> None:
    put(inbox.folder, ONE, photo=JPEG)
    owner = Journal if killed_before == "append" else Path
    with monkeypatch.context() as patch:
        patch.setattr(owner, killed_before, lambda *_a, **_k: (_ for _ in ()).throw(KeyboardInterrupt))
        with contextlib.suppress(KeyboardInterrupt):
            inbox.take()
    inbox.take()
    (body,) = operators(inbox.folder.parent)
    assert (inbox.folder.parent / body["photo"]["path"]).read_bytes() == JPEG
    assert not list(inbox.folder.iterdir())


def test_half_a_photo_is_gone_and_a_whole_one_without_its_letter_is_put_beside(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes, "PATIENCE_S", 0.2)
    (inbox.folder / f".part-{ONE}-aa").write_bytes(JPEG[:100])
    (inbox.folder / f"{TWO}.jpg").write_bytes(JPEG)
    (inbox.folder / "stranger.json").write_text("{}", encoding="utf-8")
    put(inbox.folder, "3" * 32)
    inbox.close()
    assert not inbox.folder.exists()
    aside = inbox.folder.parent.with_suffix(".notes-not-kept")
    assert {path.name for path in aside.iterdir()} == {f"{TWO}.jpg", "stranger.unread"}
    assert len(operators(inbox.folder.parent)) == 1


@pytest.mark.timeout(60)
def test_a_disk_that_refuses_to_remove_the_box_is_told_instead_of_being_asked_for_ever(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(inbox.folder, ONE)
    remove = Path.rmdir

    def read_only(path: Path) -> None:
        if path == inbox.folder:
            raise OSError(errno.EROFS, "Read-only file system")
        remove(path)

    monkeypatch.setattr(Path, "rmdir", read_only)
    with pytest.raises(StorageError, match="Read-only file system"):
        inbox.close()
    assert len(operators(inbox.folder.parent)) == 1


def test_the_end_waits_for_a_photo_that_is_still_arriving(inbox: Inbox) -> None:
    part = inbox.folder / f".part-{ONE}-aa"
    part.write_bytes(JPEG[:100])

    def arrive() -> None:
        time.sleep(0.3)
        put(inbox.folder, ONE, photo=JPEG)
        part.unlink()

    bringer = threading.Thread(target=arrive)
    bringer.start()
    inbox.close()
    bringer.join(60)
    assert not bringer.is_alive()
    assert operators(inbox.folder.parent)[0]["photo"]["bytes"] == len(JPEG)


@pytest.mark.parametrize(
    "odd",
    [
        {"id": ONE},
        {"id": ONE, "text": "  "},
        {"id": "../../etc", "text": "a"},
        {"id": ONE, "text": "a" * 4001},
        {"id": ONE, "text": "half a pair \ud800"},
        {"id": ONE, "text": "a", "photo": "exe"},
        {"id": ONE, "text": "a", "path": "/etc/passwd"},
    ],
)
def test_what_is_no_letter_is_none(odd: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="Letter"):
        Letter.model_validate_json(json.dumps(odd))


def test_a_picture_is_known_by_its_first_bytes() -> None:
    assert form_of(JPEG) == "jpg"
    assert form_of(b"\x89PNG\r\n\x1a\n....") == "png"
    assert form_of(b"\0\0\0\x18ftypheic....") == "heic"
    assert form_of(b"RIFF....WEBP") == "webp"
    assert form_of(b"GIF89a..........") is None
    assert form_of(b"<svg xmlns=") is None


@pytest.fixture
def noted(case: Path, tmp_path: Path) -> Campaign:
    """A campaign during which a letter with a photo arrived."""
    root = tmp_path / "out" / "case.bundle"

    def source(*_: object) -> None:
        if not operators(root) and not (root / BOX / f"{ONE}.json").exists():
            put(root / BOX, ONE, photo=JPEG)

    return run(case, tmp_path / "out", watch=Watch(source=source))


def test_notes_of_a_run_are_sealed_with_it_and_change_no_verdict(noted: Campaign) -> None:
    (body,) = operators(noted.root)
    assert verify(noted.root, any_signer=True).defects == ()
    assert replay(noted.root).identical
    assert not (noted.root / BOX).exists()
    course = Course()
    for event in read_journal(noted.root / "data/journal.jsonl"):
        course.take(event)
    assert course.notes[ONE].photo == body["photo"]["path"]
    photo = noted.root / body["photo"]["path"]
    photo.write_bytes(JPEG[:-1] + b"x")
    assert verify(noted.root, any_signer=True).defects
