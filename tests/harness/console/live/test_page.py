# SPDX-License-Identifier: Apache-2.0
"""The console in a real browser: what it shows, what it survives, and whom it refuses."""

import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from harness.evidence.journal import read_growing_journal
from tests.harness.console.live.conftest import ENGLISH, YANSHOU, Served, profile, served_of

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 400
WAIT = 40_000
"""Milliseconds that a page may take on a busy machine; no claim."""


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """What a test started and ends."""
    with ExitStack() as held:
        yield held


def enter(page: Any, served: Served) -> None:
    page.goto(served.link)
    page.wait_for_selector("#state.chip:not(:text('…'))", timeout=WAIT)
    served.next_link()


def notes(root: Path) -> list[dict[str, Any]]:
    events = read_growing_journal(root / "data/journal.jsonl")
    return [dict(event.body) for event in events if event.kind == "operator"]


def ask(served: Served, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, str]:
    """One request beside the browser: status and what it is told."""
    host = served.base.removeprefix("http://")
    connection = HTTPConnection(host, timeout=20)
    connection.putrequest(method, path, skip_host="Host" in headers)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    content = answer.read().decode()
    connection.close()
    return answer.status, json.loads(content).get("told", "") if content.startswith("{") else content


def inside(page: Any) -> dict[str, str]:
    """The headers of the page that was let in, as a script of our own would send them."""
    (cookie,) = page.context.cookies()
    csrf = page.evaluate("fetch('/words').then((answer) => answer.json()).then((found) => found.csrf)")
    base = page.url.rstrip("/")
    return {"Cookie": f"{cookie['name']}={cookie['value']}", "Origin": base, "X-Yanshou-Token": csrf}


def test_the_page_shows_values_bounds_limits_silent_parts_and_what_is_needed(page: Any, live: Served) -> None:
    enter(page, live)
    page.wait_for_selector("#card-s01\\.latency .value >> text=ms", timeout=WAIT)
    card = page.locator("#card-s01\\.latency")
    assert "≤ 2 ms" in card.inner_text()
    assert " ms" in card.locator("p.value").inner_text()
    assert "SIM-002" in page.locator("#cards .grave").first.inner_text()
    assert page.locator("#state").inner_text() == "recording"
    assert re.search(r"left 5\d:\d\d", page.locator("#left").inner_text()), "of the hour that was planned"
    flag = page.locator("#flag").inner_text()
    assert ("simulated data" in flag, "REHEARSAL" in flag) == (True, True)
    page.wait_for_selector("#card-s01\\.latency svg .value", timeout=WAIT)


def test_it_fits_a_phone(page: Any, live: Served) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    enter(page, live)
    page.wait_for_selector("#card-s01\\.latency .value", timeout=WAIT)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator(".to-note").click()
    assert page.locator("#text").is_visible()


def test_a_note_and_a_photo_are_in_the_journal_and_shown_from_there(
    page: Any, live: Served, recording: Path, tmp_path: Path
) -> None:
    enter(page, live)
    page.wait_for_selector("#note:not(.closed)", timeout=WAIT)
    picture = tmp_path / "机柜.jpg"
    picture.write_bytes(JPEG)
    page.fill("#text", "搬动了 CPE <b>3</b>")
    page.fill("#by", "李")
    page.set_input_files("#photo", picture)
    page.click("#send")
    page.wait_for_selector("#notes li:not(.waits):has-text('搬动了 CPE <b>3</b>') img", timeout=WAIT)
    body = next(each for each in notes(recording) if each["by"])
    assert (body["text"], body["by"]) == ("搬动了 CPE <b>3</b>", "李")
    assert (recording / body["photo"]["path"]).read_bytes() == JPEG


def test_a_phone_that_loses_the_network_sends_the_same_note_once_when_it_is_back(
    page: Any, live: Served, recording: Path
) -> None:
    enter(page, live)
    page.wait_for_selector("#note:not(.closed)", timeout=WAIT)
    page.context.set_offline(True)
    page.fill("#text", "offline note")
    page.click("#send")
    page.wait_for_selector("#sent.bad", timeout=WAIT)
    assert "it is kept on this page" in page.locator("#sent").inner_text()
    page.context.set_offline(False)
    page.wait_for_selector("#notes li:not(.waits) >> text=offline note", timeout=WAIT)
    assert [each["text"] for each in notes(recording)].count("offline note") == 1


def test_a_photo_that_breaks_off_half_way_leaves_nothing(page: Any, live: Served, recording: Path) -> None:
    enter(page, live)
    before, name = len(notes(recording)), "a" * 32
    host, _, port = live.base.removeprefix("http://").partition(":")
    lines = [f"PUT /photos/{name} HTTP/1.1", f"Host: {host}:{port}", f"Content-Length: {len(JPEG)}"]
    lines += [f"{key}: {value}" for key, value in inside(page).items()]
    with socket.create_connection((host, int(port))) as phone:
        phone.sendall("\r\n".join([*lines, "", ""]).encode() + JPEG[: len(JPEG) // 2])
        until = time.monotonic() + 20
        while not list((recording / ".notes").glob(".part-*")):
            assert time.monotonic() < until
            time.sleep(0.05)
    while list((recording / ".notes").iterdir()):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert len(notes(recording)) == before
    assert ask(live, "PUT", f"/photos/{name}", JPEG, **inside(page))[0] == 200  # the same again, whole
    letter = json.dumps({"id": name, "text": "", "by": "", "photo": "jpg"}).encode()
    assert ask(live, "POST", "/notes", letter, **inside(page))[0] == 200
    while len(notes(recording)) == before:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert (recording / notes(recording)[-1]["photo"]["path"]).read_bytes() == JPEG


def test_strangers_are_refused_in_one_sentence_each(page: Any, live: Served, recording: Path) -> None:
    enter(page, live)
    own, letter = inside(page), json.dumps({"id": "b" * 32, "text": "forged"}).encode()
    refused = {
        "Not let in": ask(live, "GET", "/events"),
        "Wrong address": ask(live, "GET", "/", Host="console.example", Cookie=own["Cookie"]),
        "did not come from": ask(live, "POST", "/notes", letter, **own | {"Origin": "http://evil.example"}),
        "out of date": ask(live, "POST", "/notes", letter, **own | {"X-Yanshou-Token": "guess"}),
        "works once": ask(live, "POST", "/session", b'{"token": "guess"}', Origin=live.base),
        "is no photo": ask(live, "PUT", f"/photos/{'c' * 32}", b"<svg onload=alert(1)>", **own),
        "empty or too long": ask(live, "POST", "/notes", b'{"id": "b", "text": ""}', **own),
        "no such page": ask(live, "GET", "/static/..%2fapp.py", **own),
    }
    for sentence, (status, told) in refused.items():
        assert status in {400, 401, 403, 404, 415, 421}
        assert sentence in told
        assert told.count(". ") <= 1
    assert "forged" not in [each["text"] for each in notes(recording)]
    assert not (recording / "data/notes" / f"{'c' * 32}.jpg").exists()


def test_a_spent_link_says_so(page: Any, live: Served) -> None:
    spent = live.link
    enter(page, live)
    page.context.clear_cookies()
    page.goto("about:blank")
    page.goto(spent)
    page.wait_for_selector("#told >> text=works once", timeout=WAIT)


def test_a_page_whose_console_is_gone_says_so_and_goes_on_when_it_is_back(page: Any, recording: Path) -> None:
    with served_of(recording) as served:
        enter(page, served)
        port = served.base.rpartition(":")[2]
    page.wait_for_selector("#link.off >> text=the recording goes on", timeout=WAIT)
    with served_of(recording, "--port", port) as again:
        page.wait_for_selector(
            "#told >> text=works once", timeout=WAIT
        )  # no old cookie lets anybody into a new console
        enter(page, again)
        page.wait_for_selector("#link.on", timeout=WAIT)


def test_a_connection_that_breaks_is_taken_up_again_without_loading_the_page(page: Any, live: Served) -> None:
    enter(page, live)
    page.wait_for_selector("#link.on", timeout=WAIT)
    page.evaluate("window.mark = 1")
    page.context.set_offline(True)
    page.evaluate("fetch('/words').catch(() => 0)")
    page.context.set_offline(False)
    cdp = page.context.new_cdp_session(page)
    cdp.send("Network.enable")
    cdp.send(
        "Network.emulateNetworkConditions",
        {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0},
    )
    page.wait_for_timeout(500)
    cdp.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1},
    )
    page.wait_for_selector("#link.on", timeout=WAIT)
    assert page.evaluate("window.mark") == 1
    seen = page.locator("#seen").inner_text()
    page.wait_for_function("(seen) => document.getElementById('seen').textContent !== seen", arg=seen, timeout=WAIT)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minute of fifty terminals at 100 packets/s each, in six seconds: where its bundle will be."""
    return tmp_path_factory.mktemp("busy")


@pytest.fixture(scope="module")
def watched(busy: Path, chromium: Any) -> tuple[Path, list[dict[str, Any]], float]:
    """The bundle, every state that the page was told, and seconds from the end of the run until it said so."""
    path = profile(busy, "busy", count=50, rate="1000/s", duration="6 s")
    (busy / "out").mkdir()
    with served_of(busy / "out") as served:
        page = chromium.new_page()
        page.add_init_script(
            "window.told = []; const known = window.EventSource; window.EventSource = class extends known {"
            "constructor(url) { super(url); this.addEventListener('state', (e) => window.told.push(JSON.parse(e.data))); } };"
        )
        enter(page, served)
        command = [*YANSHOU, "run", str(path), "--out", str(busy / "out")]
        run = subprocess.run(command, capture_output=True, env=ENGLISH, check=False)
        assert run.returncode in {0, 1, 3}, run.stderr
        done = time.monotonic()
        page.wait_for_selector("#state >> text=sealed", timeout=WAIT)
        late = time.monotonic() - done
        page.wait_for_function(
            "() => window.told.at(-1).indicators.every((each) => each.holds === 'final')", timeout=WAIT
        )
        told = page.evaluate("() => window.told")
        page.close()
    return busy / "out" / "busy.bundle", told, late


def test_a_minute_of_fifty_terminals_in_six_seconds_is_followed(
    watched: tuple[Path, list[dict[str, Any]], float],
) -> None:
    root, told, late = watched
    states = [each["state"] for each in told]
    assert states[0] == "waiting"  # there was no bundle yet when it came
    assert "recording" in states
    assert states[-1] == "sealed"
    assert late < 10
    results = json.loads((root / "data/results.json").read_bytes())
    final = {each["id"]: each for each in told[-1]["indicators"]}
    latency = next(each for each in results["indicators"] if each["id"] == "s01.latency")
    assert latency["estimate"] is None or latency["estimate"]["n"] == final["s01.latency"]["n"]
    assert final["s01.latency"]["verdict"] == latency["verdict"]
    assert "interrupted" not in states
    moments = [each["at"] for each in told if "at" in each]
    assert moments == sorted(moments)


def test_a_finished_campaign_is_rebuilt_from_its_bundle_with_its_past(
    page: Any, watched: tuple[Path, list[dict[str, Any]], float], stack: ExitStack
) -> None:
    root, told, _ = watched
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    served = stack.enter_context(served_of(root))
    enter(page, served)
    page.wait_for_selector("#card-s01\\.latency >> text=final", timeout=WAIT)
    page.wait_for_selector("#card-s01\\.latency svg polyline.value", timeout=WAIT)
    shown = page.locator("#card-s01\\.latency .value").first.inner_text()
    assert shown == next(each["value"] for each in told[-1]["indicators"] if each["id"] == "s01.latency")
    assert "notes cannot be taken now" in page.locator("#sent").inner_text()
    status, said = ask(served, "POST", "/notes", json.dumps({"id": "d" * 32, "text": "late"}).encode(), **inside(page))
    assert status == 409
    assert "No campaign is recording" in said
    stack.close()
    assert served.said == ""
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before


@pytest.mark.parametrize("spoilt", ["edited", "no profile"])
def test_a_broken_campaign_opens_with_one_sentence_and_what_stands_before_the_break(
    page: Any, watched: tuple[Path, list[dict[str, Any]], float], tmp_path: Path, stack: ExitStack, spoilt: str
) -> None:
    root = tmp_path / "broken.bundle"
    shutil.copytree(watched[0], root, copy_function=os.link)
    journal = root / "data/journal.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.unlink()  # the others share its bytes
    if spoilt == "edited":
        journal.write_bytes(b"".join([*lines[:6], lines[6].replace(b"a", b"b", 1), *lines[7:]]))
    else:
        journal.write_bytes(b"".join(lines))
        (root / "data/profile.yaml").unlink()
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    served = stack.enter_context(served_of(root))
    enter(page, served)
    page.wait_for_selector("#problem:not([hidden])", timeout=WAIT)
    said = page.locator("#problem").inner_text()
    assert "Traceback" not in said
    assert len(said) < 400
    if spoilt == "edited":
        assert page.locator("#count").inner_text() == "6"
        assert page.locator("#state").inner_text() == "journal damaged"
    stack.close()
    assert served.said == ""
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before
