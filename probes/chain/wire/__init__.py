# SPDX-License-Identifier: Apache-2.0
"""Bytes and numbers of chains: hashes, curves, encodings. Pure."""
