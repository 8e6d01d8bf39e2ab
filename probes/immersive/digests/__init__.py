# SPDX-License-Identifier: Apache-2.0
"""Visits as what they prove."""
