# SPDX-License-Identifier: Apache-2.0
"""Terminals that answer on this host, for demonstrations and tests."""
