# SPDX-License-Identifier: Apache-2.0
"""From merged digests to estimates: each says what it needs, and what speaks against its evidence. Pure."""
