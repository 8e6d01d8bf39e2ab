# SPDX-License-Identifier: Apache-2.0
"""Network latency, loss and node census."""
