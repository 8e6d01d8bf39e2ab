# SPDX-License-Identifier: Apache-2.0
"""Consortium chains: nodes, records and Chinese national cryptography, recomputed from what the nodes answer."""
