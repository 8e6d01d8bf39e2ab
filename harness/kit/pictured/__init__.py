# SPDX-License-Identifier: Apache-2.0
"""Kinds of pictures beside those of :mod:`harness.kit.figures`."""
