# SPDX-License-Identifier: Apache-2.0
"""What profiles may set."""
