# SPDX-License-Identifier: Apache-2.0
"""Why a packed bundle from a stranger is not opened: each reason with its own code and sentence."""

from __future__ import annotations

from harness.evidence.defects import DefectError
from harness.model import Text


class ZipError(DefectError):
    """Any reason to refuse a packed bundle."""

    code = "evidence.zip"
    remedy = Text(
        "不要打开此包，请提供方用 yanshou pack 重新打包。",
        "do not open it; have its maker pack it again with yanshou pack.",
    )


class DamagedZipError(ZipError):
    """Not a zip, cut short, or with a wrong check sum."""

    code = "evidence.zip-damaged"
    sentence = Text("压缩包损坏，或不是 zip。", "The archive is damaged or not a zip.")
    remedy = Text("请重新取得此文件，并核对其 SHA-256。", "fetch the file again and compare its SHA-256.")


class ZipPathError(ZipError):
    """An absolute path, ``..``, a backslash or a name that is not portable."""

    code = "evidence.zip-path"
    sentence = Text(
        "压缩包条目的路径通向包外，或不是处处可用的文件名（过深、过长、含控制字符）。",
        "The path of an entry leaves the bundle or is not portable (too deep, too long, control characters).",
    )


class ZipLinkError(ZipError):
    """A symbolic link or special file as an entry."""

    code = "evidence.zip-symlink"
    sentence = Text("压缩包含有符号链接或特殊文件。", "The archive holds a symbolic link or a special file.")


class ZipDuplicateError(ZipError):
    """Two entries that are one file on some system."""

    code = "evidence.zip-duplicate"
    sentence = Text("压缩包中有两个条目会成为同一个文件。", "Two entries of the archive become the same file.")


class ZipBombError(ZipError):
    """More entries or bytes than a bundle can hold, or entries that share bytes."""

    code = "evidence.zip-bomb"
    sentence = Text("压缩包展开后大得不合理（压缩炸弹）。", "The archive unpacks to an unreasonable size (a zip bomb).")


class ZipMethodError(ZipError):
    """Encrypted, or compressed in another way than stored or deflated."""

    code = "evidence.zip-method"
    sentence = Text(
        "压缩包已加密，或压缩方法不被接受。", "The archive is encrypted or uses a method that is not accepted."
    )


class ZipLayoutError(ZipError):
    """Not exactly one bundle in one folder."""

    code = "evidence.zip-layout"
    sentence = Text("压缩包里不是恰好一个证据包目录。", "The archive does not hold exactly one bundle folder.")
