# SPDX-License-Identifier: Apache-2.0
"""What the register domain says."""

from harness.kit.words import Catalogue

WORDS = Catalogue("probes.register")
