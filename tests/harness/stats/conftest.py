# SPDX-License-Identifier: Apache-2.0
"""What happens where the reference answers are not beside the checkout."""

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def reference_folder(shared_data: Callable[..., Path]) -> Path:
    """The folder of reference answers; skips where it is absent, fails in CI."""
    return shared_data("statistics")
