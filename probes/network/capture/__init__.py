# SPDX-License-Identifier: Apache-2.0
"""Other people's captures: one streaming pass over pcap and pcapng, pairing of requests and replies, one-way delays."""
