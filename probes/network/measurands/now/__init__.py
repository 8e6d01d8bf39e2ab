# SPDX-License-Identifier: Apache-2.0
"""What the measurands of this domain tell in the live view."""
