# SPDX-License-Identifier: Apache-2.0
"""Asks modems and CPEs about their radio, each in a thread of its own, and keeps every answer as it came: a line a round.

A modem that does not answer is a line too, with the problem in place of answers: when a terminal dropped, its silence is
evidence. One that comes back is asked on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from harness.errors import InstrumentError
from harness.kit.lines import Writer, line
from harness.plugins import Sink
from probes.network.live.cpe import Cpe
from probes.network.live.modems import AtModem, ModemManager
from probes.network.plans.radio import ModemSettings, RadioSettings
from probes.network.traces.radio import poll

_S_NS = 10**9
_NAP_S = 0.2
_CHECKPOINT_S = 5.0


class Modem(Protocol):
    """One that can be asked everything at once."""

    def asked(self) -> list[list[Any]]:
        """Pairs of question and answer; InstrumentError when it does not answer."""

    def close(self) -> None:
        """Take leave."""


def connect(modem: ModemSettings, folder: Path) -> Modem:
    """Reach it; InstrumentError with the cure when that fails."""
    if modem.way == "mmcli":
        return ModemManager(modem)
    if modem.way == "huawei":
        return Cpe(modem, folder)
    return AtModem(modem)


class RadioSource:
    """Asks every modem every so often until the planned end; a resumed run asks for what is left, in a new segment."""

    appendable = False

    def __init__(self, settings: RadioSettings, form: str, folder: Path) -> None:
        """``form``: of the trace; ``folder``: what secrets' files are relative to."""
        self._settings, self._form, self._folder = settings, form, folder

    def preflight(self) -> None:
        """Every modem answers; InstrumentError names the first that does not."""

        def greet(modem: ModemSettings) -> None:
            with closing(connect(modem, self._folder)) as found:
                found.asked()

        with ThreadPoolExecutor(len(self._settings.modems)) as pool:
            list(pool.map(greet, self._settings.modems))

    def record(self, sink: Sink) -> None:
        """A line a modem a round; InstrumentError when not one of them ever answered."""
        names = [each.label for each in self._settings.modems]
        header = {"modems": names, "every_ns": self._settings.every_ns, "t": time.time_ns()}
        sink.write(Writer(self._form, header).header)
        left_s = self._settings.duration_ns / _S_NS - float(sink.state.get("elapsed_s", 0.0))
        rounds = [_Rounds(each, self._folder, self._settings.every_ns, sink) for each in self._settings.modems]
        end = time.monotonic() + left_s
        threads = [threading.Thread(target=each.run, args=(end,), daemon=True) for each in rounds]
        for each in threads:
            each.start()
        self._wait(threads, end, sink)
        if broken := next((each.broken for each in rounds if each.broken is not None), None):
            raise broken
        problems = [each.problem for each in rounds if not each.answered]
        if len(problems) == len(rounds) and problems[0] is not None:
            raise problems[0]

    def _wait(self, threads: Iterable[threading.Thread], end: float, sink: Sink) -> None:
        planned, kept = self._settings.duration_ns / _S_NS, 0.0
        while any(each.is_alive() for each in threads):
            elapsed = planned - max(0.0, end - time.monotonic())
            sink.progress(elapsed, planned)
            if elapsed - kept >= _CHECKPOINT_S:
                sink.checkpoint({"elapsed_s": elapsed})
                kept = elapsed
            time.sleep(_NAP_S)


@dataclass(slots=True)
class _Rounds:
    """What one modem is asked, again and again."""

    modem: ModemSettings
    folder: Path
    every_ns: int
    sink: Sink
    answered: bool = False
    silent: bool = False
    problem: InstrumentError | None = None
    peer: Modem | None = None
    imei: str = ""
    """As the modem said it last."""
    broken: Exception | None = None
    """What ended it before its time, as a full disk does."""

    def run(self, end: float) -> None:
        """Until the end; what breaks is kept for the thread that waits."""
        try:
            self._rounds(end)
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            self.broken = error
        finally:
            if self.peer is not None:
                self.peer.close()
            if self.imei:
                self._marked(self.imei)

    def _rounds(self, end: float) -> None:
        due = time.monotonic()
        while due < end and not self.sink.stopping:
            self.ask()
            due = max(due + self.every_ns / _S_NS, time.monotonic())
            while time.monotonic() < min(due, end) and not self.sink.stopping:
                time.sleep(max(0.0, min(_NAP_S, due - time.monotonic(), end - time.monotonic())))

    def ask(self) -> None:
        """One round, as a line."""
        row: dict[str, Any] = {"t": time.time_ns(), "modem": self.modem.label, "way": self.modem.way}
        start = time.monotonic_ns()
        try:
            if self.peer is None:
                self.peer = connect(self.modem, self.folder)
            row["asked"] = self.peer.asked()
            self.told(None)
            said = poll(row)
            if said is not None and said.imei not in {"", self.imei}:
                self._marked(said.imei)
        except InstrumentError as error:
            row["problem"] = error.problem
            self.told(error)
        row["ms"] = round((time.monotonic_ns() - start) / 1e6, 3)
        self.sink.write(line(row))

    def _marked(self, imei: str) -> None:
        """Journal which sample answers: at first, at the end, and whenever it is another one."""
        self.imei = imei
        self.sink.event("network.identity", {"of": self.modem.label, "ids": [imei]})

    def told(self, error: InstrumentError | None) -> None:
        """Keep count, and journal where a silence begins and ends."""
        if error is None:
            self.answered = True
        else:
            self.problem = error
            if self.peer is not None:
                with suppress(OSError):
                    self.peer.close()
                self.peer = None
        if self.silent != (error is not None):
            self.silent = error is not None
            kind = "modem-silent" if self.silent else "modem-again"
            facts = {"modem": self.modem.label, **({"problem": error.problem} if error else {})}
            self.sink.event(f"network.{kind}", facts)
