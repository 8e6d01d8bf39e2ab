# SPDX-License-Identifier: Apache-2.0
"""Sending, asking, listing: the only code here that sees sockets and clocks."""
