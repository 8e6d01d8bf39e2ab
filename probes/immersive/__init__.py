# SPDX-License-Identifier: Apache-2.0
"""Immersive points: frames as they reached the eye, from logs of the devices themselves."""

from harness.kit.words import Catalogue

WORDS = Catalogue("probes.immersive")
PHOTON_METER = "photon-meter"
"""Kind of instrument: what sees motion and light, or the headset's own runtime that logs both (docs/how-to/declare-instruments.md)."""
