# SPDX-License-Identifier: Apache-2.0
"""A receiver that exists only as numbers."""
