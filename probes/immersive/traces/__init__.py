# SPDX-License-Identifier: Apache-2.0
"""What a point is registered with, and what its service showed."""
