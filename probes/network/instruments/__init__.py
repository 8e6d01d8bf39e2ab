# SPDX-License-Identifier: Apache-2.0
"""The probes: each says what it records, how, and what a piece of its trace holds."""
