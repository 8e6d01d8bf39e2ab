# SPDX-License-Identifier: Apache-2.0
"""The plant: an asset register held against what is really on the wire, on the platform's screen and in its alarms."""
