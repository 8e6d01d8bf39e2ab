# SPDX-License-Identifier: Apache-2.0
"""A simulated consortium over HTTP JSON-RPC, in a process of its own: for demonstrations and for trying out what is found."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.kit.children import child
from probes.chain.simulators.plans import NetworkSettings

_START_S = 180.0
"""Compiling, and signing a hundred thousand records."""


@contextmanager
def simulate(config: Mapping[str, Any], _folder: Path) -> Iterator[Mapping[str, Any]]:
    """Run the nodes meanwhile; ``config`` as :class:`NetworkSettings`.

    Yields ``nodes``, ``authorities`` (where the chain is of 国密), ``originals`` and ``documents`` (where asked for). SpecError for
    settings that make no sense.
    """
    plan = NetworkSettings.parse(config)
    with tempfile.TemporaryDirectory() as folder:
        settings = {"plan": plan.journal(), "folder": folder}
        with child("probes.chain.simulators.serve", settings, "simulated chain") as process:
            yield process.answer(_START_S)
