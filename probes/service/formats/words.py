# SPDX-License-Identifier: Apache-2.0
"""What the service domain says."""

from harness.kit.words import Catalogue

WORDS = Catalogue("probes.service")
