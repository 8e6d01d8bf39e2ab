# SPDX-License-Identifier: Apache-2.0
"""What domains share between the engine and themselves: carriers and forms, no domain."""
