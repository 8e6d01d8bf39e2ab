# SPDX-License-Identifier: Apache-2.0
"""Speed of the GNSS probe: the whole job on an NMEA log against pynmea2 and against ``wc -l``; memory on a gigabyte.

The whole job is: read, frame, checksum of every sentence, fields, dates, satellites, east-north-up against a truth, RMS and
quantiles by quality. The log is made once a run: 22 sentences an epoch, as an RTK receiver with all its messages sends.
"""

from __future__ import annotations

import atexit
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pynmea2

from probes.gnss.digests.blocks import accuracy_block, by_quality
from probes.gnss.digests.deviation import positions
from probes.gnss.digests.log import LogSummary, whole_log
from probes.gnss.faces.recordings import read_log
from probes.gnss.formats.decode import decode
from probes.gnss.simulators.receiver import device_of, nmea, sealed, simulate
from probes.gnss.truth.geodesy import CGCS2000, Origin, enu
from tests.bench.run import Bench

PLACE = Origin(30.5, 114.3, 45.0)
EPOCHS, SHORT, DAYS = 50_000, 6_000, (b"03", b"12", b"21", b"30")
EXTRA = b"".join(
    sealed(body)
    for body in (
        "GNVTG,,T,,M,0.012,N,0.022,K,D",
        "GNGSA,A,3,,,,,,,,,,,,,1.1,0.6,0.9,5",
        *(f"GPGSV,3,{page},09,01,25,037,36,02,30,074,37,03,35,111,38,04,40,148,39,1" for page in (1, 2)),
        *(f"GLGSV,2,{page},06,65,25,037,36,66,30,074,37,67,35,111,38,68,40,148,39,1" for page in (1, 2)),
        *(f"GAGSV,2,{page},06,01,25,037,36,02,30,074,37,03,35,111,38,04,40,148,39,7" for page in (1, 2)),
        *(f"GBGSV,3,{page},11,01,25,037,36,02,30,074,37,03,35,111,38,04,40,148,39,1" for page in (1, 2)),
        *(f"GBGSV,3,{page},11,01,25,037,36,02,30,074,37,03,35,111,38,04,40,148,39,B" for page in (1, 2)),
        "GQGSV,1,1,00,1",
        "GNGLL,3030.0000000,N,11418.0000000,E,040000.00,A,D",
    )
)


@cache
def folder() -> Path:
    """A folder for the run."""
    path = Path(tempfile.mkdtemp(prefix="yanshou-bench-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


@cache
def log(epochs: int, copies: int) -> Path:
    """A log of ``copies`` days of ``epochs`` epochs at 10 Hz; the days' digits have equal checksums, so bytes are swapped."""
    device = device_of({"duration": epochs / 10, "rate": 10})
    lines = nmea(device, simulate(device)).split(b"\r\n")
    kept = [line + b"\r\n" + (EXTRA if line[3:6] == b"GST" else b"") for line in lines if line and line[3:6] != b"GSV"]
    day = b"".join(kept)
    path = folder() / f"{epochs}-{copies}.nmea"
    with path.open("wb") as file:
        for copy in range(copies):
            year = (b"04", b"15", b"26", b"37")[copy // 4]
            file.write(day.replace(b",211126,", b"," + DAYS[copy % 4] + b"11" + year + b","))
    return path


def judged(summary: LogSummary) -> dict[str, object]:
    """From the digest to the figures of every quality."""
    whole = whole_log(summary)
    found = by_quality(whole.epochs["quality"], positions(whole, PLACE, CGCS2000))
    return {quality: accuracy_block(errors) for quality, errors in found.items()}


def by_pynmea2(path: Path) -> dict[str, object]:
    """The same with pynmea2: every sentence parsed and checked, GGA collected, figures by numpy."""
    rows = []
    with path.open("rb") as file:
        for line in file:
            try:
                message = pynmea2.parse(line.decode("ascii"), check=True)
            except (ValueError, pynmea2.ParseError):
                continue
            if message.sentence_type == "GGA":
                height = float(message.altitude) + float(message.geo_sep)
                rows.append((message.latitude, message.longitude, height, message.gps_qual))
    lat, lon, height, quality = np.array(rows).T
    found = by_quality(quality, enu(lat, lon, height, PLACE))
    return {value: accuracy_block(errors) for value, errors in found.items()}


def lines(path: Path) -> None:
    """Count line ends: the least that any reader must do."""
    subprocess.run(["wc", "-l", str(path)], check=True, capture_output=True)


def memory_mb(path: Path) -> float:
    """Largest resident size in MB of a process that does the whole job on ``path``."""
    code = (
        "import sys; from tests.bench.bench_gnss import *; judged(read_log(Path(sys.argv[1]))); "
        "status = Path('/proc/self/status').read_text(); print(int(status.split('VmHWM:')[1].split()[0]) / 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True)
    return float(done.stdout)


def within_memory() -> None:
    """The whole job on a gigabyte and 800 000 epochs (a day at 10 Hz) in less than 400 MB."""
    found = memory_mb(log(EPOCHS, 16))
    if found >= 400:
        msg = f"{found:.0f} MB"
        raise MemoryError(msg)


def benches() -> list[Bench]:
    """pynmea2 on one processor, ``wc -l`` with all of them, memory."""
    short, long = log(SHORT, 1), log(EPOCHS, 2)
    sentences = decode(short).counts[0]
    size = long.stat().st_size
    return [
        Bench(
            "NMEA log to figures, one core, pynmea2",
            lambda: judged(LogSummary((decode(short),))),
            lambda: by_pynmea2(short),
            ">= 90 x pynmea2",
            amount=float(sentences),
            unit="sentences",
            ratio=90,
            cpu=True,
        ),
        Bench(
            "NMEA log to figures, wc -l",
            lambda: judged(read_log(long)),
            lambda: lines(long),
            "<= 5 x wc -l",
            amount=float(size),
            unit="B",
            ratio=0.2,
        ),
        Bench("NMEA log of a gigabyte within 400 MB", within_memory, None, "< 400 MB", unit="logs"),
    ]
