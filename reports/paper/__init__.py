# SPDX-License-Identifier: Apache-2.0
"""Papers that go into the official file: what stands on them, in order, whatever program prints them."""
