# SPDX-License-Identifier: Apache-2.0
"""How the values of a campaign came about, from its journal and traces: looks at what had been recorded at moments before now.

Nobody keeps what looks said: a look says the same again of the same bytes. So the traces are grown once more, in a
temporary folder, to where they stood at some moments (evenly between the beginning and the end of each source), and looked at there.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from harness.errors import YanshouError
from harness.evidence.bundle import Bundle
from harness.watch.course import SourceNow
from harness.watch.looker import Looker
from harness.watch.now import Now

MOMENTS = 24
LARGEST = 512 << 20
"""Bytes of traces and documents beyond which the past is left alone: then the charts begin where the console began."""
Numbered = Callable[[int], int]


def past(looker: Looker, until_ns: int, number: Numbered) -> Iterator[tuple[int, dict[str, Now]]]:
    """(moment in ns, indicators) for earlier moments of the latest attempt, oldest first; nothing where there is too much.

    ``number``: of a look so many ns after the attempt began.
    """
    course, bundle = looker.course, looker.bundle
    files = [path for folder in ("data/traces", "data/documents") for path in (bundle.root / folder).rglob("*")]
    size = sum(path.lstat().st_size for path in files if path.is_file())
    if not course.attempt or size > min(LARGEST, shutil.disk_usage(tempfile.gettempdir()).free // 2):
        return
    with tempfile.TemporaryDirectory(prefix="yanshou-") as folder:
        shadow = _Shadow(looker, Path(folder) / "past.bundle", until_ns)
        for each in range(1, MOMENTS):
            moment = course.began_ns + (until_ns - course.began_ns) * each // MOMENTS
            shadow.grow(moment)
            try:
                yield moment, shadow.looker.look(number(moment - course.began_ns))
            except (YanshouError, OSError):
                return


class _Shadow:
    """A copy of the bundle whose traces are grown again."""

    def __init__(self, looker: Looker, root: Path, until_ns: int) -> None:
        self._from, self._to, self._until = looker.bundle, Bundle(root), until_ns
        self._sources = looker.course.sources
        self._segments: dict[tuple[str, str], list[str]] = {}
        for event in looker.course.kept:
            if event.kind == "segment_opened" and event.body["attempt"] == looker.course.attempt:
                key = (event.body["indicator"], event.body["source"])
                self._segments.setdefault(key, []).append(event.body["path"])
        self._ends = {
            (event.body["indicator"], event.body["source"]): event.time_ns
            for event in looker.course.kept
            if event.kind == "source_ended"
        }
        self._at_once = {
            (event.body["indicator"], event.body["source"]) for event in looker.course.kept if event.kind == "attached"
        }
        """Registers with documents are read as a whole, and were copied so."""
        for path in (self._from.scenario_path, self._from.profile_path, self._from.campaign_path):
            self._copy(path)
        for path in (self._from.root / "data/documents").rglob("*"):
            if path.is_file() and not path.is_symlink():
                self._copy(path)
        self.looker = Looker(root)
        self.looker.course = looker.course.until_judged()

    def _copy(self, path: Path) -> None:
        there = self._to.root / path.relative_to(self._from.root)
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, there)

    def grow(self, moment_ns: int) -> None:
        """Bring every trace to where it stood at a moment, as if its bytes had come evenly."""
        for key, source in self._sources.items():
            paths = [path for path in dict.fromkeys(self._segments.get(key, ())) if (self._from.root / path).is_file()]
            sizes = [(self._from.root / path).stat().st_size for path in paths]
            left = int(sum(sizes) * self._share(key, source, moment_ns))
            for path, size in zip(paths, sizes, strict=True):
                if left > 0:
                    self._extend(path, min(size, left))
                left -= size

    def _share(self, key: tuple[str, str], source: SourceNow, moment_ns: int) -> float:
        began = source.since_ns or 0
        ended = self._ends.get(key, self._until)
        if key in self._at_once:
            return 1.0
        return (
            float(moment_ns >= began) if ended <= began else min(1.0, max(0.0, (moment_ns - began) / (ended - began)))
        )

    def _extend(self, path: str, size: int) -> None:
        there = self._to.root / path
        there.parent.mkdir(parents=True, exist_ok=True)
        have = there.stat().st_size if there.exists() else 0
        if size > have:
            with (self._from.root / path).open("rb") as source, there.open("ab") as target:
                source.seek(have)
                target.write(source.read(size - have))
