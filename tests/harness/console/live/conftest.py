# SPDX-License-Identifier: Apache-2.0
"""A console in a process of its own, a campaign that records meanwhile, and Debian's Chromium to look at it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.harness import loopback
from tests.waiting import gone, heard_until, living, until

ENGLISH = {**os.environ, "YANSHOU_LANG": "en"}
YANSHOU = [sys.executable, "-m", "harness.cli"]


def profile(folder: Path, name: str, *, count: int, rate: str, duration: str) -> Path:
    return loopback.profile(
        folder, name, duration, sent=f"schedule: poisson, rate: {rate}", answering=f"count: {count}, silent: [2]"
    )


def ended(process: subprocess.Popen[str], within_s: float = 20) -> int:
    """Ctrl-C, and the exit code."""
    process.send_signal(signal.SIGINT)
    return gone(process, within_s)


_LINK = re.compile(r"http://\S+/enter#\S+")


@dataclass
class Served:
    """A running console and the last link that it printed."""

    process: subprocess.Popen[str]
    base: str
    link: str
    said: str = ""

    def next_link(self) -> str:
        """The link that it prints after somebody came in."""
        (self.link,) = _LINK.findall(heard_until(self.process, _LINK.search))
        return self.link


@contextmanager
def served_of(place: Path, *options: str) -> Iterator[Served]:
    """A console while the block runs; behind it, ``said`` is what it complained of."""
    command = [*YANSHOU, "console", str(place), *options]
    with living(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENGLISH) as process:
        served = Served(process, "", "")
        try:
            served.next_link()
            served.base = served.link.partition("/enter")[0]
            yield served
        finally:
            ended(process)
            served.said = process.communicate(timeout=60)[1]


@pytest.fixture(scope="module")
def chromium(peer: Callable[[str], str]) -> Iterator[Any]:
    """A browser that finds no name but those of this machine; of one module, for its driver occupies the event loop meanwhile."""
    from playwright.sync_api import sync_playwright

    path = peer("chromium")
    flags = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A page of a fresh profile; what it complains of and what it asks elsewhere fails the test."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    made = context.new_page()
    made.complaints, made.asked = [], []
    made.on("pageerror", lambda error: made.complaints.append(str(error)))
    made.on("request", lambda request: made.asked.append(request.url))
    yield made
    assert made.complaints == []
    assert [url for url in made.asked if not url.startswith(("http://127.0.0.1:", "blob:", "data:"))] == []
    context.close()


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a bundle that is being recorded as long as tests look at it."""
    folder = tmp_path_factory.mktemp("recording")
    path = profile(folder, "site", count=3, rate="50/s", duration="1 h")
    command = [*YANSHOU, "run", str(path), "--out", str(folder / "out")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=ENGLISH)
    root = folder / "out" / "site.bundle"

    def there() -> bool:
        assert process.poll() is None
        return (root / ".notes").is_dir()

    until(there, 120, "nothing is recorded")
    yield root
    ended(process)
    assert process.stderr is not None
    process.stderr.close()


@pytest.fixture(scope="module")
def live(recording: Path) -> Iterator[Served]:
    """A console of the campaign that is recording."""
    with served_of(recording.parent) as served:
        yield served
