# SPDX-License-Identifier: Apache-2.0
"""Live progress of a campaign on stderr: one bar a source, then the evaluation; silent with --json and in pipes."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from harness.campaign import Watch
from harness.console.language import one
from harness.printable import printable

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
_HOLDS = (
    "暂定结论在任何时刻查看都成立（随时有效），但不是最终判定；计划结束后才有判定 / "
    "provisional verdicts hold whenever you look (anytime-valid) and are not final: the verdict comes at the planned end"
)
_COLOURS = {"PASS": "green", "FAIL": "red"}


@contextmanager
def watching(title: str) -> Iterator[Watch]:
    """A :class:`Watch` that draws on stderr while the block runs; plain lines where stderr is no terminal."""
    console = Console(stderr=True, markup=False, emoji=False, highlight=False)
    if not console.is_terminal:
        yield Watch(
            phase=lambda phase: _print(f"{title}: {one(_PHASES.get(phase, phase))}"),
            look=lambda seen: _print(f"{title}: {one(_PROVISIONAL)}: {'; '.join(map(': '.join, seen.items()))}"),
        )
        return
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[detail]}", markup=False),
        console=console,
        transient=True,
    ) as progress:
        yield _Bars(progress, title).watch()


def _print(line: str) -> None:
    print(printable(line), file=sys.stderr)  # noqa: T201


class _Bars:
    """One bar a name, made when first heard of; sources report from threads of their own."""

    def __init__(self, progress: Progress, title: str) -> None:
        self._progress, self._title = progress, printable(title)
        self._bars: dict[str, TaskID] = {}
        self._words: dict[str, str] = {}
        self._lock = threading.Lock()

    def watch(self) -> Watch:
        return Watch(
            phase=lambda phase: self._say(f"{self._title}: {one(_PHASES.get(phase, phase))}"),
            source=self._update,
            chunks=lambda done, total: self._update(one(_PHASES["evaluate"]), done, total, ""),
            look=self._look,
        )

    def _look(self, seen: Mapping[str, str]) -> None:
        """A line for each indicator whose provisional verdict is new or another one than at the last look."""
        if not self._words:
            self._say(f"{self._title}: {one(_HOLDS)}")
        for name, said in seen.items():
            word = said.partition(" ")[0]
            if self._words.get(name) != word:
                self._words[name] = word
                told = Text(f"{printable(name)}: {one(_PROVISIONAL)} ")
                self._say(told.append(printable(said), style=_COLOURS.get(word, "yellow")))

    def _say(self, told: str | Text) -> None:
        """A line with the time of day above the bars; no place in our source."""
        self._progress.console.print(Text(f"{datetime.now().astimezone():%H:%M:%S} ").append(told), soft_wrap=True)

    def _update(self, name: str, done: float, total: float, text: str) -> None:
        with self._lock:
            if name not in self._bars:
                self._bars[name] = self._progress.add_task(printable(name), total=total, detail="")
        self._progress.update(self._bars[name], completed=done, total=total, detail=printable(text))
