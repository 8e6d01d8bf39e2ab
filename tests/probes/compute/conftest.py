# SPDX-License-Identifier: Apache-2.0
"""Where servers of the tests listen."""

import pytest

from tests import ports


@pytest.fixture
def free_port() -> int:
    """A port of loopback that nobody listens on."""
    return ports.free_port()
