# SPDX-License-Identifier: MIT
"""The tables of the boundary matrix: places, faults, ways to copy, known failures.

A cell is a place, a fault and a pool; each is copied in several ways.  Each row of a table adds a
row or a column to the matrix.
"""
import errno
from collections import namedtuple

# ---- Places: where the faulty file system is mounted ----

# arguments: of the program, {s} is the source and {d} an existing directory; copy: where the copy
# then is.  source, target: which part of them is on another file system.  If the fault concerns this
# side, that is the faulty one, otherwise an ordinary one:
#	inside	all of it, and its parent
#	root	all of it, mounted there: its parent is on another file system
#	sub	the directory "sub", a mount
#	bound	the directory "sub", bound from a directory in the other file system
#	files	the files "one" and "two", each bound by itself
Place = namedtuple("Place", "name arguments copy source target")
PLACES = [
    Place("operand", "{s} {d}", "{d}/src", "inside", "inside"),
    Place("operand/.", "{s}/. {d}", "{d}", "inside", "inside"),
    Place("-T", "-T {s} {d}/new", "{d}/new", "inside", "inside"),
    Place("mount in target", "-T {s} {d}", "{d}", "inside", "sub"),
    Place("mount in source", "-T {s} {d}", "{d}", "sub", "inside"),
    Place("bound file", "-T {s} {d}", "{d}", "files", "files"),
    Place("bound directory", "-T {s} {d}", "{d}", "bound", "bound"),
    Place("other parent", "-T {s} {d}", "{d}", "root", "root"),
]

# ---- Rules: what is correct in a cell ----

# In each cell, each entry that is missing in the copy or differs from its source must be reported,
# with a status other than 0, and nothing else may be in the target.  In addition:
#
# status: that of cp ("cp"; 0 if pcopy kept what cp did not), or a number; in places where the fault
#	has no effect, that of cp
# tree: "cp" equal to cp's or closer to the source, "whole" equal to the source, "unlinked" the same
#	except for hard links, "go" equal to cp's, or missing if reported, "outside" equal to cp's where
#	the fault has no effect; other entries may be unreported, because the run ended
# named: entries that must be reported: "lost" those that cp reports and pcopy did not keep either,
#	"cp" all that cp reports, "files" each file that is reached, "any" any
#
# Names of a file that cannot be linked are copied (cp: an error), and what is linked by cp is
# linked by pcopy.  Attributes that the target does not take are one warning for all under -a
# (cp: nothing): docs/DECISIONS.md.
Rule = namedtuple("Rule", "status tree named says")

AS_CP = Rule("cp", "cp", "lost", "as cp")
WHOLE = Rule(0, "whole", None, "all is copied, whatever cp does")
LINKS = Rule("cp", "unlinked", "lost", "what cannot be linked is copied; cp: an error")
TOLD = Rule(1, "go", "cp", "each file is named, as by cp, and may stay or go")
FULL = Rule(1, "outside", "any", "what has room elsewhere is copied; the run may end")
FOLD = Rule(1, "cp", "lost", "of two one survives whole, the other is named")
SYNC = Rule(1, "go", "files", "each file is named, and may stay or go; cp syncs nothing")
SYNC_END = Rule(1, "cp", "any", "it is reported; cp syncs nothing")

# ---- Faults ----

# side: "source", "target" or "both"; switches: see fault.h; ways: besides those of WAYS;
# extra: what the tree has besides, see trees.py.
# turn: among how many of a kind it is which.
Fault = namedtuple("Fault", "name side switches rule ways extra turn",
                   defaults=(AS_CP, (), None, (0, 1)))


def refused(call, *names, besides=None, **more):
    """A fault for each errno with which this call may be refused.  Without --thorough a place meets
    one of them, the next place the next."""
    return [Fault(f"{call} {name}", "target", {call: getattr(errno, name), **(besides or {})},
                  turn=(i, len(names)), **more) for i, name in enumerate(names)]


OVER = ("-au over", "-ab over", "remove")

FAULTS = [
    Fault("nothing", "target", {}, ways=("verify", "again", *OVER)),
    *refused("close", "EIO", rule=TOLD, ways=("-au over",)),
    *refused("close", "ENOSPC", "EDQUOT", rule=FULL, ways=("-au over",)),
    Fault("fsync EIO", "target", {"fsync": errno.EIO}, ways=("sync files",)),
    Fault("fsyncdir EINVAL", "target", {"fsyncdir": errno.EINVAL}, ways=("sync files whole",)),
    Fault("syncfs EIO", "target", {"syncfs": errno.EIO}, ways=("sync end",)),
    Fault("no bytes", "target", {"bytes": 200000}, FULL, ("-au over",)),
    Fault("no inodes", "target", {"nodes": 8}, FULL),
    Fault("quota", "target", {"bytes": 200000, "full": errno.EDQUOT}, FULL),
    Fault("read-only", "target", {"readonly": errno.EROFS}, ways=OVER),
    Fault("write EIO", "target", {"write": errno.EIO}, TOLD, ("-au over",)),
    Fault("read EIO", "source", {"read": errno.EIO}, TOLD),
    Fault("length zero", "source", {"length": 1}, WHOLE, ("verify",)),
    Fault("length too large", "source", {"length": 2}, WHOLE, ("verify",)),
    Fault("length too small", "source", {"length": 3}, WHOLE, ("verify",)),
    *refused("xattr", "EOPNOTSUPP"),
    Fault("no attributes in source", "source", {"xattr": errno.EOPNOTSUPP}),
    *refused("setxattr", "EPERM", "ENOSPC", "EDQUOT", "EACCES", ways=("-au over",)),
    *refused("acl", "EOPNOTSUPP", "EPERM"),
    *refused("chown", "EPERM", "EINVAL", "EOPNOTSUPP", "ENOSYS", "EACCES", "EOVERFLOW",
             ways=("-au over", "remove")),
    # cp sets modes as lists
    *refused("chmod", "EPERM", "EOPNOTSUPP", "ENOSYS", besides={"acl": errno.EOPNOTSUPP},
             ways=("-au over", "remove")),
    *refused("utimens", "EPERM", "EINVAL", "EOPNOTSUPP", "ENOSYS", "EACCES"),
    Fault("folds case", "target", {"folds": 1}, FOLD, extra="cases"),
    Fault("times of 100 ns", "target", {"times": 100}, ways=("verify", "again")),
    Fault("times of 10 ms", "target", {"times": 10**7}, ways=("verify", "again")),
    Fault("times of 2 s", "target", {"times": 2 * 10**9}, ways=("verify", "again")),
    Fault("long names in source", "source", {"names": 1024}, extra="long"),
    Fault("long names", "both", {"names": 1024}, ways=("verify",), extra="long"),
    *refused("link", "EPERM", "EMLINK", "EOPNOTSUPP", rule=LINKS),
    *refused("symlink", "EPERM", "EOPNOTSUPP"),
    *refused("mknod", "EPERM"),
    *refused("mkdir", "EACCES"),
    *refused("rename", "ENOSYS", "EPERM", "EXDEV", rule=LINKS, besides={"link": errno.EPERM},
             ways=OVER),
    Fault("writes at the end only", "target", {"appends": errno.EINVAL}),
    Fault("numbers change in source", "source", {"numbers": 1}),
    Fault("numbers change", "target", {"numbers": 1}),
    Fault("as exFAT", "target", {"chown": errno.EPERM, "chmod": errno.EPERM, "link": errno.EPERM,
          "symlink": errno.EPERM, "mknod": errno.EPERM, "xattr": errno.EOPNOTSUPP,
          "times": 10**7, "folds": 1}, FOLD, extra="cases"),
]

# ---- Ways ----

# rule: instead of the fault's.  then: options of a second run, which is to do nothing.  over: the
# target has an older file for each.
Way = namedtuple("Way", "name cp pcopy rule then over always",
                 defaults=(None, None, False, False))
WAYS = [
    Way("-a", ["-a"], ["-a"], always=True),
    Way("-r", ["-r"], ["-r"], always=True),
    Way("sync files", ["-a"], ["-a", "--fsync=file"], SYNC),
    Way("sync files whole", ["-a"], ["-a", "--fsync=file"], WHOLE),
    Way("sync end", ["-a"], ["-a", "--fsync=end"], SYNC_END),
    Way("verify", ["-a"], ["-a", "--verify"]),
    Way("again", ["-a"], ["-a"], then=["-au"]),
    Way("-au over", ["-au"], ["-au"], over=True),
    Way("-ab over", ["-ab"], ["-ab"], over=True),
    Way("remove", ["-a", "--remove-destination"], ["-a", "--remove-destination"], over=True),
]

# ---- What is known to be red ----

# Cells that fail, by patterns of their fault, way, place and pool, and where this is written down.
# They are reported as TODO; one that does not fail is a failure, so that its row goes.  What fails only
# sometimes has a pattern of all that is wrong then.
Red = namedtuple("Red", "point fault way places pools what",
                 defaults=(".*", ".*", ".*", ".*", None))
KNOWN_RED = []
