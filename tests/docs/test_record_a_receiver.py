# SPDX-License-Identifier: Apache-2.0
"""Every example on recording receivers is accepted; every setting and every event of the sources is explained."""

import json
import re
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.bindings import Bindings
from harness.cli import main
from harness.kit import streams
from harness.spec import find_scenario, parse_profile
from probes.gnss.digests.log import LogSummary, whole_log
from probes.gnss.formats.decode import decode
from probes.gnss.formats.rtcm import systems
from probes.gnss.live import watch as live_watch
from probes.gnss.simulators.device import LiveReceiver, RecordedReceiver
from probes.gnss.simulators.live import live
from probes.gnss.simulators.receiver import receiver
from probes.gnss.truth.observed import ObservationSettings, SolutionSettings
from probes.gnss.truth.settings import ReceiverSettings
from probes.gnss.truth.sources import CorrectionSettings
from tests.probes.gnss.instruments.test_corrections import caster, msm
from tests.probes.gnss.live.test_solve import FILES, PLACE, rewritten
from tests.probes.gnss.live.test_stream import gpsd_playing
from tests.probes.gnss.raw import msm7, rawx
from tests.waiting import joined

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "how-to/record-a-receiver.md").read_text(encoding="utf-8")
REFERENCE = (DOCS / "reference/gnss-sources.md").read_text(encoding="utf-8")
HEAD = re.findall(r"```yaml\n(.*?)```", (DOCS / "how-to/write-a-profile.md").read_text(encoding="utf-8"), re.DOTALL)[0]


S08 = HEAD.replace("scenario: s01", "scenario: s08")
STATIC, MOVING, SOLVED = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("step", [STATIC, MOVING, SOLVED])
def test_every_example_is_a_profile_whose_settings_the_probes_accept(step: str, tmp_path: Path) -> None:
    (tmp_path / "trajectory.csv").write_text("time,e,n,u\n0,0,0,0\n", encoding="utf-8")
    for name in ("rover.nmea", "rover.ubx", "base.rtcm3", "brdc.rnx"):
        (tmp_path / name).touch()
    text = HEAD.replace("scenario: s01", "scenario: s08") + step
    (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
    profile = parse_profile(text.encode(), "site.yaml", find_scenario("s08").scenario)
    Bindings(profile, tmp_path / "site.yaml").check()


def judged(text: str, head: str = S08) -> dict[str, Any]:
    """What comes of a profile in this folder: indicator -> its entry of results.json."""
    Path("site.yaml").write_text(head + "practice: true\n" + text, encoding="utf-8")
    assert main(["run", "site.yaml"]) in {1, 3}
    results = json.loads(Path("site.bundle/data/results.json").read_text(encoding="utf-8"))
    return {each["id"]: each for each in results["indicators"]}


def put_in(text: str, **instead: str) -> str:
    """The page's piece with everything that is named replaced; each has to be there."""
    for there, here in instead.items():
        assert there in text, there
        text = text.replace(there, here)
    return text


def test_a_receiver_behind_gpsd_is_recorded_in_its_own_words(
    peer: Callable[[str], str], shared_data: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (there, greeting), *_ = re.findall(r"`(tcp: \S+?)` 和 `(greeting: gpsd)`", PAGE)
    with gpsd_playing(peer, shared_data("gnss", "gpsd", "ublox-zed-f9p-nmea.log")) as place:
        way = f"{there.replace('localhost:2947', place)}\n    {greeting}"
        text = put_in(STATIC, **{"serial: /dev/ttyUSB0\n    baud: 115200": way, "60 min": "2 s"})
        judged(text)
    (kept,) = Path("site.bundle/data/traces/s08.static.h").glob("*/*")
    assert kept.read_bytes().count(b"GGA,") > 0


def test_a_moving_receiver_and_its_corrections_are_recorded_over_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CASTER_PASSWORD", "beidou")
    sent = iter([msm(1005, 17), *(msm(kind) for kind in (1077, 1127) * 200)])
    with (
        live({"to": "tcp", "rate": 10, "radius": 40, "height": 45.1, "duration": 60}, tmp_path) as given,
        caster("2.0") as (port, queue),
    ):
        shutil.copy(given["trajectory"], "trajectory.csv")
        over = threading.Event()

        def speak() -> None:
            while not over.wait(0.02):
                queue.put(next(sent))

        speaker = threading.Thread(target=speak)
        speaker.start()
        text = put_in(
            MOVING,
            **{
                "192.0.2.7:5017": given["tcp"],
                "http://site01@caster.example:2101/RTCM32_MOUNT": f"http://wuhan@127.0.0.1:{port}/pygnssutils",
                "30 min": "3 s",
            },
        )
        try:
            found = judged(text)
        finally:
            over.set()
            joined(speaker)
    for name, most in (("s08.dynamic.h", 0.005), ("s08.dynamic.v", 0.01)):
        assert found[name]["verdict"] == "INCONCLUSIVE", "three seconds are no drive"
        assert found[name]["estimate"]["value"] < most
    (kept,) = Path("site.bundle/data/traces/s08.dynamic.h").glob("corrections/*")
    assert systems(whole_log(LogSummary((decode(kept),))).rtcm3).keys() == {"GPS", "BeiDou"}


def test_the_position_is_solved_a_second_time_from_what_receiver_and_base_observed(
    peer: Callable[[str], str], shared_data: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer("rnx2rtkp")
    monkeypatch.chdir(tmp_path)
    files = {each: shared_data("gnss", "geonet", FILES[each]) for each in FILES}
    Path("rover.ubx").write_bytes(rewritten(files["rover"], rawx))
    Path("base.rtcm3").write_bytes(rewritten(files["base"], msm7))
    shutil.copy(files["navigation"], "brdc.rnx")
    place = {"lat": 35.160875030, "lon": 139.613838550, "height": 70.2780}
    device = {**place, "start": "2005-04-01T23:59:47Z", "duration": 3600, "rate": 1 / 30, "cold_start": 0}
    with receiver({**device, "folder": "."}, tmp_path) as given:
        shutil.copy(given["file"], "rover.nmea")
    found = judged(
        put_in(
            SOLVED,
            **{
                "rate: 1 Hz": "rate: 2/min",
                "lat: 30.5, lon: 114.3, height: 45.1,": ", ".join(f"{key}: {each}" for key, each in place.items())
                + ",",
                "lat: 30.51, lon: 114.31, height: 30.2,": ", ".join(f"{key}: {PLACE[key]}" for key in place) + ",",
                "2026-11-21": "2005-04-02",
            },
        ),
        re.sub(r"start: 20\d\d-", "start: 2004-", S08),
    )
    static = found["s08.static.h"]
    assert static["verdict"] == "INCONCLUSIVE", "one session is not sixteen"
    assert (static["estimate"]["n"], static["estimate"]["value"] < 0.005) == (120, True)
    assert "gnss.second-solution" in {each["code"] for each in static["remarks"]}


def test_every_setting_is_explained() -> None:
    named = {
        *ReceiverSettings.model_fields,
        *CorrectionSettings.model_fields,
        *ObservationSettings.model_fields,
        *SolutionSettings.model_fields,
        *RecordedReceiver.model_fields,
        *LiveReceiver.model_fields,
    }
    assert {name for name in named if f"`{name}`" not in REFERENCE} == set()


def test_every_event_is_explained() -> None:
    code = "".join(Path(str(module.__file__)).read_text(encoding="utf-8") for module in (streams, live_watch))
    told = set(re.findall(r'tell\(\s*"([a-z-]+)"', code))
    assert len(told) >= 8
    assert {kind for kind in told if f"`gnss.{kind}`" not in PAGE} == set()
