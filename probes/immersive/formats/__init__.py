# SPDX-License-Identifier: Apache-2.0
"""Bytes of others: pictures of points."""
