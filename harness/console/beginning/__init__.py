# SPDX-License-Identifier: Apache-2.0
"""``yanshou init``: a folder in which a campaign can begin: profile, registers, keys, a list of what to bring and to ask for."""
