# SPDX-License-Identifier: Apache-2.0
"""One small file a probe."""
