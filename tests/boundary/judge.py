# SPDX-License-Identifier: MIT
"""What is wrong with a copy in a cell of the matrix: the rules of tables.py.

Data are what an entry is and holds, facets are what -a keeps besides.  "Named" is what a message
names: the entry itself, or a directory above it that is not there.
"""
import os
import re

import trees

DATA = ("kind", "contents")
FACETS = ("mode", "owner", "time", "attributes", "links")
EVERYTHING = {"entry", *DATA, *FACETS}


class Judge:
    def __init__(self, cell, way, cp, pcopy):
        self.cell = cell
        self.source = cell.source
        self.rule = way.rule or cell.fault.rule
        self.which = DATA + FACETS if way.cp[0].startswith("-a") else DATA
        self.cp = cp
        self.pcopy = pcopy
        self.wrong = []

    def judge(self):
        self.nothing_lies()
        self.all_is_kept()
        self.all_is_named()
        self.status()
        if self.pcopy.again not in (None, (0, "")):
            self.say(f"copied again: {self.pcopy.again}")
        return self.wrong

    # ---- What was lost ----

    def found(self, result, name):
        """The entry in a copy, which may fold case."""
        if name in result.state or not self.cell.folds():
            return result.state.get(name)
        if not hasattr(result, "folded"):
            result.folded = {key.lower(): entry for key, entry in result.state.items()}
        return result.folded.get(name.lower())

    def lost(self, result, name, which=None):
        """What of an entry a copy does not have."""
        entry = self.found(result, name)
        if entry is None or entry["contents"] == trees.OLDER:
            return {"entry"}
        bad = {one for one in which or self.which if entry[one] != self.source[name][one]}
        # Of a mode without its list nobody is to have more rights than the list gave him.
        if bad >= {"attributes", "mode"} and not entry["mode"] & ~self.source[name]["mode"]:
            bad.remove("mode")
        return bad

    def allowed(self, name):
        """What pcopy may lose of an entry."""
        if self.rule.tree == "outside" and self.cell.reaches(name):
            return EVERYTHING
        if self.rule.tree == "go" and name in self.pcopy.named:
            return EVERYTHING
        bad = set()
        if self.rule.tree != "whole":
            # What cp cannot link to the first name can be copied, and then meets the fault itself.
            if name in self.cp.unlinked and self.is_named(name):
                return set(FACETS)
            bad = self.lost(self.cp, name) if name not in self.cp.unlinked else set()
            if "entry" in bad or self.cell.folds() and self.is_named(name):
                bad = EVERYTHING
        if bad is EVERYTHING:
            return bad
        linked = self.links_wanted(name) <= set(self.links(self.pcopy, name))
        return bad | {"links"} if linked else bad - {"links"}

    def links(self, result, name):
        entry = self.found(result, name)
        return entry and entry["links"] or []

    def links_wanted(self, name):
        """Names in two file systems cannot be one; of those in one, as many as cp has linked."""
        names = self.source[name]["links"] or []
        if self.rule.tree == "unlinked" or not names:
            return set()
        if name not in self.cp.unlinked or self.cell.place.target not in ("sub", "bound"):
            return set(self.links(self.cp, name))
        side = name.startswith("sub/")
        return {other for other in names
                if other in self.cp.unlinked and other.startswith("sub/") == side}

    # ---- What was said ----

    def is_named(self, name):
        named = self.pcopy.named
        while name and name not in named:
            name = os.path.dirname(name)
        return bool(name) or "." in named

    def is_summed(self, lost):
        """Attributes and lists are told by one line for all entries."""
        return lost <= {"attributes"} and re.search("attributes .* more entr", self.pcopy.said)

    def say(self, text):
        self.wrong.append(text)

    def short(self, name):
        contents = self.found(self.pcopy, name)["contents"] or b""
        return f"({len(contents)} bytes: {contents[:20]!r})"

    # ---- The four questions ----

    def nothing_lies(self):
        for name in self.source:
            bad = self.lost(self.pcopy, name, DATA)
            what = "missing" if "entry" in bad else f"false {self.short(name)}"
            ended = self.rule.tree == "outside" and "entry" in bad and self.cell.reaches(name)
            if bad and not self.is_named(name) and not ended:
                self.say(f"{name}: {what}, and not named")
            elif bad and self.pcopy.status == 0:
                self.say(f"{name}: {what}, and the status is 0")
        known = {name.lower() if self.cell.folds() else name
                 for name in (*self.source, *self.cp.state)}
        for name in self.pcopy.state:
            name = name.removesuffix("~")  # a backup
            if (name.lower() if self.cell.folds() else name) not in known:
                self.say(f"{name}: left behind")

    def all_is_kept(self):
        for name in self.source:
            bad = self.lost(self.pcopy, name) - self.allowed(name)
            if bad:
                self.say(f"{name}: not kept: {' '.join(sorted(bad))}")

    def all_is_named(self):
        if self.rule.named == "lost":
            for name in sorted(self.cp.named & set(self.source)):
                bad = self.lost(self.pcopy, name) - {"links"}
                if bad and not self.is_named(name) and not self.is_summed(bad):
                    self.say(f"{name}: lost {' '.join(sorted(bad))}, and not named, but by cp")
        elif self.rule.named == "cp":
            for name in sorted(self.cp.named & set(self.source)):
                copied = name in self.cp.unlinked and not self.lost(self.pcopy, name, DATA)
                if not self.is_named(name) and not copied:
                    self.say(f"{name}: not named, but by cp")
        elif self.rule.named == "files":
            for name in filter(self.cell.reaches_file, self.source):
                if name not in self.pcopy.named:
                    self.say(f"{name}: not named")
        elif self.rule.named == "any" and self.bites() and not self.pcopy.said:
            self.say("nothing was said")

    def bites(self):
        """Whether the fault did anything in this place."""
        if self.cell.folds():
            reached = [name.lower() for name in self.source if self.cell.reaches(name)]
            return len(set(reached)) < len(reached)
        return self.cp.status != 0 or "syncs nothing" in self.rule.says

    def status(self):
        want = self.rule.status
        if want == "cp" or not self.bites():
            want = self.cp.status
        wants = {want}
        if self.rule.status == "cp" and want == 1 and not self.lost_besides():
            wants.add(0)  # better than cp
        if self.pcopy.status not in wants:
            self.say(f"status {self.pcopy.status} and not {want}")

    def lost_besides(self):
        """Whether anything was lost that is more than a warning."""
        for name in self.source:
            bad = self.lost(self.pcopy, name) - {"links", "attributes"}
            if bad and (name in self.cp.named or bad & {"entry", *DATA}):
                return True
        return False
