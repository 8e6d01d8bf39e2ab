# SPDX-License-Identifier: Apache-2.0
"""The policy packs (data package)."""
