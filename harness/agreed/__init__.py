# SPDX-License-Identifier: Apache-2.0
"""What is fixed before anything is measured: the plan, who signs it, the draw, the instruments, the attempts."""
