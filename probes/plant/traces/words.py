# SPDX-License-Identifier: Apache-2.0
"""Everything the domain says, from words.toml."""

from harness.kit.words import Catalogue

WORDS = Catalogue("probes.plant")
