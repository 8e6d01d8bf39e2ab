# SPDX-License-Identifier: Apache-2.0
"""From digests to estimates."""
