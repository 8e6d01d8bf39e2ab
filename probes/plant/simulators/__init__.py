# SPDX-License-Identifier: Apache-2.0
"""Plants that are none, labelled as such."""
