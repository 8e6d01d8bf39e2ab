# SPDX-License-Identifier: Apache-2.0
"""Blocks, transactions, certificates and handshakes of each kind of chain, recomputed. Pure."""
