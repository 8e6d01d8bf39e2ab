# SPDX-License-Identifier: Apache-2.0
"""Points entered in a real Chromium with IWER's emulated headset: one browser for all, a site with faults that are known."""

import hashlib
import json
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from harness import installed
from harness.errors import InstrumentError, UsageError
from harness.kit.lines import session_of
from harness.model import About, Verdict
from harness.testing import MemorySink, Question, judge, record
from probes.immersive.digests.visits import Visit, Visits, interactive, visits
from probes.immersive.live import browser
from probes.immersive.simulators.site import SiteSettings, points, serving
from tests.probes.chain import npm

PROBE = installed.probe("immersive.visits")
FORM = "yanshou.visits/1"
FAULTS = ("black", "missing", "dead", "error", "gone", "masked")
LIVE = Question("immersive.live", "count", ">= 1 个", about=About.WINDOW)


@pytest.fixture(scope="module")
def headset(peer: Callable[[str], str]) -> Path:
    """The script of IWER, installed outside the checkout."""
    peer("chromium")
    peer("npm")
    modules = npm.installed("iwer")
    if modules is None:
        peer("iwer of npm")
    assert modules is not None
    return modules / "iwer" / "build" / "iwer.min.js"


@pytest.fixture(scope="module")
def framework(headset: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page made with three.js, whose own button enters."""
    modules = npm.installed("three")
    assert modules is not None
    folder = tmp_path_factory.mktemp("three")
    (folder / "three").symlink_to(modules / "three")
    (folder / "index.html").write_bytes(Path(__file__).with_name("three.html").read_bytes())
    handler = partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    """Files, and nothing on stderr."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def visited(headset: Path, framework: str) -> Iterator[tuple[MemorySink, dict[str, Any]]]:
    """One visit to each point of a site: one in order, one of each fault, one whose server is not there, and a page that is slow."""
    with serving() as (base, other):
        found = points(SiteSettings.parse({"count": 1, "faults": list(FAULTS)}), base, other)
        found["three"], found["three dead"] = {"url": framework}, {"url": f"{framework}?dead"}
        found["nobody"] = {"url": "http://127.0.0.1:9/"}
        found["page"] = {"url": f"{base}/1/slow/", "kind": "web"}
        settings = {"points": found, "headset": headset.name, "visits": 1, "stay": "1500 ms", "timeout": "20 s"}
        yield record(PROBE, settings, headset.parent), settings


def summary(data: bytes) -> Visits:
    return visits(session_of(iter(data.splitlines()), FORM))


def of(visited: tuple[MemorySink, dict[str, Any]], url: str) -> Visit:
    name = next(name for name, each in visited[1]["points"].items() if url in each["url"])
    return next(each for each in summary(visited[0].data).visits if each.point == name)


def codes(visit: Visit) -> list[str]:
    return [each.code.removeprefix("visits.") for each in visit.faults]


def test_a_point_in_order_is_entered(visited: tuple[MemorySink, dict[str, Any]]) -> None:
    found = of(visited, "/1/good/")
    assert not found.faults
    assert not found.doubts


def test_a_page_of_three_js_is_entered_and_its_moving_scene_is_no_answer_of_a_controller(
    visited: tuple[MemorySink, dict[str, Any]], framework: str
) -> None:
    entered, dead = (
        next(each for each in summary(visited[0].data).visits if each.point == name) for name in ("three", "three dead")
    )
    assert not entered.faults
    assert not entered.doubts
    assert not dead.faults, "three.js listens to every event for the page"
    assert [each.code for each in dead.doubts] == ["visits.hand-unseen"] * 2


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/black/", ["black", "black"]),
        ("/missing/", ["assets-missing"]),
        ("/masked/", ["assets-missing"]),
        ("/dead/", ["hand-dead", "hand-dead"]),
        ("/error/", ["errors", "no-button"]),
        ("/gone/", ["status", "assets-missing", "no-button"]),
        ("127.0.0.1:9", ["refused"]),
    ],
)
def test_each_fault_is_named(visited: tuple[MemorySink, dict[str, Any]], url: str, expected: list[str]) -> None:
    assert codes(of(visited, url)) == expected


def test_a_page_that_blocks_is_seen_to_and_cannot_be_used_before(visited: tuple[MemorySink, dict[str, Any]]) -> None:
    found = of(visited, "/slow/")
    assert not found.faults
    start, length = max(found.tasks, key=lambda each: each[1])
    assert length >= 390, "it blocks for 400 ms"
    assert (interactive(found, 500.0) or start + length) >= start + length
    assert interactive(found, 5000.0) is None, "a second and a half is too short to see five quiet ones"


def test_software_drew_it_and_that_is_told(visited: tuple[MemorySink, dict[str, Any]]) -> None:
    assert all(each.software for each in summary(visited[0].data).visits)


def test_the_trace_is_judged_again_to_the_same_verdict(
    visited: tuple[MemorySink, dict[str, Any]], tmp_path: Path
) -> None:
    one, other = (judge(PROBE, visited[0].data, LIVE, tmp_path, visited[1]) for _ in range(2))
    assert one == other
    assert one[1].verdict is Verdict.PASS


def test_pictures_of_the_screen_are_kept_and_the_trace_names_them(visited: tuple[MemorySink, dict[str, Any]]) -> None:
    rows = [json.loads(line) for line in visited[0].data.splitlines()[1:]]
    kept = [row for row in rows if "still" in row]
    assert len(kept) == len(rows) - 1, "all but the one that could not be opened"
    for row in kept:
        data = visited[0].attached[row["still"]]
        assert data.startswith(b"\x89PNG")
        assert hashlib.sha256(data).hexdigest() == row["picture"]["sha256"]


def test_a_resumed_run_makes_the_visits_that_are_left(headset: Path) -> None:
    with serving() as (base, _):
        found = {f"P{at}": {"url": f"{base}/{at}/gone/", "kind": "web"} for at in (1, 2, 3)}
        sink = MemorySink(config_folder=headset.parent, state={"done": 2})
        record(PROBE, {"points": found, "visits": 1, "stay": "10 ms"}, headset.parent, sink)
    assert [each.point for each in summary(sink.data).visits] == ["P3"]


def test_a_browser_that_ends_costs_no_point_and_is_one_sentence(headset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser.Visit, "make", lambda self, *_: self._browser.close())
    sink = MemorySink(config_folder=headset.parent)
    settings = {"points": {"P": {"url": "http://127.0.0.1:9/", "kind": "web"}}, "visits": 2}
    with pytest.raises(InstrumentError, match="The browser ended by itself"):
        record(PROBE, settings, headset.parent, sink)
    assert not summary(sink.data).visits


def test_what_is_not_there_is_one_sentence_before_anything_is_recorded(headset: Path, tmp_path: Path) -> None:
    web = {"points": {"P": {"url": "http://127.0.0.1:9/", "kind": "web"}}}
    with pytest.raises(InstrumentError, match=r"There is no browser /no/chromium\."):
        record(PROBE, {**web, "browser": "/no/chromium"}, tmp_path)
    (tmp_path / "other.js").write_text("alert(1)")
    xr = {"points": {"P": {"url": "http://127.0.0.1:9/"}}}
    with pytest.raises(InstrumentError, match=r"other\.js is no script of IWER"):
        record(PROBE, {**xr, "headset": "other.js"}, tmp_path)
    with pytest.raises(InstrumentError, match="cannot be read"):
        record(PROBE, {**xr, "headset": "absent.js"}, tmp_path)


def test_without_the_extra_the_cure_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(__import__("sys").modules, "playwright.sync_api", None)
    with pytest.raises(UsageError) as refused:
        record(PROBE, {"points": {"P": {"url": "http://127.0.0.1:9/", "kind": "web"}}}, tmp_path)
    assert "yanshou[browser]" in refused.value.cure
