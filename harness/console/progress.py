# SPDX-License-Identifier: Apache-2.0
"""Live progress of a campaign on stderr: what is measured now, one bar a source, then the evaluation; lines in pipes."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Column
from rich.text import Text

from harness.campaign import Watch
from harness.console.language import one
from harness.console.live.terminal import WIDE, panel
from harness.console.tables import word
from harness.printable import printable
from harness.watch.now import ALWAYS, Now

_PHASES = {
    "preflight": "检查测试条件 / checking the conditions",
    "unsynchronised": "本机时钟未同步：往返时延不受影响，单程时延与时刻不可信；请启用 chrony 或 PTP / "
    "this clock is not synchronised: round trips are sound, one-way delays and times of day are not; run chrony or PTP",
    "record": "采集数据 / recording",
    "evaluate": "计算判定 / evaluating",
    "seal": "封装签名 / sealing",
    "replay": "重算核对 / replaying",
}
_PROVISIONAL = "暂定（随时有效） / provisional (anytime-valid)"
_COLOURS = {"PASS": "green", "FAIL": "red"}
_BARS = 4
"""Lines of bars that are left room for."""


@contextmanager
def watching(title: str) -> Iterator[Watch]:
    """A :class:`Watch` that draws on stderr while the block runs; plain lines where stderr is no terminal."""
    console = Console(stderr=True, markup=False, emoji=False, highlight=False)
    if not console.is_terminal:
        yield Watch(phase=lambda phase: _print(f"{title}: {one(_PHASES.get(phase, phase))}"), look=_Lines(title).look)
        return
    screen = _Screen(console, title)
    with Live(get_renderable=screen.drawn, console=console, transient=True, refresh_per_second=4):
        yield screen.watch()


def _print(line: str) -> None:
    print(printable(line), file=sys.stderr)  # noqa: T201


class _Lines:
    """A line a look, for a log."""

    def __init__(self, title: str) -> None:
        self._title = title

    def look(self, nows: Mapping[str, Now]) -> None:
        said = "; ".join(f"{name}: {told}" for name, told in spoken(nows).items())
        if said:
            _print(f"{self._title}: {one(_PROVISIONAL)}: {said}")


def spoken(nows: Mapping[str, Now]) -> dict[str, str]:
    """Indicator -> provisional verdict and from how much, of those whose bounds hold at every look."""
    found = {}
    for name, now in nows.items():
        if now.holds == ALWAYS and now.verdict != "NOT_TESTED":
            unit = "" if now.unit == "1" else f" {now.unit}"
            numbers = "" if now.value is None else f" ({now.value:.4g}{unit}, n = {now.n})"
            found[name] = f"{word(now.verdict)}{numbers}"
    return found


class _Screen:
    """What the last look said above one bar a source; sources report from threads of their own."""

    def __init__(self, console: Console, title: str) -> None:
        self._console, self._title = console, printable(title)
        self._progress = Progress(*_columns(console.width), console=console)
        self._nows: Mapping[str, Now] = {}
        self._bars: dict[str, TaskID] = {}
        self._words: dict[str, str] = {}
        self._lock = threading.Lock()

    def watch(self) -> Watch:
        return Watch(
            phase=self._phase,
            source=self._update,
            chunks=lambda done, total: self._update(one(_PHASES["evaluate"]), done, total, ""),
            look=self._look,
        )

    def drawn(self) -> Group:
        """The whole live area, as large as the terminal is now."""
        width, height = self._console.size
        bars = self._progress.get_renderable()
        if not self._nows:
            return Group(bars)
        room = max(3, height - min(len(self._bars), _BARS) - 2)
        return Group(Text(), panel(self._nows, width, room), bars)

    def _phase(self, phase: str) -> None:
        self._say(f"{self._title}: {one(_PHASES.get(phase, phase))}")
        if phase == "evaluate":
            self._nows = {}
            for task in self._bars.values():
                self._progress.update(task, visible=False)

    def _look(self, nows: Mapping[str, Now]) -> None:
        """The table anew; and a line for each provisional verdict that is new or another one than at the last look."""
        self._nows = nows
        for name, said in spoken(nows).items():
            verdict = said.partition(" ")[0]
            if self._words.get(name, "INCONCLUSIVE") != verdict:
                told = Text(f"{printable(name)}: {one(_PROVISIONAL)} ")
                self._say(told.append(printable(said), style=_COLOURS.get(verdict, "yellow")))
            self._words[name] = verdict

    def _say(self, told: str | Text) -> None:
        """A line with the time of day above the live area; no place in our source."""
        self._console.print(Text(f"{datetime.now().astimezone():%H:%M:%S} ").append(told), soft_wrap=True)

    def _update(self, name: str, done: float, total: float, text: str) -> None:
        with self._lock:
            if name not in self._bars:
                self._bars[name] = self._progress.add_task(printable(name), total=total, detail="")
        self._progress.update(self._bars[name], completed=done, total=total, detail=printable(one(text)))


def _columns(width: int) -> list[SpinnerColumn | TextColumn | BarColumn | TimeRemainingColumn]:
    """Name, bar, share, time left, and where there is room what the source says."""
    name = Column(no_wrap=True, overflow="ellipsis", ratio=None)
    said = TextColumn("{task.fields[detail]}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis"))
    return [
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False, table_column=name),
        BarColumn(40 if width >= WIDE else 12),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        *([said] if width >= WIDE else []),
    ]
