# SPDX-License-Identifier: Apache-2.0
"""Sockets, clocks and processes."""
