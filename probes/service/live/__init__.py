# SPDX-License-Identifier: Apache-2.0
"""Sockets and clocks: requests at their scheduled times, every byte of the answers with its stamp."""
