# SPDX-License-Identifier: Apache-2.0
"""What a profile may set for each probe of the domain."""
