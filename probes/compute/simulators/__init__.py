# SPDX-License-Identifier: Apache-2.0
"""Simulated instruments whose truth is known, each labelled as such."""
