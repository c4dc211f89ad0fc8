#!/usr/bin/env python3
"""digest.py DIR - the hash of `pcopy --digest`, as pcopy(1) defines it."""
import hashlib
import os
import stat
import sys

KINDS = {stat.S_IFDIR: "d", stat.S_IFREG: "f", stat.S_IFLNK: "l", stat.S_IFIFO: "p",
         stat.S_IFSOCK: "s", stat.S_IFCHR: "c", stat.S_IFBLK: "b"}
root = os.fsencode(sys.argv[1])
paths = [b"."]
for top, directories, files in os.walk(root):
    paths += [os.path.relpath(os.path.join(top, name), root) for name in directories + files]
digest = hashlib.sha256()
for path in sorted(paths, key=lambda p: [] if p == b"." else p.split(b"/")):
    full = os.path.join(root, path)
    st = os.lstat(full)
    content = "-"
    if stat.S_ISREG(st.st_mode):
        with open(full, "rb") as f:
            content = hashlib.sha256(f.read()).hexdigest()
    elif stat.S_ISLNK(st.st_mode):
        content = hashlib.sha256(os.readlink(full)).hexdigest()
    head = f"{KINDS[stat.S_IFMT(st.st_mode)]} {stat.S_IMODE(st.st_mode):04o} {content} "
    digest.update(head.encode() + path + b"\0")
print(digest.hexdigest())
