#!/usr/bin/env python3
"""window.py LOG OLD SOURCE TARGET: judges the states that tests/cli/watch.c recorded.

No state of an entry may give any user more access than its final state, or than the state before
the copy (OLD: "INODE MODE UID GID SIZE ACL" of each existing entry).  Users with several sets of
groups are checked by the rules of acl(5).  The entry's owner is not checked, because owners may
change the mode; but only the final owner, or the user who runs the program, may own it.  A regular
file has no set-id bits before it has its final owner and size.

A new entry must end with no more permissions than its source has."""
import os
import stat
import sys
from collections import namedtuple

State = namedtuple("State", "call mode uid gid size acl")
USER, GROUP_OBJ, GROUP, MASK = 2, 4, 8, 16
RUNNER = int(os.environ["WATCH_UID"])


def acl_of(text):
    """(tag, permissions, id) of each entry."""
    if text == "-":
        return []
    raw = bytes.fromhex(text)[4:]
    return [(int.from_bytes(raw[i:i + 2], "little"), int.from_bytes(raw[i + 2:i + 4], "little"),
             int.from_bytes(raw[i + 4:i + 8], "little")) for i in range(0, len(raw), 8)]


def allowed(state, uid, gids):
    """What somebody else than the owner may do: sets of bits, any of which may be asked for."""
    acl = state.acl or [(GROUP_OBJ, state.mode >> 3 & 7, 0)]
    mask = next((perm for tag, perm, _ in acl if tag == MASK), 7)
    for tag, perm, who in acl:
        if tag == USER and who == uid:
            return {perm & mask}
    groups = {perm & mask for tag, perm, who in acl
              if tag == GROUP_OBJ and state.gid in gids or tag == GROUP and who in gids}
    return groups or {state.mode & 7}


def show(state):
    acl = ",".join("%s%s:%d" % ({1: "u", 2: "u%d" % who, 4: "g", 8: "g%d" % who, 16: "m", 32: "o"}[tag], "", perm)
                   for tag, perm, who in state.acl)
    return "%o %d:%d %d bytes %s" % (state.mode, state.uid, state.gid, state.size, acl)


def may_more(state, others, uid, gids):
    have = set().union(*(allowed(o, uid, gids) for o in others if o.uid != uid))
    if any(o.uid == uid for o in others):
        return False
    return any(all(bits & ~h for h in have) for bits in allowed(state, uid, gids) if bits)


def people(states):
    uids = {s.uid for s in states} | {w for s in states for t, _, w in s.acl if t == USER} | {77777}
    gids = {s.gid for s in states} | {w for s in states for t, _, w in s.acl if t == GROUP} | {77777}
    return [(u, {g}) for u in uids - {0, RUNNER} for g in gids]


def judge(states, old):
    last = states[-1]
    fit = [last] + ([old] if old else [])
    for n, s in enumerate(states):
        if s.uid not in {f.uid for f in fit} | {RUNNER}:
            yield f"after {s.call} owned by somebody else: {show(s)}"
        for uid, gids in people(fit + [s]):
            if s.uid != uid and may_more(s, fit, uid, gids):
                yield (f"after {s.call} ({n}) user {uid} of group {gids} may do more than at the end: "
                       f"{show(s)}, then {show(last)}")
                break
        early = stat.S_ISREG(s.mode) and s.mode & 0o6000 and not (old and old.mode & s.mode & 0o6000)
        if early and (s.uid, s.gid, s.size) != (last.uid, last.gid, last.size):
            yield f"after {s.call} ({n}) set-id bits too early: {show(s)}, then {show(last)}"


def read(path, calls):
    states, names = {}, {}
    for line in open(path, errors="surrogateescape"):
        words = line.rstrip("\n").split(" ", 6 + calls)
        call = words.pop(0) if calls else "before"
        inode, mode, uid, gid, size, acl = words[:6]
        states.setdefault(int(inode), []).append(
            State(call, int(mode, 8), int(uid), int(gid), int(size), acl_of(acl)))
        names[int(inode)] = words[6] if calls else "?"
    return states, names


log, old, source, target = sys.argv[1:]
states, names = read(log, 1)
before = {inode: s[0] for inode, s in read(old, 0)[0].items()}
bad = checked = 0
seen = set()
for top, dirs, files in os.walk(target):
    for name in [""] + files + [d for d in dirs if os.path.islink(os.path.join(top, d))]:
        path = os.path.join(top, name) if name else top
        st = os.lstat(path)
        if st.st_ino in seen or stat.S_ISLNK(st.st_mode):
            continue
        seen.add(st.st_ino)
        if st.st_ino not in states:
            if st.st_ino not in before:
                print(f"{path}: nothing was seen of it")
                bad += 1
            continue
        was = before.get(st.st_ino)
        checked += len(states[st.st_ino])
        complaints = list(judge(states[st.st_ino], was))
        src = os.lstat(os.path.join(source, os.path.relpath(path, target)))
        last = states[st.st_ino][-1]
        if last.mode != st.st_mode:
            complaints.append(f"is {st.st_mode:o}, but the last state seen was {last}")
        inherited = 0o2000 if stat.S_ISDIR(last.mode) else 0
        if not was and not last.acl and last.mode & 0o7777 & ~src.st_mode & ~inherited:
            complaints.append(f"has {last.mode:o}, its source {src.st_mode:o}")
        for text in complaints[:1]:
            print(f"{path}: {text}")
            bad += 1
print(f"{len(seen)} entries, {checked} states")
sys.exit(1 if bad or not checked else 0)
