# SPDX-License-Identifier: Apache-2.0
"""Receivers and casters that are talking now."""
