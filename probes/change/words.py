# SPDX-License-Identifier: Apache-2.0
"""The sentences of this domain (words.toml)."""

from harness.kit.words import Catalogue

WORDS = Catalogue("probes.change")
