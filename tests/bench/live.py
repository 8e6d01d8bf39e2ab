# SPDX-License-Identifier: Apache-2.0
"""What bench_live.py sets up: two network namespaces joined by a veth pair, our reflector in one, our sender and peers in the other."""

import atexit
import json
import os
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

HERE, THERE, PORT = "10.79.0.1", "10.79.0.2", 7001
ROOT = Path(__file__).resolve().parents[2]

SEND = """
import json, sys, time
import numpy as np
from probes.network.live import stamp as stamp_live
from probes.network.live.calibration import Floor
from probes.network.instruments.stamp import PROBE
from probes.network.traces.session import ANSWERED
from probes.network.traces.stamp import decode, read_header
from probes.network.digests.round_trips import round_trips
from pathlib import Path
stamp_live.loopback_floor = lambda stopping: Floor(0, 0, 0, 0, 0)  # it takes a second and is not what is measured here
class Sink:
    stopping, position, config_folder, state, data = False, 0, Path(), {}, bytearray()
    def write(self, data): self.data += data
    def event(self, kind, body): pass
    def checkpoint(self, state): pass
    def progress(self, *args): pass
for line in sys.stdin:
    Sink.data = bytearray()
    PROBE.source(PROBE.settings.parse(json.loads(line)), Path()).record(Sink())
    data = np.frombuffer(bytes(Sink.data), np.uint8)
    found = decode(data, 0, read_header(data))
    probes = found.probes
    answered = (probes["flags"] & ANSWERED) != 0
    times = round_trips(probes.where(answered)).corrected
    late = probes["t1_user"] - probes["scheduled"]
    notes = [each.detail for each in probes.events if each.code == "stamp.note"]
    unsent = sum(sum(each.get("unsent", {}).values()) for each in notes)
    at = lambda values, share: float(np.quantile(values, share)) / 1000 if len(values) else 0.0
    print(json.dumps({"sent": len(probes), "lost": int((~answered).sum()), "unsent": unsent,
        "p50": at(times, .5), "p99": at(times, .99), "pace50": at(late, .5), "pace99": at(late, .99),
        "overflow": sum(each["dropped"] for each in notes)}), flush=True)
"""


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@cache
def lab() -> tuple[str, str]:
    """Names of the two namespaces, which are deleted at the end."""
    names = (f"ys-bench-a-{os.getpid()}", f"ys-bench-b-{os.getpid()}")
    for name in names:
        _ip("netns", "add", name)
        atexit.register(subprocess.run, ["ip", "netns", "delete", name], capture_output=True, check=False)
    _ip("link", "add", "veth", "netns", names[0], "type", "veth", "peer", "name", "veth", "netns", names[1])
    for name, address in zip(names, (HERE, THERE), strict=True):
        _ip("-n", name, "addr", "add", f"{address}/24", "dev", "veth")
        _ip("-n", name, "link", "set", "veth", "up")
        _ip("-n", name, "link", "set", "lo", "up")
    return names


def inside(which: int, cpus: str, *command: str) -> list[str]:
    """The command line that runs ``command`` in a namespace on some processors, as taskset(1) writes them."""
    return ["ip", "netns", "exec", lab()[which], "taskset", "-c", cpus, *command]


@cache
def sender(cpus: str) -> Any:
    """Our sender, a process that takes a profile a line and answers with the figures of the run."""
    child = subprocess.Popen(
        inside(0, cpus, sys.executable, "-c", SEND), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    atexit.register(child.kill)
    return child


@cache
def serving() -> None:
    """Our reflector, irtt's server and sockperf's, all on the second processor, in the other namespace."""
    serve = f"from probes.network.live.reflector.serve import serve; serve(['{THERE}'], {PORT}, lambda _: print('on', flush=True))"
    ours = subprocess.Popen(inside(1, "1", sys.executable, "-c", serve), stdout=subprocess.PIPE, cwd=ROOT)
    atexit.register(ours.send_signal, signal.SIGTERM)
    assert ours.stdout is not None
    ours.stdout.readline()
    for command in (
        ["irtt", "server", "-i", "0", "-b", f"{THERE}:2112"],
        ["sockperf", "server", "-i", THERE, "-p", "11111"],
    ):
        child = subprocess.Popen(inside(1, "1", *command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        atexit.register(child.kill)
    time.sleep(1)


def ours(rate: int, count: int, cpus: str = "0") -> dict[str, Any]:
    """Figures of one run of ours: packets sent, lost and unsent, corrected round trips and lateness in µs."""
    serving()
    child = sender(cpus)
    settings = {
        "targets": [f"{THERE}:{PORT}"],
        "rate": f"{rate}/s",
        "count": count,
        "waiting_time": "300 ms",
        "seed": 1,
    }
    child.stdin.write(json.dumps(settings) + "\n")
    child.stdin.flush()
    found: dict[str, Any] = json.loads(child.stdout.readline())
    return found


def irtt(seconds: float, interval: str = "1ms") -> dict[str, Any]:
    """Round trips of irtt in µs: median and p99 from its own records, and what it sent and lost."""
    serving()
    client = ["irtt", "client", "-Q", "-i", interval, "-d", f"{seconds}s", "-l", "64", "-o", "-", THERE]
    done = subprocess.run(inside(0, "0", *client), capture_output=True, text=True, check=True)
    trips = json.loads(done.stdout)["round_trips"]
    times = sorted(each["delay"]["rtt"] / 1000 for each in trips if each["lost"] == "false")
    return {
        "sent": len(trips),
        "lost": len(trips) - len(times),
        "p50": times[len(times) // 2],
        "p99": times[len(times) * 99 // 100],
    }


def sockperf(seconds: int) -> dict[str, Any]:
    """Round trips of sockperf ping-pong at 1000/s in µs."""
    serving()
    command = inside(
        0, "0", "sockperf", "ping-pong", "-i", THERE, "-p", "11111", "-t", str(seconds), "-m", "64",
        "--mps", "1000", "--full-rtt",
    )  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = {}
    for line in done.stdout.splitlines():
        words = line.replace("sockperf:", "").split()
        if "percentile" in words and "=" in words:
            found[words[words.index("percentile") + 1]] = float(words[-1])
    return {"p50": found["50.000"], "p99": found["99.000"]}
