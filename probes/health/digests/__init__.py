# SPDX-License-Identifier: Apache-2.0
"""What an exchange amounts to: the two lists, mergeable."""
