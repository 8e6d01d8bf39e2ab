# SPDX-License-Identifier: Apache-2.0
"""One visit to a point in a real headless Chromium through Playwright: what was asked for, what came, what was drawn and when.

Each visit is a context of its own, so that nothing is cached. The extra ``browser``.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import resources
from pathlib import Path
from typing import Any

from harness.errors import InstrumentError, UsageError

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_LONGEST_BODY = 32 << 20
_MOST_REQUESTS, _MOST_MESSAGES, _LONGEST_MESSAGE = 2_000, 50, 300
_BUTTON_MS, _ENTER_MS, _STEADY_FRAMES, _LAG = 5_000, 15_000, 60, 4
_TOLD_MS = 60_000
"""How long a page may take to say what it noted: one whose script never comes to rest says nothing."""
_ARGUMENTS = ("--disable-background-networking", "--no-first-run", "--mute-audio", "--enable-unsafe-swiftshader")


def chromium(named: Path | None = None) -> Path:
    """The browser's program; InstrumentError where there is none."""
    for each in (str(named),) if named else _NAMES:
        found = shutil.which(each)
        if found:
            return Path(found)
    msg = f"There is no browser {named}." if named else "There is no Chromium on this machine."
    raise InstrumentError(msg, cure="install it, as by `apt-get install chromium`, or write browser: with its path.")


def library() -> Any:
    """Playwright's entry; UsageError where the extra is not installed."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        msg = "Visits in a browser need Playwright and Pillow."
        raise UsageError(msg, cure="install the extra: pip install 'yanshou[browser]'.") from None
    return sync_playwright


@contextmanager
def opened(program: Path) -> Iterator[Any]:
    """A running browser; InstrumentError where it does not start."""
    from playwright.sync_api import Error

    arguments = [*_ARGUMENTS, *(("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ())]
    with library()() as tools:
        try:
            browser = tools.chromium.launch(executable_path=str(program), headless=True, args=arguments)
        except Error as error:
            msg = f"{program} does not start: {str(error).splitlines()[0]}."
            raise InstrumentError(msg, cure="start it by hand with --headless to see why.") from None
        try:
            yield browser
        finally:
            with suppress(Error):
                browser.close()


class Visit:
    """One visit, kept while it lasts; ``row``: what the trace gets, ``picture``: the screen at its end as PNG."""

    def __init__(self, browser: Any, headset: str, point: Mapping[str, Any]) -> None:
        """Nothing is opened yet; ``headset``: the source of the emulated headset, empty where none is worn."""
        self._browser, self._headset, self._point = browser, headset, point
        self._requests: list[Any] = []
        self._failed: dict[Any, str] = {}
        self._answered: dict[Any, Any] = {}
        self._console: list[str] = []
        self._errors: list[str] = []
        self.row: dict[str, Any] = {}
        self.picture = b""

    def make(self, stay_s: float, timeout_s: float) -> None:
        """Open, watch, enter where a headset is worn, look."""
        from playwright.sync_api import Error

        context = self._browser.new_context(viewport={"width": 1280, "height": 720})
        try:
            page = context.new_page()
            self._listen(page)
            script = (resources.files("probes.immersive.live") / "page.js").read_text(encoding="utf-8")
            if self._headset:
                script = f"{self._headset}\n{script}\n__yanshou.wear();"
            page.add_init_script(f"if (window.top === window) {{ {script} }}")
            try:
                answer = page.goto(self._point["url"], wait_until="load", timeout=timeout_s * 1e3)
            except Error as error:
                self.row["refused"] = _short(str(error).splitlines()[0])
                return
            self.row["status"] = answer.status if answer else None
            page.wait_for_timeout(stay_s * 1e3)
            self._look(page)
        except Error as error:
            self.row["broken"] = _short(str(error).splitlines()[0])
        finally:
            with suppress(Error):
                context.close()

    def _listen(self, page: Any) -> None:
        page.on("request", self._asked)
        page.on("response", self._heard)
        page.on("requestfailed", self._unanswered)
        page.on("console", self._said)
        page.on("pageerror", self._thrown)

    def _asked(self, request: Any) -> None:
        self._requests.append(request)

    def _heard(self, answer: Any) -> None:
        self._answered[answer.request] = answer

    def _unanswered(self, request: Any) -> None:
        self._failed[request] = str(request.failure)

    def _said(self, message: Any) -> None:
        if message.type == "error":
            self._console.append(message.text)

    def _thrown(self, error: Any) -> None:
        self._errors.append(str(error))

    def _look(self, page: Any) -> None:
        timing = _told(page, "__yanshou.timing()")
        self.row |= {
            "final": page.url,
            **{key: _rounded(value) for key, value in timing.items() if key != "origin_ms"},
            "long_tasks": [[_rounded(each) for each in pair] for pair in _told(page, "__yanshou.tasks()")],
            "frames_ms": [_rounded(each) for each in _told(page, "__yanshou.frames()")],
            "renderer": _told(page, "__yanshou.renderer()"),
        }
        if self._headset:
            self.row["xr"] = self._enter(page)
        self.row["requests"] = [self._request(each, timing["origin_ms"]) for each in self._requests[:_MOST_REQUESTS]]
        self.row["unlisted"] = max(0, len(self._requests) - _MOST_REQUESTS)
        self.picture = page.screenshot()
        self.row["picture"] = _figures(self.picture)
        self.row["errors"] = [_short(each) for each in self._errors[:_MOST_MESSAGES]]
        self.row["console"] = [_short(each) for each in self._console[:_MOST_MESSAGES]]

    def _enter(self, page: Any) -> dict[str, Any]:
        """What became of the session: the page's own button is pressed, nobody asks for a session in its place."""
        from playwright.sync_api import Error

        wanted = self._point.get("enter") or ""
        try:
            page.wait_for_function("selector => __yanshou.mark(selector)", arg=wanted, timeout=_BUTTON_MS)
        except Error:
            return {"button": False}
        with suppress(Error):
            page.click("[data-yanshou-enter]", timeout=_ENTER_MS)
            page.wait_for_function("__yanshou.drawn() >= 2", timeout=_ENTER_MS)
        found: dict[str, Any] = {"button": True, "refused": _told(page, "__yanshou.refused()")}
        if _told(page, "__yanshou.drawn() < 0"):
            return found
        with suppress(Error):
            page.wait_for_function(f"__yanshou.drawn() >= {_STEADY_FRAMES}", timeout=_ENTER_MS)
        stamps = _told(page, "__yanshou.session()")["stamps"]
        looked = _told(page, "__yanshou.exercise(given)", _LAG)
        kept = _told(page, "__yanshou.session()")
        del kept["stamps"]  # those taken while pixels were read are no frame rate
        return {**found, **kept, "stamps_ms": [_rounded(each) for each in stamps], **_all_rounded(looked)}

    def _request(self, each: Any, origin_ms: float) -> dict[str, Any]:
        """One request: what for, when (ms after the navigation began), and what came."""
        from playwright.sync_api import Error

        timing = each.timing
        start = timing["startTime"] - origin_ms
        found: dict[str, Any] = {"url": each.url[:1000], "type": each.resource_type, "start_ms": _rounded(start)}
        if timing["responseEnd"] >= 0:
            found["end_ms"] = _rounded(start + timing["responseEnd"])
        if each in self._failed:
            return {**found, "failed": _short(self._failed[each])}
        answer = self._answered.get(each)  # each.response() would wait for one that never comes
        if answer is None:
            return found
        found["status"] = answer.status
        found["mime"] = _short(answer.headers.get("content-type", ""))
        short = int(answer.headers.get("content-length", 0)) <= _LONGEST_BODY
        # body() would wait for the end of a stream
        if timing["responseEnd"] >= 0 and short and not 300 <= answer.status < 400:
            with suppress(Error):
                body = answer.body()
                found |= {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
        return found


def _told(page: Any, expression: str, given: Any = None) -> Any:
    """What a page says, as ``page.evaluate`` gives it, which has no limit of time; playwright's Error where it hangs."""
    asked = f"async given => [await ({expression})]"
    return page.wait_for_function(asked, arg=given, timeout=_TOLD_MS, polling=20).json_value()[0]


def _figures(png: bytes) -> dict[str, Any]:
    """Mean and standard deviation of a picture's luminance, and the digest of its pixels."""
    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(png)) as image:
        grey = np.asarray(image.convert("L"))
    return {
        "mean": round(float(grey.mean()), 3),
        "deviation": round(float(grey.std()), 3),
        "digest": hashlib.sha256(grey.tobytes()).hexdigest()[:32],
        "sha256": hashlib.sha256(png).hexdigest(),
    }


def _rounded(value: Any) -> Any:
    return round(value, 3) if isinstance(value, float) else value


def _all_rounded(found: Any) -> Any:
    if isinstance(found, dict):
        return {key: _all_rounded(each) for key, each in found.items()}
    if isinstance(found, list):
        return [_all_rounded(each) for each in found]
    return round(found, 6) if isinstance(found, float) else found


def _short(text: str) -> str:
    return text[:_LONGEST_MESSAGE]
