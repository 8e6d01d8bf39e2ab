# SPDX-License-Identifier: Apache-2.0
"""Registers of organisations, checked item by item."""
