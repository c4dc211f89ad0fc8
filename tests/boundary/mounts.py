# SPDX-License-Identifier: MIT
"""Mounts and servers for the matrix of boundaries."""
import contextlib
import ctypes
import os
import shutil
import subprocess
import tempfile

MS_BIND = 4096
MNT_DETACH = 2
libc = ctypes.CDLL(None, use_errno=True)


def mount(source, at, kind=None, flags=0):
    if libc.mount(source.encode(), at.encode(), kind and kind.encode(), flags, None) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), at)


def bind(source, at):
    mount(source, at, flags=MS_BIND)


def unmount(at):
    libc.umount2(at.encode(), MNT_DETACH)


class Server:
    """A file system that goes wrong, see fault.h."""

    def __init__(self, program, at, *device):
        os.makedirs(at, exist_ok=True)
        self.at = at
        self.process = subprocess.Popen([program, at, *device], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        if self.process.stdout.readline() != b"ready\n":
            raise OSError(f"no file system: {self.process.stderr.read().decode().strip()}")
        self.calm()

    def turn(self, switches):
        words = ",".join(f"{name}={number}" for name, number in switches.items())
        os.setxattr(self.at, "trusted.fault", words.encode())

    def calm(self):
        """Long names can always be read and removed."""
        self.turn({"names": 1024})

    def end(self):
        unmount(self.at)
        self.process.kill()
        self.process.wait()


def loop_device(image):
    """A block device on a new file, or None."""
    with open(image, "wb") as f:
        f.truncate(1 << 20)
    done = subprocess.run(["losetup", "-f", "--show", image], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL)
    return done.stdout.decode().strip() or None


class World:
    """The servers, and where all happens."""

    def __init__(self, program):
        self.work = os.path.realpath(tempfile.mkdtemp(prefix="pcopy-boundary."))
        self.program = program
        self.servers = {}
        self.device = None
        self.asked_for_block = False
        self.block_server = None
        try:
            self.renew()
        except OSError:
            self.end()
            raise

    def renew(self):
        """New servers, of which the kernel knows nothing yet."""
        for side in ("source", "target"):
            if side in self.servers:
                self.servers[side].end()
            self.servers[side] = Server(self.program, f"{self.work}/{side}-fs")

    @property
    def block(self):
        """The one that is asked to sync, or None where the kernel or a device is missing."""
        if not self.asked_for_block:
            self.asked_for_block = True
            self.device = loop_device(self.work + "/image")
            with contextlib.suppress(OSError):
                if self.device:
                    self.block_server = Server(self.program, self.work + "/block-fs", self.device)
        return self.block_server

    def syncs(self):
        """Whether an error of the server's syncfs arrives."""
        if not self.block:
            return False
        self.block.turn({"syncfs": 5})
        done = subprocess.run(["sync", "-f", self.block.at], stderr=subprocess.DEVNULL)
        self.block.calm()
        return done.returncode != 0

    def end(self):
        for server in (*self.servers.values(), self.block_server):
            if server:
                server.end()
        if self.device:
            subprocess.run(["losetup", "-d", self.device])
        shutil.rmtree(self.work, ignore_errors=True)
