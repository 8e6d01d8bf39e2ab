# SPDX-License-Identifier: Apache-2.0
"""What was heard and read, mergeable."""
