# volume.py - file systems created for one measurement.  SPDX-License-Identifier: MIT
#
# A tmpfs is mounted directly; the others are loop mounts of an image file on a tmpfs of
# its own, or in a directory on a disk if that is to be measured.  Each combination of file
# system and tree gets a new one, which can be saved and restored.  Leaving the context
# unmounts and removes everything.
import contextlib
import os
import shutil
import sys
import tempfile
import time

import child

# ext4 must not initialize in the background during measurements.
MKFS = {
    "ext4": ["mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0"],
    "xfs": ["mkfs.xfs", "-q", "-f"],
    "btrfs": ["mkfs.btrfs", "-q", "-f"],
}
KINDS = ("tmpfs", *MKFS)
# Where creates look past freed inodes, for bench/deletion alone.
MKFS["ext4-no-journal"] = [*MKFS["ext4"], "-O", "^has_journal"]


NAMESPACE = "PCOPY_BENCH_NAMESPACE"


def own_namespace():
    """Begins the program again in a mount namespace of its own, where there may be one: no other
    process keeps a file system busy that we unmount, and SIGKILL leaves none."""
    if os.geteuid() != 0 or NAMESPACE in os.environ or not child.which("unshare"):
        return
    os.environ[NAMESPACE] = "1"
    command = ["unshare", "--mount", "--propagation", "private", sys.executable, *sys.argv]
    os.execv(child.which("unshare"), command)


class Volume:
    def __init__(self, path, description):
        self.path = path
        self.description = description

    def save(self):
        """What restore() gives back."""

    def restore(self):
        """Whether all is as it was saved."""
        return False


class Image(Volume):
    """Each time it is restored it is another file, so that a loop device or a file system that the
    kernel still has of the old one is not taken for it."""

    def __init__(self, path, description, image, mounting):
        super().__init__(path, description)
        self.saved, self.mounting = image, mounting
        self.number = 0

    def save(self):
        unmount(self.path)
        self.copy_mount()

    def restore(self):
        unmount(self.path)
        os.unlink(f"{self.saved}-{self.number}")
        self.copy_mount()
        return True

    def copy_mount(self):
        self.number += 1
        image = f"{self.saved}-{self.number}"
        child.must(["cp", "--sparse=always", self.saved, image])
        child.must(["mount", *self.mounting, image, self.path])


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


def open_image(stack, kind, size_bytes, keep, directory):
    base = make_directory(stack, keep, dir=directory)
    # room for the image, for what is saved of it and for two empty directories, no more
    if not directory:
        mount(stack, keep, base, ["-t", "tmpfs", "-o", f"size={2 * size_bytes + (16 << 20)}", "tmpfs"])
    image, path = os.path.join(base, "image"), os.path.join(base, "mount")
    os.mkdir(path)
    with open(image, "wb") as file:
        file.truncate(size_bytes)
    child.must([*MKFS[kind], image])
    mounting = ["-t", kind.split("-")[0], "-o", "loop"]
    mount(stack, keep, path, [*mounting, image])
    where = "on a disk" if directory else "on tmpfs"
    return Image(path, f"{' '.join(MKFS[kind])}, loop mount of an image {where}", image, mounting)


def open_tmpfs(stack, size_bytes, keep):
    if os.geteuid() != 0:
        return Volume(make_directory(stack, keep, dir="/dev/shm"), "a directory on /dev/shm")
    path = make_directory(stack, keep)
    mount(stack, keep, path, ["-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs"])
    return Volume(path, "a tmpfs of its own")


@contextlib.contextmanager
def fresh(kind, size_bytes, keep, directory=None):
    with contextlib.ExitStack() as stack:
        if kind == "tmpfs":
            made = open_tmpfs(stack, size_bytes, keep)
        else:
            made = open_image(stack, kind, size_bytes, keep, directory)
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
