# SPDX-License-Identifier: Apache-2.0
"""Logs of frames made by construction."""

from collections.abc import Sequence

HEAD = "Application,ProcessID,SwapChainAddress,Runtime,SyncInterval,PresentFlags,Dropped,TimeInSeconds,msInPresentAPI,msBetweenPresents"


def presentmon(
    intervals_ms: Sequence[float], application: str = "viewer.exe", pid: int = 7, dropped: Sequence[int] = ()
) -> str:
    """A log of PresentMon's first schema whose stamps agree with its intervals."""
    at, rows = 0.0, [HEAD]
    for number, interval in enumerate(intervals_ms):
        at += interval
        rows.append(f"{application},{pid},0x0A,DXGI,1,0,{int(number in dropped)},{at / 1e3:.7f},0.1,{interval:.4f}")
    return "\n".join(rows) + "\n"
