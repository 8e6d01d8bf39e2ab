# SPDX-License-Identifier: Apache-2.0
"""OPC UA with servers of others, in Python and in JavaScript: values, status, source times, and a server that goes away."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

import pytest
from asyncua import ua
from asyncua.sync import Server

from harness.errors import InstrumentError
from harness.testing import MemorySink
from probes.plant.digests.polling import polled
from probes.plant.digests.signals import Signals, Source
from probes.plant.instruments.polls import OPCUA
from probes.plant.measurands.presence import standing
from tests.conftest import _absent
from tests.ports import free_port
from tests.probes.network.recording import session_of, source_of
from tests.probes.plant.plants import table
from tests.waiting import heard_until, joined, living

NAMES = ("good", "frozen", "bad", "old", "typed")


@pytest.fixture
def server() -> Iterator[tuple[str, int]]:
    """Address and name space of a server with a node of each kind."""
    url, peer, over, begun = f"opc.tcp://127.0.0.1:{free_port()}/", Server(), Event(), Event()
    peer.set_endpoint(url)
    space = peer.register_namespace("plant")
    folder = peer.nodes.objects.add_object(space, "Plant")
    nodes = {each: folder.add_variable(f"ns={space};s={each}", each, 1.0) for each in NAMES}
    peer.start()

    def work() -> None:
        step = 0
        while not over.wait(0.1):
            step += 1
            failed = ua.StatusCode(ua.StatusCodes.BadSensorFailure)
            earlier = datetime.now(UTC) - timedelta(hours=1)
            value = ua.Variant(20 + step * 37 % 11 / 7)
            nodes["good"].write_value(value)
            nodes["bad"].write_value(ua.DataValue(value, StatusCode=failed))
            by_hand = ua.StatusCode(ua.StatusCodes.GoodLocalOverride)
            nodes["typed"].write_value(ua.DataValue(value, StatusCode=by_hand))
            nodes["old"].write_value(ua.DataValue(value, SourceTimestamp=earlier + timedelta(seconds=step)))
            begun.set()

    thread = Thread(target=work)
    thread.start()
    assert begun.wait(60), "the server says nothing"
    yield url, space
    over.set()
    joined(thread)
    peer.stop()


def heard(settings: dict, folder: Path = Path()) -> Signals:
    source = source_of(OPCUA, {"every": "200 ms", "duration": "2 s", **settings}, folder)
    source.preflight()
    sink = MemorySink()
    source.record(sink)
    return polled(session_of(sink.data, OPCUA.form.format), "opcua")


def test_status_and_source_time_are_believed_and_presence_is_not(server: tuple[str, int]) -> None:
    url, space = server
    names = [f"ns={space};s={each}" for each in (*NAMES, "none")]
    found = heard({"url": url, "nodes": names})
    states = {each: standing(found.sources[Source(each)]) for each in names}
    assert list(states.values()) == ["networked", "single", "bad", "networked", "bad", "bad"]
    end = found.spans[0][1]
    ages = [found.sources[Source(each)].age_ns(end) or 0 for each in names]
    assert ages[0] < 1.5e9
    assert ages[3] > 3_000e9, "its source says that the value is an hour old"


def test_the_register_says_which_nodes_are_asked_for(server: tuple[str, int], tmp_path: Path) -> None:
    url, space = server
    rows = [("A1", f"ns={space};s=good"), ("A2", "plant/topic"), ("A3", "")]
    (tmp_path / "assets.csv").write_bytes(table(("资产编号", "节点地址"), rows))
    found = heard({"url": url, "register": "assets.csv"}, tmp_path)
    assert [each.place for each in found.sources] == [f"ns={space};s=good"]


def test_a_server_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(InstrumentError, match="No OPC UA server"):
        source_of(OPCUA, {"url": "opc.tcp://127.0.0.1:9", "nodes": ["i=85"], "duration": "1 s"}).preflight()


def test_nodes_that_are_not_there_are_told_before_anything_is_recorded(server: tuple[str, int]) -> None:
    url, space = server
    with pytest.raises(InstrumentError, match="BadNodeIdUnknown"):
        source_of(OPCUA, {"url": url, "nodes": [f"ns={space};s=none"], "duration": "1 s"}).preflight()


@pytest.fixture(scope="session")
def node_opcua(peer: Callable[[str], str]) -> Path:
    """The folder in which node-opcua is installed, outside the checkout; installed on first use."""
    npm, cache = peer("npm"), Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    folder = cache / "yanshou" / "npm" / "opcua"
    if not (folder / "node_modules" / "node-opcua").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "node-opcua@2"]
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=300)
        if done.returncode:
            _absent(f"node-opcua cannot be installed: {done.stderr.decode(errors='replace')[-200:]}")
    return folder


def test_a_server_of_another_language_says_the_same(node_opcua: Path, peer: Callable[[str], str]) -> None:
    port = free_port()
    script = shutil.copy(Path(__file__).with_name("opcua_server.js"), node_opcua / "server.js")
    command = [peer("node"), script, str(port)]
    with living(command, cwd=node_opcua, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None
        lines = heard_until(child, lambda said: said.splitlines()[-1].startswith("ready"))
        space = lines.splitlines()[-1].partition(" ")[2]
        names = [f"ns={space};s={each}" for each in NAMES[:3]]
        try:
            found = heard({"url": f"opc.tcp://127.0.0.1:{port}", "nodes": names})
        finally:
            child.stdin.close()
            child.wait(10)
    states = [standing(found.sources[Source(each)]) for each in names]
    assert states[0] == "networked"
    assert states[1] in {"frozen", "single"}
    assert states[2] == "bad"
