# SPDX-License-Identifier: Apache-2.0
"""The simulated endpoint beside a campaign: for demonstrations, and to try out what is found."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.kit.children import child
from probes.service.simulators.plans import EndpointPlan

_START_S = 30.0


@contextmanager
def simulate(config: Mapping[str, Any], _folder: Path) -> Iterator[Mapping[str, Any]]:
    """Run it meanwhile; ``config`` as :class:`EndpointPlan`. Yields ``url``, ``model``, where entries are asked for ``catalogue`` and ``documents``.

    SpecError for settings that make no sense.
    """
    plan = EndpointPlan.parse(config)
    with tempfile.TemporaryDirectory() as folder:
        settings = {"plan": plan.journal(), "folder": folder}
        with child("probes.service.simulators.serve", settings, "simulated endpoint") as process:
            yield process.answer(_START_S)
