# SPDX-License-Identifier: Apache-2.0
"""Registers of organisations, checked item by item."""

from harness.kit.words import Catalogue

WORDS = Catalogue("probes.register")
