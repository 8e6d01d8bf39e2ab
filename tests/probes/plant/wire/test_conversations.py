# SPDX-License-Identifier: Apache-2.0
"""MQTT in captures of others, beside what tshark reads in them."""

import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from probes.plant.wire.conversations import listen
from probes.plant.wire.packets import Capture


@pytest.mark.shared_data
@pytest.mark.parametrize(("name", "port"), [("mqtt.pcap", 1883), ("coap_mqtt.pcap", 17501)])
def test_tshark_reads_the_same_publications(name: str, port: int, shared_data, peer: Callable[[str], str]) -> None:
    path: Path = shared_data("network", "pcap", "ndpi", name)
    command = [peer("tshark"), "-r", str(path), "-d", f"tcp.port=={port},mqtt", "-T", "fields", "-e", "mqtt.topic"]
    command += ["-Y", "mqtt.msgtype==3 && !tcp.analysis.retransmission"]
    told = subprocess.run(command, capture_output=True, check=True, text=True).stdout.replace(",", "\n").split()
    found = listen(Capture(path))
    assert Counter(each.message.topic for each in found.heard) == Counter(told)
    assert not found.torn
