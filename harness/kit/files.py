# SPDX-License-Identifier: Apache-2.0
"""Files of others as a trace: copied byte for byte, a file a segment, resumed where an interrupted run stopped.

What is recorded is one state of each file: a file that changes while it is copied, or while the recording rests, is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from harness.errors import DecodeError, InstrumentError, UsageError
from harness.kit.unreadable import UnreadableError, UnusableError
from harness.model import Text
from harness.plugins import Sink

BLOCK = 1 << 20


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Within it the file at ``path``, which a user named, is read: InstrumentError where the system refuses it."""
    try:
        yield
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}."
        raise InstrumentError(msg, cure="check the path and its permissions.") from None


def bytes_of(path: Path, most: int = -1) -> bytes:
    """The first ``most`` bytes of a file, all of them by default; InstrumentError for one that cannot be read."""
    with reading(path), path.open("rb") as stream:
        return stream.read(most)


class FileSource:
    """Copies ``files``; ``noun`` is what they are in sentences, as Text("行驶日志", "drive log").

    ``attach``: document name -> file kept beside the trace. ``check``: raises for a file that is not what it should be.
    """

    appendable = True
    extension: str
    """Of the segments, where it is not the probe's."""

    def __init__(
        self,
        files: Sequence[Path],
        noun: Text,
        *,
        attach: Mapping[str, Path] = MappingProxyType({}),
        check: Callable[[Path], object] | None = None,
        extension: str = "",
    ) -> None:
        """Remember the paths; nothing is opened yet."""
        self._files, self._noun, self._attach, self._check = tuple(files), noun, attach, check
        if extension:
            self.extension = extension

    def preflight(self) -> None:
        """Every file can be read and is what it should be; InstrumentError or UsageError otherwise."""
        for path in (*self._files, *self._attach.values()):
            next(self._blocks(path), b"")
        if self._check is None:
            return
        for path in self._files:
            try:
                self._check(path)
            except UnreadableError as defect:
                where = defect.where or path.name
                raise UnusableError(defect.text, cure=defect.cure, where=where) from defect
            except DecodeError as defect:
                raise UsageError(defect.problem, cure=defect.cure, where=defect.where or path.name) from defect

    def record(self, sink: Sink) -> None:
        """Copy what is not in the trace yet."""
        states = [self._state(path) for path in self._files]
        if list(sink.state.get("files", states)) != states:
            names = ", ".join(path.name for path in self._files)
            msg = f"The {self._noun.en} {names} was changed while the recording was interrupted."
            raise InstrumentError(msg, cure="start a new attempt instead of resuming.")
        sink.checkpoint({"files": states})
        if sink.position == 0:
            for name, path in self._attach.items():
                sink.attach(name, b"".join(self._blocks(path)))
        begin = 0
        for path, state in zip(self._files, states, strict=True):
            if begin and sink.position == begin:
                sink.roll()
            if not self._copy(path, state, begin, sink):
                return
            begin += state["bytes"]
        sink.event("files.recorded", {"files": states})

    def _copy(self, path: Path, state: Mapping[str, Any], begin: int, sink: Sink) -> bool:
        """The rest of a file, whose first byte is the trace's ``begin``; False when it was stopped."""
        kept, at, digest = sink.position - begin, 0, hashlib.sha256()
        if kept >= state["bytes"] > 0:
            return True
        for data in self._blocks(path):
            if sink.stopping:
                return False
            digest.update(data)
            if at + len(data) > kept:
                sink.write(data[max(0, kept - at) :])
            at += len(data)
            sink.progress(min(at, state["bytes"]), state["bytes"], path.name)
            if at > state["bytes"]:
                break  # something writes into it: perhaps faster than this reads
        if digest.hexdigest() != state["sha256"]:
            msg = f"The {self._noun.en} {path.name} was changed while it was copied."
            raise InstrumentError(msg, cure="record it when nothing writes into it any more.")
        return True

    def _state(self, path: Path) -> dict[str, Any]:
        """What a file is now."""
        digest, size = hashlib.sha256(), 0
        for data in self._blocks(path):
            digest.update(data)
            size += len(data)
        return {"file": path.name, "sha256": digest.hexdigest(), "bytes": size}

    def _blocks(self, path: Path) -> Iterator[bytes]:
        try:
            with path.open("rb") as file:
                while data := file.read(BLOCK):
                    yield data
        except OSError as error:
            msg = f"The {self._noun.en} {path.name} cannot be read: {error.strerror}."
            raise InstrumentError(msg, cure="check its path in the profile and its rights.") from None
