# SPDX-License-Identifier: Apache-2.0
"""One view model, many report formats."""
