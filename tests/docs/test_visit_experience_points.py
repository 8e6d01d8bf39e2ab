# SPDX-License-Identifier: Apache-2.0
"""The page on experience points is carried out: its points are entered by a real browser, its frames judged, its register counted."""

import csv
import io
import json
import re
import shutil
from pathlib import Path

from harness.cli import main
from probes.immersive.simulators.frames import simulate as frames
from probes.immersive.simulators.register import PointsSettings, name_of, write
from probes.immersive.simulators.site import serving
from tests.docs.test_every_page import HEAD, blocks, snippets
from tests.docs.test_pages_run import PAGE, empty
from tests.probes.immersive.live.test_entering import headset

__all__ = ["empty", "headset"]
REGISTERED, ENTERED, FRAMES = snippets(PAGE["visit-experience-points"])


def test_the_points_of_the_page_are_registered_and_entered_by_a_browser_and_a_log_of_frames_is_judged(
    empty: Path, headset: Path
) -> None:
    (empty / "documents").mkdir()
    write(PointsSettings(count=2, days=6), empty / "documents")
    (shown,) = (text for kind, text in blocks(PAGE["visit-experience-points"]) if kind == "csv")
    register = (empty / "documents/points.csv").read_text("utf-8-sig")
    assert next(csv.reader(io.StringIO(register))) == next(csv.reader(io.StringIO(shown)))
    for number, name in enumerate(re.findall(r"^      (\S+): \{url", ENTERED, re.MULTILINE), 1):
        register = register.replace(name_of(number), name)
    (empty / "points.csv").write_text(register, encoding="utf-8")
    with frames({}, empty) as made:
        shutil.copy(made["one"], "headset-1.csv")
    (empty / "node_modules").symlink_to(headset.parents[2])
    text = REGISTERED + ENTERED + FRAMES
    with serving() as (base, _):
        for there, here in {
            "https://example.com/hall/": f"{base}/1/good/",
            "https://example.com/guide/": f"{base}/2/good/",
            "visits: 3": "visits: 1\n    stay: 1500 ms",
        }.items():
            assert there in text, there
            text = text.replace(there, here)
        site = HEAD.format(scenario="s10") + "practice: true\n" + text
        (empty / "points.yaml").write_text(site, encoding="utf-8")
        assert main(["run", "points.yaml"]) == 1, "two points are no five"
    results = json.loads((empty / "points.bundle/data/results.json").read_text(encoding="utf-8"))
    found = {each["id"]: each for each in results["indicators"]}
    counted = {each: found[each]["estimate"]["value"] for each in ("s10.points", "s10.points.live")}
    assert counted == {"s10.points": 2, "s10.points.live": 2}
    assert found["s10.experience.frame-time"]["verdict"] == "INCONCLUSIVE", "a minute is no half hour"
    assert found["s10.experience.frame-time"]["estimate"]["n"] == 4000
