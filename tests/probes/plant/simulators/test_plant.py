# SPDX-License-Identifier: Apache-2.0
"""A simulated plant that is told to speak on a broker which is none is refused in one sentence."""

import socket
from pathlib import Path

import pytest

from harness.errors import InstrumentError
from probes.plant.simulators.plant import simulate


@pytest.mark.timeout(60)
def test_a_broker_that_takes_the_connection_and_says_nothing_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        config = {"count": 2, "broker": f"127.0.0.1:{server.getsockname()[1]}"}
        with pytest.raises(InstrumentError, match="does not answer: timed out"), simulate(config, tmp_path):
            raise AssertionError("it spoke")
