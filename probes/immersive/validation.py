# SPDX-License-Identifier: Apache-2.0
"""Known-truth cases of experience points: logs, photographs and visits whose right answer is known because they were made so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from harness.kit.validation import Case

_DEFECTS = ("same-photo", "same-log", "undated", "unplaced", "elsewhere", "no-log", "idle", "changed")


def cases() -> Iterator[Case]:
    """Frames over time, hours of running, a register with planted defects, the time to interactive by its definition."""
    yield Case("frames-over-time", "constructed", _rates, [40.0, 49.7])
    yield Case("hours", "constructed", _hours, [4.0, 2])
    yield Case("register", "constructed", partial(_register, _DEFECTS), {"sound": 5, "faulty": len(_DEFECTS)})
    yield Case("photograph", "CIPA DC-008, constructed", _photograph, ["2023-09-03 10:07:05", -30.25, 114.5])
    yield Case("interactive", "Lighthouse's definition, constructed", _interactive, [240.0, 960.0, None])


def _rates() -> list[float]:
    """Frames of 10, 11 and 54 ms: 40 a second over time, where a mean of rates would say 70; the quantile by linear interpolation."""
    from probes.immersive.reading import read

    rows = "".join(f"a.exe,1,0x0,0,{each}\n" for each in (10.0, 11.0, 54.0))
    head = "Application,ProcessID,SwapChainAddress,Dropped,msBetweenPresents\n"
    figures = read((head + rows).encode(), "log.csv").streams[0].figures()
    return [round(float(figures["fps"]), 6), round(float(figures["p95_ms"]), 6)]


def _hours() -> list[float]:
    from probes.immersive.traces import operating

    rows = "2023-09-02 09:00,2023-09-02 12:00\n" * 3 + "2023-09-02 10:00,2023-09-02 13:00\n"
    log = operating.read(("开始时间,结束时间\n" + rows).encode(), "log.csv")
    return [float(operating.hours(log.within(None))), len(log.told)]


def _register(defects: tuple[str, ...]) -> dict[str, int]:
    from harness.model import About, Reading, Text
    from harness.plugins import Ask, Input, Trace
    from probes.immersive.measurands.points import view
    from probes.immersive.simulators.register import PointsSettings, write
    from probes.immersive.traces.points import Frame, document, read

    with TemporaryDirectory(prefix="yanshou-validation-") as name:
        folder = Path(name)
        write(PointsSettings.parse({"count": 5, "defects": defects}), folder)
        files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    register = files.pop("points.csv")
    period = (date(2023, 5, 18), date(2024, 5, 18))
    kept = {each: sha256(data).hexdigest() for each, data in files.items()}
    found: Any = read(register, "points.csv", Frame("source", period, kept))
    for each, data in files.items():
        found = found.merge(document(data, each, "source"))
    trace = Trace("validation", "source", "immersive.points", 1, (), None)
    reading = Reading("count", Text("", ""), "immersive.points", "count", about=About.WINDOW)
    items = view([Input("immersive.points", "source", found, trace)], Ask("validation", (reading,))).items
    return {"sound": sum(each.counts for each in items), "faulty": sum(bool(each.faults) for each in items)}


def _photograph() -> list[Any]:
    from probes.immersive.formats import photo
    from probes.immersive.simulators.pictures import picture

    taken = datetime(2023, 9, 3, 10, 7, 5)  # noqa: DTZ001 - a camera knows no zone
    found = photo.read(picture(1, taken, (-30.25, 114.5)))
    return [str(found.taken), found.latitude, found.longitude]


def _interactive() -> list[float | None]:
    from probes.immersive.digests.visits import Visit, interactive

    def page(*tasks: tuple[float, float]) -> float | None:
        empty = Visit("P", 0, "web", (), (), (), 150.0, 120.0, 140.0, 6300.0, tasks, (), (), "", "", "")
        return interactive(empty, 5000.0)

    return [page((160.0, 80.0)), page((160.0, 80.0), (900.0, 60.0)), page((160.0, 80.0), (4000.0, 60.0))]
