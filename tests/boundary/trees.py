# SPDX-License-Identifier: MIT
"""Trees for the matrix of boundaries: one of each kind of entry, and what is in a copy of them."""
import contextlib
import errno
import os
import stat

OLD = 1_500_000_000_123_456_789
LARGE = 300_000  # more than a call moves, and than one chunk of the runs here
ACL = bytes.fromhex("0200000001000600ffffffff02000400e803000004000400ffffffff"
                    "10000600ffffffff20000000ffffffff")


def contents(name, size):
    word = (name + "\n").encode()
    return (word * (size // len(word) + 1))[:size]


def put(path, size, mode=0o644, owner=0):
    with open(path, "wb") as f:
        f.write(contents(path[path.index("/src") + 4:], size))
    os.chown(path, owner, owner)
    os.chmod(path, mode)


def kinds(top):
    """One entry of each kind, with all that can be kept of it."""
    put(top + "/one", 5000, 0o640, 1000)
    if not top.endswith("/beside"):
        put(top + "/two", LARGE, 0o600, 1000)
    put(top + "/empty", 0)
    put(top + "/setid", 100, 0o4755, 1000)
    put(top + "/names", 100)
    os.link(top + "/names", top + "/other-name")
    os.symlink("one", top + "/link")
    os.lchown(top + "/link", 1000, 1000)
    os.mkfifo(top + "/fifo", 0o640)
    put(top + "/attribute", 100)
    os.setxattr(top + "/attribute", "user.colour", b"blue")
    put(top + "/list", 100)
    os.setxattr(top + "/list", "system.posix_acl_access", ACL)
    os.mkdir(top + "/deep")
    os.chown(top + "/deep", 1000, 1000)
    put(top + "/deep/x", 100)


def extra_cases(top):
    for name in ("README", "readme"):
        put(f"{top}/{name}", 3000)
    for name in ("Made", "made"):
        os.mkdir(f"{top}/{name}")
        put(f"{top}/{name}/{name}-file", 100)


def extra_long(top):
    for length in (256, 1000):
        name = f"{length}-" + "n" * (length - 4)
        try:
            put(f"{top}/{name}", 3000)
        except OSError as e:
            if e.errno == errno.ENAMETOOLONG:  # not on this file system
                return
            raise
        os.mkdir(f"{top}/d{name[1:]}")
        put(f"{top}/d{name[1:]}/x", 100)


EXTRAS = {None: lambda top: None, "cases": extra_cases, "long": extra_long}


def make(top, extra):
    """Fills a directory, in which some may be mounts already."""
    for name in ("", "/sub", "/beside"):
        os.makedirs(top + name, exist_ok=True)
        kinds(top + name)
    for name in ("", "/sub"):
        EXTRAS[extra](top + name)
    try:
        os.link(top + "/sub/names", top + "/beside/names-in-sub")
    except OSError:
        put(top + "/beside/names-in-sub", 100)  # sub is a mount
    os.link(top + "/beside/names-in-sub", top + "/beside/other-in-sub")
    for directory, directories, files in os.walk(top, topdown=False):
        for name in directories + files:
            os.utime(f"{directory}/{name}", ns=(OLD, OLD), follow_symlinks=False)
    os.utime(top, ns=(OLD, OLD))


OLDER = b"older\n"


def make_older(top, source):
    """Files for those of a tree, of which nothing may be left where they are said to be copied."""
    os.makedirs(top, exist_ok=True)
    for name, one in sorted(source.items()):
        path = f"{top}/{name}"
        if one["kind"] == stat.S_IFDIR:
            os.makedirs(path, exist_ok=True)
        elif is_file(one):
            with contextlib.suppress(OSError):  # a name that is too long, or there in another case
                with open(path, "xb" if not os.path.ismount(path) else "wb") as f:
                    f.write(OLDER)
                os.utime(path, ns=(OLD - 10**18, OLD - 10**18))


# ---- What is there ----

def attributes(path):
    try:
        return {name: os.getxattr(path, name, follow_symlinks=False)
                for name in os.listxattr(path, follow_symlinks=False)
                if name.startswith(("user.", "system.posix_acl"))}
    except OSError as e:
        if e.errno == errno.EOPNOTSUPP:
            return {}
        raise


def entry(path, st):
    kind = stat.S_IFMT(st.st_mode)
    found = {
        "kind": kind, "mode": stat.S_IMODE(st.st_mode), "owner": (st.st_uid, st.st_gid),
        "time": st.st_mtime_ns, "attributes": attributes(path), "contents": None, "links": None,
    }
    if kind == stat.S_IFREG:
        with open(path, "rb") as f:
            found["contents"] = f.read()
    elif kind == stat.S_IFLNK:
        found["contents"] = os.readlink(path)
    return found


def state(top):
    """A dictionary of all entries by their names below top, which is "."."""
    if not os.path.lexists(top):
        return {}
    found = {".": entry(top, os.lstat(top))}
    alike = {}
    todo = [top]
    while todo:
        directory = todo.pop()
        for name in sorted(os.listdir(directory)):
            path = f"{directory}/{name}"
            st = os.lstat(path)
            below = path[len(top) + 1:]
            found[below] = entry(path, st)
            if stat.S_ISDIR(st.st_mode):
                todo.append(path)
            elif st.st_nlink > 1:
                alike.setdefault((st.st_dev, st.st_ino), []).append(below)
    for names in alike.values():
        for below in names:
            found[below]["links"] = sorted(names)
    return found


def empty(top):
    """Removes all below a directory."""
    for name in os.listdir(top):
        path = f"{top}/{name}"
        if stat.S_ISDIR(os.lstat(path).st_mode):
            empty(path)
            os.rmdir(path)
        else:
            os.unlink(path)


def reset(top):
    """The root of a file system is as it was at first."""
    empty(top)
    os.chown(top, 0, 0)
    os.chmod(top, 0o755)
    for name in attributes(top):
        os.removexattr(top, name)


def is_file(entry):
    return entry["kind"] == stat.S_IFREG
