# SPDX-License-Identifier: Apache-2.0
"""A real browser that visits points."""
