# SPDX-License-Identifier: Apache-2.0
"""Bytes of protocols and captures. Pure."""
