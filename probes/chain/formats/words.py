# SPDX-License-Identifier: Apache-2.0
"""What the chain domain says."""

from harness.kit.words import Catalogue

WORDS = Catalogue("probes.chain")
