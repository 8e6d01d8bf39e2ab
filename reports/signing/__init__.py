# SPDX-License-Identifier: Apache-2.0
"""Signatures over papers, after they are written: what was written stays as it was and can still be compared with its bundle."""
