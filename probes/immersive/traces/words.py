# SPDX-License-Identifier: Apache-2.0
"""The words of points and visits, from the domain's words.toml."""

from harness.kit.words import Catalogue

POINTS = Catalogue("probes.immersive", "points")
VISITS = Catalogue("probes.immersive", "visits")
