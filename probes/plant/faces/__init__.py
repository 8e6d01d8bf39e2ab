# SPDX-License-Identifier: Apache-2.0
"""What `yanshou analyse` does for plants, without a campaign."""
