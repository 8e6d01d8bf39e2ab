# SPDX-License-Identifier: Apache-2.0
"""GNSS accuracy from receiver logs."""
