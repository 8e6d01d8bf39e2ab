# SPDX-License-Identifier: Apache-2.0
"""Points made by construction: a site with its faults, registers, logs of frames."""
