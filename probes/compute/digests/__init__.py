# SPDX-License-Identifier: Apache-2.0
"""Energy, windows, alignment and the mergeable summaries."""
