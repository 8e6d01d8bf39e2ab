# SPDX-License-Identifier: Apache-2.0
"""The domain's words."""

from harness.kit.words import Catalogue

WORDS = Catalogue("probes.compute")
