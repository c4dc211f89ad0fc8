#!/usr/bin/env python3
"""durable.py CALLS TARGET NAME...: checks the output of strace -f -y for a copy with --fsync=file
and --atomic=always.  Each file NAME below TARGET must be created under a temporary name, synced
after its last byte was written, and then renamed; and its directory must be synced after the
rename.  Nothing may be written under a final name."""
import os
import re
import sys

WRITES = ("write", "pwrite64", "copy_file_range", "ftruncate", "ioctl")


def calls(path):
    """(number, name, line) of each call that did not fail, by the place of its start."""
    unfinished = {}
    for number, line in enumerate(open(path, errors="surrogateescape")):
        task, text = line.split(None, 1)
        if "<unfinished ...>" in text:
            unfinished[task] = (number, text.split("<unfinished")[0])
            continue
        if text.startswith("<..."):
            number, start = unfinished.pop(task)
            text = start + text.split("resumed>", 1)[1]
        match = re.match(r"(\w+)\((.*)\)\s+= (-?\d+)", text)
        if match and int(match[3]) >= 0:
            yield number, match[1], match[2]


def path_of(directory, name):
    return os.path.join(directory, name)


def main():
    log, target, names = sys.argv[1], os.path.realpath(sys.argv[2]), sys.argv[3:]
    written, synced, renamed = {}, {}, {}
    for number, call, args in calls(log):
        fds = re.findall(r"\d+<([^>]*)>", args)
        if call in WRITES:
            to = fds[1] if call == "copy_file_range" and len(fds) > 1 else fds[0] if fds else ""
            if call == "ioctl" and "FICLONE" not in args:
                continue
            written.setdefault(to, []).append(number)
        elif call in ("fsync", "fdatasync"):
            synced.setdefault(fds[0], []).append(number)
        elif call.startswith("rename"):
            old, new = re.findall(r'<([^>]*)>, "([^"]*)"', args)
            renamed[path_of(*new)] = (number, path_of(*old))
        elif call == "openat" and "O_CREAT" in args and args.find(target) >= 0:
            directory, name = re.search(r'<([^>]*)>, "([^"]*)"', args).groups()
            assert name.startswith(".pcopy-"), f"made under its final name: {args}"
    for name in names:
        final = path_of(target, name)
        assert final in renamed, f"{name} was not renamed: {renamed}"
        when, temp = renamed[final]
        last = max(written.get(temp, [-1]))
        assert final not in written, f"{name} was written to under its final name"
        assert any(last < sync < when for sync in synced.get(temp, [])), f"{name}: not synced before"
        directory = os.path.dirname(final)
        assert any(sync > when for sync in synced.get(directory, [])), f"{directory}: not synced after {name}"
    parent = os.path.dirname(target)
    assert synced.get(parent), f"{parent}: not synced"


main()
