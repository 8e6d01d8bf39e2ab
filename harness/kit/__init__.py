# SPDX-License-Identifier: Apache-2.0
"""What domains share: carriers and forms of evidence, from the wire to the estimate; it knows no domain."""
