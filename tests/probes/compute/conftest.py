# SPDX-License-Identifier: Apache-2.0
"""Where servers of the tests listen."""

import socket

import pytest


@pytest.fixture
def free_port() -> int:
    """A TCP port of loopback that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
