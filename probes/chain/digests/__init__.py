# SPDX-License-Identifier: Apache-2.0
"""Mergeable summaries of what nodes answered."""
