# SPDX-License-Identifier: Apache-2.0
"""The scenario files (data package)."""
