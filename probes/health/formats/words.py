# SPDX-License-Identifier: Apache-2.0
"""What this domain says."""

from harness.kit.words import Catalogue

WORDS = Catalogue("probes.health")
