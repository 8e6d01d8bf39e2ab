# SPDX-License-Identifier: Apache-2.0
"""What a receiver says of its solution beside GGA, in sentences and messages of its maker: a fix that any of them denies is none."""
