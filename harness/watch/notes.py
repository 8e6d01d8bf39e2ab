# SPDX-License-Identifier: Apache-2.0
"""Notes and photos of people on site: a letter box beside the journal, which the recorder alone empties into the bundle.

``NAME.bundle/.notes`` is there exactly while the recorder takes notes. Whoever brings one writes the photo under a
temporary name, renames it once it is whole, and then writes the letter in one step; a letter is a promise kept. The recorder
moves the photo into ``data/notes``, journals the words and the digest of the photo, and only then throws the letter away, so
that a kill at any point repeats the step. It ends by removing the empty box: a letter that comes too late finds no box and
is refused, none is left unread (docs/decisions/0017-live-view.md).
"""

from __future__ import annotations

import contextlib
import errno
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, field_validator, model_validator

from harness.errors import StorageError
from harness.evidence.bag import hash_file
from harness.evidence.bodies import NOTES
from harness.evidence.bundle import Bundle
from harness.evidence.journal import Journal
from harness.evidence.storage import make_folder, make_name_durable, storing

BOX = ".notes"
PART = ".part-"
"""Before the name of a photo that is still arriving."""
LARGEST = 25 << 20
"""Bytes of a photo."""
MOST_WAITING = 200
"""Letters that wait for the recorder at most."""
SPARE = 1 << 30
"""Bytes of disk that photos leave to the recording."""
EVERY_S = 0.5
PATIENCE_S = 10.0
"""How long the end of a recording waits for a photo that is still arriving."""
Identifier = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Form = Literal["jpg", "png", "webp", "heic"]


class Letter(BaseModel):
    """A note on its way to the recorder. ``sent_ns``: when, by the clock of the machine with the console; ``photo``: its form."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    id: Identifier
    text: Annotated[str, StringConstraints(max_length=4000, strip_whitespace=True)] = ""
    by: Annotated[str, StringConstraints(max_length=100, strip_whitespace=True)] = ""
    about: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,99}$")] | None = None
    sent_ns: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,20}$")] = "0"
    photo: Form | None = None

    @field_validator("text", "by")
    @classmethod
    def _writable(cls, value: str) -> str:
        value.encode("utf-8")  # half a surrogate pair is no letter: UnicodeEncodeError is a ValueError
        return value

    @model_validator(mode="after")
    def _says_something(self) -> Letter:
        if not self.text and self.photo is None:
            raise ValueError("neither words nor a photo")
        return self


def form_of(head: bytes) -> Form | None:
    """What picture begins with these bytes; None for anything else."""
    if head.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    return "heic" if head[4:8] == b"ftyp" and head[8:12] in {b"heic", b"heix", b"mif1", b"msf1"} else None


class Inbox:
    """The recorder's end of the letter box."""

    def __init__(self, bundle: Bundle, journal: Journal) -> None:
        """Nothing is opened yet."""
        self._bundle, self._journal = bundle, journal
        self.folder = bundle.root / BOX
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Take letters while the block runs; the box stays open behind it, :meth:`close` ends it."""
        with storing(self.folder):
            make_folder(self.folder)
        ended = threading.Event()
        reader = threading.Thread(target=self._read, args=(ended,), name="notes", daemon=True)
        reader.start()
        try:
            yield
        finally:
            ended.set()
            reader.join()

    def _read(self, ended: threading.Event) -> None:
        while not ended.wait(EVERY_S):
            with contextlib.suppress(
                StorageError
            ):  # the letter stays in the box; a full disk stops the sources, not this
                self.take()

    def take(self) -> int:
        """Journal every letter that is there; how many. StorageError when the disk refuses, and then the letter stays."""
        with self._lock, storing(self.folder, "reading"):
            letters = sorted(self.folder.glob("*.json")) if self.folder.is_dir() else []
            return sum(self._taken(path) for path in letters)

    def _taken(self, path: Path) -> int:
        try:
            letter = Letter.model_validate_json(path.read_bytes())
        except ValidationError:
            path.replace(path.with_suffix(".unread"))  # nobody's letter of ours: put beside the bundle at the end
            return 0
        photo = None if letter.photo is None else self._photo(letter)
        if letter.id not in {event.body.get("id") for event in self._journal.events if event.kind == "operator"}:
            body = letter.model_dump(include={"id", "text", "by", "sent_ns"})
            body |= {} if letter.about is None else {"about": letter.about}
            body |= {} if photo is None else {"photo": photo}
            self._journal.append("operator", body, durable=True)
        path.unlink()
        return 1

    def _photo(self, letter: Letter) -> dict[str, object] | None:
        """Move the photo into the bundle, unless that was done before a kill; its digest."""
        name = f"{letter.id}.{letter.photo}"
        kept = self._bundle.root / NOTES / name
        if (self.folder / name).is_file():
            make_folder(kept.parent)
            (self.folder / name).replace(kept)
            make_name_durable(kept.parent)
        if not kept.is_file():
            return None
        digest = hash_file(kept)
        return {"path": f"{NOTES}{name}", "sha256": digest.sha256, "bytes": digest.bytes}

    def close(self) -> None:
        """Take what is left and remove the box; what is no letter is put beside the bundle. StorageError."""
        patient = time.monotonic() + PATIENCE_S
        while self.folder.is_dir():
            self.take()
            if self._removed():
                return
            if time.monotonic() >= patient or not any(self.folder.glob(f"{PART}*")):
                self._clear()
            time.sleep(0.05)

    def _removed(self) -> bool:
        """Remove the box; False where something lies in it. StorageError when the disk refuses: asking again would never end."""
        with storing(self.folder):
            try:
                self.folder.rmdir()
            except OSError as error:
                if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
                    raise
                return False
        return True

    def _clear(self) -> None:
        """Half a photo goes; a whole one without its letter, or a stranger's file, is not ours to throw away."""
        aside = self._bundle.root.with_suffix(".notes-not-kept")
        with storing(self.folder):
            for path in sorted(self.folder.iterdir()):
                if path.name.startswith((PART, ".writing-")):
                    path.unlink(missing_ok=True)
                elif path.suffix != ".json":
                    aside.mkdir(exist_ok=True)
                    path.replace(aside / path.name)
