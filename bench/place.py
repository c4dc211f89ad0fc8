# place.py - targets of copies, such that no run is affected by a removal.
# SPDX-License-Identifier: MIT
#
# Each run has a target of its own, and all copies stay.  If room runs out, the file system's image
# from before the first copy is restored.  The effect of removals would be measured in the next run
# (docs/BENCHMARKING.md).
import contextlib
import os
import shutil

import child
import volume

DROP_CACHES = "/proc/sys/vm/drop_caches"
ROOM = 1.3  # of what the tree takes: file systems that are nearly full are another measurement


def usage(path):
    """(bytes, inodes) in use, and free."""
    at = os.statvfs(path)
    return ((at.f_blocks - at.f_bfree) * at.f_frsize, at.f_files - at.f_ffree,
            at.f_bavail * at.f_frsize, at.f_favail)


def read_all(path):
    """Brings the files into memory, as they are in there when a copy of a copy is made."""
    for directory, _, names in os.walk(path):
        for name in names:
            file = os.path.join(directory, name)
            if os.path.isfile(file) and not os.path.islink(file):
                with open(file, "rb") as stream:
                    while stream.read(1 << 20):
                        pass


class Place:
    """fill(src) makes the source.  cold: nothing of it is in memory when a run begins."""

    def __init__(self, kind, size_bytes, fill, cold=False, keep=False, directory=None):
        self.kind, self.size_bytes, self.cold, self.keep = kind, size_bytes, cold, keep
        self.fill, self.directory = fill, directory
        self.stack = contextlib.ExitStack()
        self.copies = []

    def __enter__(self):
        self.made = self.stack.enter_context(
            volume.fresh(self.kind, self.size_bytes, self.keep, self.directory))
        self.src = os.path.join(self.made.path, "src")
        empty = usage(self.made.path)
        self.fill(self.src)
        child.must(["sync", "-f", self.made.path])
        full = usage(self.made.path)
        self.bytes, self.inodes = full[0] - empty[0], full[1] - empty[1]
        if self.copy_fits():
            self.made.save()
            return self
        self.stack.close()
        raise child.Failure("no room for a copy: ask for more with --image-gib, or less with --scale")

    def __exit__(self, *_):
        self.stack.close()

    def copy_fits(self):
        _, _, free_bytes, free_inodes = usage(self.made.path)
        return (free_bytes >= ROOM * self.bytes
                and (self.inodes == 0 or free_inodes >= ROOM * self.inodes))

    def renew(self):
        # tmpfs has no memory of what was removed
        if not self.made.restore():
            for copy in self.copies:
                shutil.rmtree(copy, ignore_errors=True)
        self.copies = []
        if not self.cold:
            read_all(self.src)

    def next(self):
        """(source, a target that is not there yet)"""
        if not self.copy_fits():
            self.renew()
        dst = os.path.join(self.made.path, f"copy-{len(self.copies)}")
        self.copies.append(dst)
        if self.cold:
            os.sync()
            with open(DROP_CACHES, "w", encoding="ascii") as file:
                file.write("3")
        return self.src, dst
