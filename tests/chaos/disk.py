"""A small disk of its own for a part: a tmpfs that can be filled to its last page.

The mounts live in a mount namespace of this process, so that they end with it, however it ends.
Without the right to mount, a disk is only a folder, and `fill` says that it cannot.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import os
import shutil
from pathlib import Path

_CLONE_NEWNS, _MS_PRIVATE, _MS_REC, _MNT_DETACH = 0x20000, 1 << 18, 1 << 14, 2
BALLAST = "ballast"


@functools.cache
def _may_mount() -> bool:
    """Whether this process has mounts of its own from now on; no other sees them."""
    if os.geteuid() != 0:
        return False
    library = ctypes.CDLL(None)
    if library.unshare(_CLONE_NEWNS) != 0:
        return False
    return bool(library.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None) == 0)


class SmallDisk:
    """A folder with a size."""

    def __init__(self, folder: Path, mib: int) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        options = f"size={mib}m".encode()
        self.is_real = _may_mount() and (
            ctypes.CDLL(None).mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, options) == 0
        )

    def fill(self) -> None:
        """Take all that is free."""
        with (self.folder / BALLAST).open("ab", buffering=0) as ballast:
            for size in (1 << 20, 1 << 12):
                with contextlib.suppress(OSError):
                    while ballast.write(bytes(size)) == size:
                        pass

    def make_room(self) -> None:
        """Give it back."""
        (self.folder / BALLAST).unlink(missing_ok=True)

    def is_full(self) -> bool:
        """Whether not a page is left."""
        found = os.statvfs(self.folder)
        return self.is_real and found.f_bavail == 0

    def close(self) -> None:
        """Unmount it; what lay on it lies in the folder itself then."""
        if not self.is_real:
            return
        self.is_real = False
        self.make_room()
        kept = self.folder.with_name(f"{self.folder.name}.kept")
        shutil.copytree(self.folder, kept)
        if ctypes.CDLL(None, use_errno=True).umount2(os.fsencode(self.folder), _MNT_DETACH):
            raise OSError(ctypes.get_errno(), errno.errorcode[ctypes.get_errno()])
        self.folder.rmdir()
        kept.rename(self.folder)
