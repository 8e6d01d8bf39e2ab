# SPDX-License-Identifier: Apache-2.0
"""Every example on recording receivers is accepted; every setting and every event of the sources is explained."""

import re
from pathlib import Path

import pytest

from harness.bindings import Bindings
from harness.kit import streams
from harness.spec import find_scenario, parse_profile
from probes.gnss.live import watch as live_watch
from probes.gnss.simulators.device import LiveReceiver, RecordedReceiver
from probes.gnss.truth.observed import ObservationSettings, SolutionSettings
from probes.gnss.truth.settings import ReceiverSettings
from probes.gnss.truth.sources import CorrectionSettings

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "how-to/record-a-receiver.md").read_text(encoding="utf-8")
REFERENCE = (DOCS / "reference/gnss-sources.md").read_text(encoding="utf-8")
HEAD = re.findall(r"```yaml\n(.*?)```", (DOCS / "how-to/write-a-profile.md").read_text(encoding="utf-8"), re.DOTALL)[0]


@pytest.mark.parametrize("step", re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
def test_every_example_is_a_profile_whose_settings_the_probes_accept(step: str, tmp_path: Path) -> None:
    (tmp_path / "trajectory.csv").write_text("time,e,n,u\n0,0,0,0\n", encoding="utf-8")
    for name in ("rover.nmea", "rover.ubx", "base.rtcm3", "brdc.rnx"):
        (tmp_path / name).touch()
    text = HEAD.replace("scenario: s01", "scenario: s08") + step
    (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
    profile = parse_profile(text.encode(), "site.yaml", find_scenario("s08").scenario)
    Bindings(profile, tmp_path / "site.yaml").check()


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
