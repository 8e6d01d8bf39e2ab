# SPDX-License-Identifier: Apache-2.0
"""From digests to estimates: accuracy, availability, timing, and the gates before them. Pure."""
