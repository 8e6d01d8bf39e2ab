# SPDX-License-Identifier: Apache-2.0
"""Runs under load, and the configuration run before them."""
