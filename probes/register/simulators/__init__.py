# SPDX-License-Identifier: Apache-2.0
"""Registers, lists and exports that are made up, labelled as such."""
