# tool.py - the copy tools, and whether a copy is correct.  SPDX-License-Identifier: MIT
import fnmatch
import os
import stat

import child

PLAIN, ARCHIVE = "plain", "archive"


class Tool:
    """One row of a table.  `argv` contains SRC and DST for the directories;
    `strict`: it promises what cp -a does, so a copy that lacks any of it is a failure."""

    def __init__(self, key, argv, kind, strict=False, label=None):
        self.key = key
        self.argv = argv
        self.kind = kind
        self.strict = strict
        self.label = label or " ".join(argv[:-2])

    @property
    def is_pcopy(self):
        return self.argv[0] == "pcopy"

    @property
    def is_plain_peer(self):
        return self.kind == PLAIN and not self.is_pcopy

    def command(self, pcopy, src, dst):
        words = {"SRC": src, "DST": dst, "pcopy": pcopy}
        if self.argv[0] == "sh":
            # the directories come as arguments, so that the script needs no quoting
            return [*self.argv, src, dst]
        return [words.get(word, word.replace("SRC", src)) for word in self.argv]

    def program(self, pcopy):
        if self.is_pcopy:
            return pcopy if os.access(pcopy, os.X_OK) else None
        return child.which(self.key.split("-")[0])


def pcopy_pool(pool):
    return Tool(f"pcopy-{pool}", ["pcopy", f"--pool={pool}", "SRC", "DST"], PLAIN)


def pcopy_archive(pool):
    return Tool(f"pcopy-a-{pool}", ["pcopy", "-a", f"--pool={pool}", "SRC", "DST"], ARCHIVE, True)


TAR = 'mkdir "$2" && tar -C "$1" -cf - . | tar -C "$2" -xf -'
RSYNC = Tool("rsync", ["rsync", "-a", "SRC/", "DST"], ARCHIVE)
CP_R = Tool("cp", ["cp", "-r", "SRC", "DST"], PLAIN)
CP_A = Tool("cp-a", ["cp", "-a", "SRC", "DST"], ARCHIVE, True)
CPZ = Tool("cpz", ["cpz", "SRC", "DST"], PLAIN)
FCP = Tool("fcp", ["fcp", "SRC", "DST"], PLAIN)

WARM = [
    *(pcopy_pool(pool) for pool in ("serial", "threads", "processes", "hybrid")),
    *(pcopy_archive(pool) for pool in ("threads", "processes")),
    CP_R, CP_A, RSYNC,
    Tool("tar", ["sh", "-c", TAR, "sh"], ARCHIVE, label="tar to tar"),
    CPZ,
    Tool("xcp", ["xcp", "-r", "SRC", "DST"], PLAIN),
    FCP,
]

# With a cold cache the disk is waited for: pcopy finds out by itself, xcp is given 16 workers.
COLD = [
    Tool("pcopy-threads", ["pcopy", "SRC", "DST"], PLAIN),
    Tool("pcopy-processes", ["pcopy", "--pool=processes", "SRC", "DST"], PLAIN),
    Tool("pcopy-a-threads", ["pcopy", "-a", "SRC", "DST"], ARCHIVE, True),
    CP_R, CP_A, CPZ,
    Tool("xcp", ["xcp", "-r", "-w", "16", "SRC", "DST"], PLAIN),
    FCP,
]


def select(tools, patterns):
    return [tool for tool in tools
            if any(fnmatch.fnmatchcase(tool.key, pattern) for pattern in patterns)]


def attributes(path):
    try:
        return {name: os.getxattr(path, name, follow_symlinks=False)
                for name in os.listxattr(path, follow_symlinks=False)
                if name.startswith("user.")}
    except OSError:
        return {}


def lost(src, dst):
    """The words for what one entry's copy did not keep."""
    was, now = os.lstat(src), os.lstat(dst)
    pairs = {
        "mode": (was.st_mode, now.st_mode),
        "owner": ((was.st_uid, was.st_gid), (now.st_uid, now.st_gid)),
        "times": (was.st_mtime_ns, now.st_mtime_ns),
        "attributes": (attributes(src), attributes(dst)),
    }
    if not stat.S_ISDIR(was.st_mode):
        pairs["hard links"] = (was.st_nlink, now.st_nlink)
    return {word for word, (a, b) in pairs.items() if a != b}


def not_kept(src, dst):
    """What the copy of a tree did not keep of cp -a's promise, as sorted words."""
    words = lost(src, dst)
    for directory, subdirectories, files in os.walk(src):
        copy = dst + directory[len(src):]
        for name in subdirectories + files:
            words |= lost(os.path.join(directory, name), os.path.join(copy, name))
    return sorted(words)


def first_line(text, names):
    lines = text.strip().splitlines() or ["no message"]
    line = lines[0]
    for path, name in names.items():
        line = line.replace(path, name)
    return line[:160]


def check(tool, pcopy, src, dst):
    """One untimed run to a target that is not there: (why the tool is left out or None, what it did
    not keep)."""
    names = {src: "SRC", dst: "DST", pcopy: "pcopy"}
    status, out, err = child.run(tool.command(pcopy, src, dst))
    if status != 0:
        return f"exit status {status}: {first_line(err or out, names)}", []
    status, out, err = child.run(["diff", "-r", "-q", "--no-dereference", src, dst])
    if status != 0:
        return f"not an equal tree: {first_line(out or err, names)}", []
    missing = not_kept(src, dst) if tool.kind == ARCHIVE else []
    if tool.strict and missing:
        return f"did not keep: {', '.join(missing)}", missing
    return None, missing
