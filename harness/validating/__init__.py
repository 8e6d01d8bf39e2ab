# SPDX-License-Identifier: Apache-2.0
"""Known-truth cases of the engine itself, the run over the cases of every domain, and the signed record of it."""
