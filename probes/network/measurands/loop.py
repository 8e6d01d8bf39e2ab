# SPDX-License-Identifier: Apache-2.0
"""network.loop: closed loops seen on a broker, from sensor event to actuator command. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from harness.model import Outcome
from harness.plugins import Input, Request
from probes.network.measurands import sentences
from probes.network.measurands.latency import rtt

RECORDER = "network.mqtt"


def loop(inputs: Sequence[Input], request: Request) -> Outcome:
    """Delay from sensor event to actuator command, as :func:`probes.network.measurands.latency.rtt`; only messages of a broker count."""
    own = [each for each in inputs if each.probe == RECORDER]
    if not own:
        return Outcome(None, missing=(sentences.NO_LOOPS,))
    return rtt(own, request)
