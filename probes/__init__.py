# SPDX-License-Identifier: Apache-2.0
"""One folder a domain: live sources, pure decoders, domain statistics, simulators."""
