# SPDX-License-Identifier: Apache-2.0
"""Example sites and the demo (data package)."""
