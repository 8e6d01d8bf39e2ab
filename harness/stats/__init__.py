# SPDX-License-Identifier: Apache-2.0
"""Bounds on arrays and counts, mergeable summaries, planning, sequential verdicts."""
