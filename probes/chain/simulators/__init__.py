# SPDX-License-Identifier: Apache-2.0
"""Simulated chains that really hash and sign, and that can be told to cheat."""
