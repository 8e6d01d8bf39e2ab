# SPDX-License-Identifier: Apache-2.0
"""What the domain of building models says."""

from harness.kit.words import Catalogue

WORDS = Catalogue("probes.bim")
