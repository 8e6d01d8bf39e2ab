# SPDX-License-Identifier: Apache-2.0
"""Instruments and workloads: the only rooms with sockets, clocks and processes."""
