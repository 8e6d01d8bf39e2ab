# SPDX-License-Identifier: Apache-2.0
"""Building models that are made up, labelled as such."""
