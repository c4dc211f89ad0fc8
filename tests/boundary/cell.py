# SPDX-License-Identifier: MIT
"""A cell of the matrix of boundaries: a place and a fault, and copies made there."""
import errno
import os
import re
import shutil
import signal
import subprocess
import tempfile

import mounts
import trees

TIMEOUT = 60
ENVIRONMENT = dict(os.environ, LC_ALL="C")
# A link that could not be made; the other name in the message is not at fault.
LINK = r"(cannot create hard link '[^']*')(?: to '[^']*')?"


class Result:
    """What one copy said and left.  Entries are known by their names below the tree."""

    def __init__(self, status, said, state, *tops):
        self.status = status
        self.said = said
        self.state = state
        said = re.sub(LINK, r"\1", said)
        self.named = named_in(said, tops)
        self.unlinked = named_in("\n".join(match[0] for match in re.finditer(LINK, said)), tops)
        self.again = None  # what a second run answered


class Cell:
    """A place and a fault: the source stands, targets are made anew for each copy."""

    def __init__(self, world, place, fault):
        self.world = world
        self.place = place
        self.fault = fault
        self.mounts = []
        self.base = tempfile.mkdtemp(prefix="cell.", dir=world.work)
        self.src = self.side("source", place.source, self.base, "src")
        trees.make(self.src, fault.extra)
        self.source = trees.state(self.src)

    def faulty(self, side):
        return self.fault.side in (side, "both")

    def server(self, side):
        if side == "target" and "syncfs" in self.fault.switches:
            return self.world.block
        return self.world.servers[side]

    def side(self, side, shape, base, name):
        """Makes an empty source or target of this shape; returns where it is."""
        if shape == "inside":
            top = f"{self.server(side).at if self.faulty(side) else base}/{name}"
            os.mkdir(top)
            return top
        other = self.server(side).at if self.faulty(side) else self.tmpfs(base + "/other-fs")
        top = f"{base}/{name}"
        os.mkdir(top)
        if shape == "root":
            self.bind(other, top)
        elif shape == "sub":
            os.mkdir(top + "/sub")
            self.bind(other, top + "/sub")
        elif shape == "bound":
            os.mkdir(top + "/sub")
            os.mkdir(other + "/bound")
            self.bind(other + "/bound", top + "/sub")
        else:
            for one in ("one", "two"):
                for path in (f"{top}/{one}", f"{other}/{one}"):
                    open(path, "wb").close()
                self.bind(f"{other}/{one}", f"{top}/{one}")
        return top

    def tmpfs(self, at):
        os.mkdir(at)
        mounts.mount("none", at, "tmpfs")
        self.mounts.append(at)
        return at

    def bind(self, source, at):
        mounts.bind(source, at)
        self.mounts.append(at)

    def unmount(self, count):
        while len(self.mounts) > count:
            mounts.unmount(self.mounts.pop())

    def turn(self, on):
        for side, server in (("source", self.server("source")), ("target", self.server("target"))):
            if on and self.faulty(side):
                server.turn(self.fault.switches)
            else:
                server.calm()

    def reaches(self, name):
        """Whether the fault can reach this entry of the tree."""
        shape = self.place.source if self.fault.side == "source" else self.place.target
        if shape in ("inside", "root") or self.fault.side == "both":
            return True
        if shape == "files":
            return name in ("one", "two")
        return name == "sub" or name.startswith("sub/")

    def reaches_file(self, name):
        return self.reaches(name) and trees.is_file(self.source[name])

    def folds(self):
        return "folds" in self.fault.switches

    def copy(self, command, options, way):
        """Copies to a new target; returns the Result."""
        before = len(self.mounts)
        base = tempfile.mkdtemp(prefix="to.", dir=self.base)
        dst = self.side("target", self.place.target, base, "dst")
        arguments = [word.format(s=self.src, d=dst) for word in self.place.arguments.split()]
        top = self.place.copy.format(d=dst)
        if way.over:
            trees.make_older(top, self.source)
        try:
            self.turn(True)
            status, said = run(command + options + arguments)
            then = way.then if command[0] != "cp" else None
            again = run(command + way.then + ["-v"] + arguments, output=True) if then else None
            self.turn(False)
            result = Result(status, said, trees.state(top), self.src, top, dst)
            result.again = again
        finally:
            self.turn(False)
            if self.faulty("target"):
                trees.reset(self.server("target").at)
            self.unmount(before)
            shutil.rmtree(base)
        return result

    def end(self):
        if self.faulty("source"):
            trees.reset(self.server("source").at)
        self.unmount(0)
        shutil.rmtree(self.base)
        # The kernel does not ask for such a call again.
        if errno.ENOSYS in self.fault.switches.values():
            self.world.renew()


def run(command, output=False):
    """Returns the exit status and the messages, or with output all that it said."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=ENVIRONMENT, start_new_session=True)
    try:
        said, messages = process.communicate(timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return "hangs", ""
    messages = messages.decode(errors="replace")
    return process.returncode, messages + said.decode(errors="replace") if output else messages


def named_in(said, tops):
    """The entries of which messages speak.  (cp does not always quote.)"""
    found = set()
    for quoted, bare in re.findall(r"'([^']*)'|for (/[^:']*):", said):
        path = os.path.normpath(quoted or bare)
        for top in tops:
            if path == top:
                found.add(".")
            elif path.startswith(top + "/"):
                found.add(path[len(top) + 1:])
    return found
