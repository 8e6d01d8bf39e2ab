# SPDX-License-Identifier: Apache-2.0
"""Logs as digests that merge, and the errors computed from them. Pure."""
