# SPDX-License-Identifier: Apache-2.0
"""The live half of ``immersive.visits``: round after round, one point after the other, so that no visit disturbs another; a line a visit."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any

from harness.errors import InstrumentError
from harness.kit.lines import Writer, line
from harness.plugins import Sink
from probes.immersive.live.browser import Visit, chromium, library, opened

_STILLS = 3
"""Pictures of the screen that are kept of one point."""


class VisitsSource:
    """Visits every point in each round; a resumed run makes the visits that are left."""

    appendable = False

    def __init__(self, settings: Any, folder: Path, form: str) -> None:
        """Nothing is opened yet."""
        self._settings, self._folder, self._form = settings, folder, form

    def preflight(self) -> None:
        """The extra, the browser and the headset's script are there; else the cure."""
        library()
        chromium(self._program)
        self._headset()

    @property
    def _program(self) -> Path | None:
        return None if self._settings.browser is None else Path(self._settings.browser)

    def record(self, sink: Sink) -> None:
        """A line a visit."""
        headset = self._headset()
        points = {name: each.model_dump(mode="json", exclude_none=True) for name, each in self._settings.points.items()}
        plan = [(turn, name) for turn in range(1, self._settings.visits + 1) for name in points]
        done = int(sink.state.get("done", 0))
        with opened(chromium(self._program)) as browser:
            facts = {
                "browser": browser.version,
                "headset": hashlib.sha256(headset.encode()).hexdigest() if headset else "",
                "points": points,
                "hosts": list(self._settings.hosts),
                "device": self._settings.device,
                "stay_ms": float(self._settings.stay_s) * 1e3,
            }
            sink.write(Writer(self._form, facts).header)
            for number, (turn, name) in enumerate(plan[done:], done + 1):
                if sink.stopping:
                    return
                self._visit(browser, headset if points[name]["kind"] == "xr" else "", (turn, name), sink)
                sink.checkpoint({"done": number})
                sink.progress(number, len(plan), name)

    def _visit(self, browser: Any, headset: str, which: tuple[int, str], sink: Sink) -> None:
        turn, name = which
        point = self._settings.points[name]
        began = time.time_ns()
        visit = Visit(browser, headset, {"url": point.url, "enter": point.enter})
        visit.make(float(self._settings.stay_s), float(self._settings.timeout_s))
        if not browser.is_connected():  # no fault of the point: this visit was none
            msg = "The browser ended by itself."
            raise InstrumentError(msg, cure="resume the campaign; with little memory, close other programs.")
        row = {"t": began, "point": name, "turn": turn, "url": point.url, **visit.row}
        if visit.picture and self._settings.stills and turn <= _STILLS:
            place = list(self._settings.points).index(name) + 1
            row["still"] = f"{place:03d}-{turn}.png"
            sink.attach(row["still"], visit.picture)
        sink.write(line(row))

    def _headset(self) -> str:
        if self._settings.headset is None:
            return ""
        path = self._folder / self._settings.headset
        try:
            text: str = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            msg = f"The script of the headset {path.name} cannot be read: {getattr(error, 'strerror', None) or error}."
            raise InstrumentError(msg, cure="npm install iwer, and name its build/iwer.min.js.") from None
        if "XRDevice" not in text:
            msg = f"{path.name} is no script of IWER."
            raise InstrumentError(msg, cure="npm install iwer, and name its build/iwer.min.js.")
        return text
