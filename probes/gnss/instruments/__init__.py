# SPDX-License-Identifier: Apache-2.0
"""The probes: where bytes come from, and how they become digests."""
