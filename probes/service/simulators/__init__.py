# SPDX-License-Identifier: Apache-2.0
"""A simulated endpoint whose chunk times are known exactly, and which errs on order."""
