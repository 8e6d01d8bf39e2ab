# SPDX-License-Identifier: Apache-2.0
"""Recorded forms of this domain, as columns."""
