# volume.py - file systems made for one measurement.  SPDX-License-Identifier: MIT
#
# A tmpfs is mounted as it is; the others are loop mounts of an image file on a
# tmpfs of its own, so that no disk is measured.  Each (file system, tree) gets
# a fresh one.  Leaving the context unmounts and removes everything.
import contextlib
import os
import shutil
import tempfile
import time

import child

# Nothing may go on initializing in the background while we measure.
MKFS = {
    "ext4": ["mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0"],
    "xfs": ["mkfs.xfs", "-q", "-f"],
    "btrfs": ["mkfs.btrfs", "-q", "-f"],
}
KINDS = ("tmpfs", *MKFS)


class Volume:
    def __init__(self, path, description):
        self.path = path
        self.description = description


def unmount(path):
    for _ in range(20):
        status, _, err = child.run(["umount", path])
        if status == 0:
            return
        time.sleep(0.25)
    # whoever still sits in there keeps it, nobody else finds it
    child.run(["umount", "--lazy", path])
    raise child.Failure(f"umount: {err.strip()}")


def make_directory(stack, keep, **where):
    path = tempfile.mkdtemp(prefix="pcopy-bench-", **where)
    if not keep:
        stack.callback(shutil.rmtree, path, ignore_errors=True)
    return path


def mount(stack, keep, path, arguments):
    child.must(["mount", *arguments, path])
    if not keep:
        stack.callback(unmount, path)


def open_image(stack, kind, size_bytes, keep):
    base = make_directory(stack, keep)
    # room for the image and for two empty directories, no more
    mount(stack, keep, base, ["-t", "tmpfs", "-o", f"size={size_bytes + (16 << 20)}", "tmpfs"])
    image, path = os.path.join(base, "image"), os.path.join(base, "mount")
    os.mkdir(path)
    with open(image, "wb") as file:
        file.truncate(size_bytes)
    child.must([*MKFS[kind], image])
    mount(stack, keep, path, ["-t", kind, "-o", "loop", image])
    return Volume(path, f"{' '.join(MKFS[kind])}, loop mount of an image on tmpfs")


def open_tmpfs(stack, size_bytes, keep):
    if os.geteuid() != 0:
        return Volume(make_directory(stack, keep, dir="/dev/shm"), "a directory on /dev/shm")
    path = make_directory(stack, keep)
    mount(stack, keep, path, ["-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs"])
    return Volume(path, "a tmpfs of its own")


@contextlib.contextmanager
def fresh(kind, size_bytes, keep):
    with contextlib.ExitStack() as stack:
        if kind == "tmpfs":
            made = open_tmpfs(stack, size_bytes, keep)
        else:
            made = open_image(stack, kind, size_bytes, keep)
        yield made


def obstacle(kind):
    """Why this kind of file system cannot be measured here, or None."""
    if kind == "tmpfs":
        return None if os.path.isdir("/dev/shm") else "no /dev/shm"
    if os.geteuid() != 0:
        return "loop mounts need root"
    if not child.which(MKFS[kind][0]):
        return f"no {MKFS[kind][0]} on the PATH"
    try:
        with fresh(kind, 512 << 20, keep=False):
            return None
    except (child.Failure, OSError) as error:
        return str(error)
