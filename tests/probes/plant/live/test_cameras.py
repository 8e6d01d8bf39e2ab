# SPDX-License-Identifier: Apache-2.0
"""Pictures of cameras over FLV, HLS and RTSP: alive, frozen, black, locked, and the code of the moment in them."""

import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import pytest

from harness.errors import InstrumentError, UsageError
from harness.testing import MemorySink
from probes.plant.digests.sights import Camera, sights
from probes.plant.instruments.cameras import PROBE
from probes.plant.live import pictures as module
from probes.plant.live.codes import drawn
from probes.plant.live.pictures import pictures, plain
from probes.plant.simulators.cameras import picture, simulate
from probes.plant.wire.nonces import code, shown
from tests.probes.network.recording import session_of, source_of
from tests.probes.plant.live import rtsp
from tests.probes.plant.plants import KEY
from tests.waiting import joined

SECOND = 10**9


def watched(cameras: dict[str, str], key: str, seconds: int = 6, **more: str) -> dict[str, Camera]:
    source = source_of(PROBE, {"cameras": cameras, "key": key, "duration": f"{seconds} s", **more})
    sink = MemorySink()
    source.record(sink)
    found = sights(session_of(sink.data, PROBE.form.format))
    assert not found.damaged
    return dict(found.cameras)


def test_a_platform_of_flv_streams_is_seen_through(tmp_path: Path) -> None:
    with simulate({"count": 4, "frozen": 1, "black": 1, "locked": 1}, tmp_path) as given:
        found = watched(given["cameras"], given["key"], 9)
    assert {name: each.standing(5 * SECOND) for name, each in found.items()} == {
        "CAM-001": "still",
        "CAM-002": "black",
        "CAM-003": "refused",
        "CAM-004": "seen",
    }


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("YANSHOU_CODE", KEY.decode())
    return "env:YANSHOU_CODE"


def living(number: int, name: str = "A1") -> object:
    return picture(KEY, name, "", number)


def test_rtsp_shows_the_code_of_its_own_camera_and_not_of_another(key: str) -> None:
    with rtsp.camera(living) as port:
        address = f"rtsp://127.0.0.1:{port}/live"
        assert watched({"A1": address}, key, 9)["A1"].standing(5 * SECOND) == "seen"
    with rtsp.camera(partial(living, name="A2")) as port:
        assert watched({"A1": f"rtsp://127.0.0.1:{port}/live"}, key, 9)["A1"].standing(5 * SECOND) == "foreign"


def test_a_camera_that_answers_401_is_one_sentence_and_a_login_opens_it(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAMERAS", "s3cret@:/")
    with rtsp.camera(living, "viewer:s3cret@:/") as port:
        address = f"rtsp://127.0.0.1:{port}/live"
        with pytest.raises(InstrumentError, match="answers 401") as caught:
            next(pictures(address))
        assert "password: env:NAME" in caught.value.cure
        login = {"user": "viewer", "password": "env:CAMERAS"}
        assert watched({"A1": address}, key, 9, **login)["A1"].standing(5 * SECOND) == "seen"


@pytest.fixture
def playlist(tmp_path: Path) -> Iterator[str]:
    """The address of a playlist of HLS with four seconds of a living camera."""
    with av.open(
        str(tmp_path / "live.m3u8"), "w", format="hls", options={"hls_time": "1", "hls_list_size": "0"}
    ) as out:
        stream = out.add_stream("mpeg2video", rate=25)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 320, 240, "yuv420p", 4_000_000
        for number in range(100):
            frame = av.VideoFrame.from_ndarray(living(number), format="gray").reformat(format="yuv420p")
            frame.pts = number
            for packet in stream.encode(frame):
                out.mux(packet)
        for packet in stream.encode():
            out.mux(packet)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/live.m3u8"
        server.shutdown()
        joined(thread)


def test_hls_is_watched_and_what_was_taped_is_told_by_its_time(playlist: str) -> None:
    found = list(pictures(playlist))
    assert len(found) >= 50
    codes = {each for one in found for each in one.codes}
    told = [shown(KEY, each) for each in codes]
    assert told
    assert all(each is not None and each[0] == "A1" for each in told)
    old = Camera(60, seen=((400 * SECOND, 300 * SECOND),))
    assert old.standing(60 * SECOND) == "slow", "a tape of five minutes ago is no live picture"


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("file:///etc/passwd", "no address of a stream"),
        ("/etc/passwd", "no address of a stream"),
        ("concat:a|b", "no address of a stream"),
        ("http://127.0.0.1:9/x.flv", "cannot be watched"),
    ],
)
def test_what_is_no_stream_is_one_sentence(address: str, told: str) -> None:
    with pytest.raises(InstrumentError, match=told):
        next(pictures(address))


@pytest.mark.parametrize(("timeout", "told"), [(0.3, "gives no picture within 0.3 s"), (30.0, "cannot be watched")])
def test_a_platform_that_says_nothing_or_shows_a_page_to_log_in_is_one_sentence(
    timeout: float, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_TIMEOUT_S", timeout)

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            if timeout < 1:
                time.sleep(1)
            else:
                self.wfile.write(b"<html><form>" * 900)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(InstrumentError, match=told):
            next(pictures(f"http://127.0.0.1:{server.server_address[1]}/1.flv"))
        server.shutdown()


def test_a_playlist_leads_to_no_file_of_this_machine(playlist: str, tmp_path: Path) -> None:
    segment = next(tmp_path.glob("*.ts"))
    (tmp_path / "away.m3u8").write_text(
        f"#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nfile://{segment}\n#EXT-X-ENDLIST\n"
    )
    with pytest.raises(InstrumentError, match="cannot be watched"):
        next(pictures(playlist.replace("live", "away")))


def test_no_password_stands_in_a_sentence() -> None:
    assert plain("rtsp://user:secret@10.0.0.5/live") == "rtsp://10.0.0.5/live"


def test_a_code_is_only_good_with_its_key_and_unchanged() -> None:
    text = code(KEY, "A1", 1_763_740_800)
    assert shown(KEY, text) == ("A1", 1_763_740_800 * SECOND)
    assert shown(b"another key of 16", text) is None
    for at in range(len(text)):
        assert shown(KEY, text[:at] + "~" + text[at + 1 :]) is None
    assert len(drawn(text).splitlines()) > 10


def test_a_key_that_is_too_short_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YANSHOU_CODE", "short")
    with pytest.raises(UsageError, match="shorter"):
        source_of(
            PROBE, {"cameras": {"A1": "rtsp://127.0.0.1:9/"}, "key": "env:YANSHOU_CODE", "duration": "1 s"}
        ).preflight()
