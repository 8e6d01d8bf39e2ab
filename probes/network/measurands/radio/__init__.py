# SPDX-License-Identifier: Apache-2.0
"""What is estimated with radio evidence: which terminals are on 5G, why some dropped, in which cells a drive was slow."""
