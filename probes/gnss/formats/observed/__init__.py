# SPDX-License-Identifier: Apache-2.0
"""Raw observations: what a receiver measured of each satellite, before anybody computed a position from it."""
