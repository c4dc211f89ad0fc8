# slow_rows.py - what bench/slow compares, and its small tree.  SPDX-License-Identifier: MIT
import os
import random
import sys

import child

# {name: (family, argv, argv of a width or None)}; WIDTH stands for the number.
PEERS = {
    "cpz": ("plain", ["cpz", "SRC", "DST"], ["env", "RAYON_NUM_THREADS=WIDTH", "cpz", "SRC", "DST"]),
    "xcp -r": ("plain", ["xcp", "-r", "--no-progress", "SRC", "DST"],
               ["xcp", "-r", "--no-progress", "-w", "WIDTH", "SRC", "DST"]),
    "fcp": ("plain", ["fcp", "SRC", "DST"], ["env", "RAYON_NUM_THREADS=WIDTH", "fcp", "SRC", "DST"]),
    "cp -r": ("plain", ["cp", "-r", "SRC", "DST"], None),
    "cp -a": ("-a", ["cp", "-a", "SRC", "DST"], None),
    "rsync -a": ("-a", ["rsync", "-a", "SRC/", "DST"], None),
}


class Row:
    """Rows of a family are compared with each other: copies that keep more cost more."""

    def __init__(self, name, family, words, default=False, fixed=False):
        self.name, self.family, self.words = name, family, words
        self.default, self.fixed = default, fixed
        self.is_pcopy = "--json=REPORT" in words

    def argv(self, src, dst, report):
        def word(text):
            for name, value in (("REPORT", report), ("SRC", src), ("DST", dst)):
                text = text.replace(name, value)
            return text

        return [word(text) for text in self.words]


def pcopy_rows(options, pool, family):
    begin = [options.pcopy, "-q", *options.option, f"--pool={pool}", *(["-a"] if family == "-a" else [])]
    end = ["--json=REPORT", "SRC", "DST"]
    name = "pcopy" + (" -a" if family == "-a" else "") + (f" --pool={pool}" if pool != "threads" else "")
    default = pool == "threads"
    return [Row(name, family, begin + end, default=default),
            *(Row(f"{name} -j {width}", family, [*begin, "-j", width, *end], fixed=default)
              for width in options.widths.split(",") if width)]


def in_flight(options):
    """Every pool with the same number of workers, that is of calls that can wait at once."""
    rows = []
    for width in map(int, options.widths.split(",")):
        halves = f"2x{width // 2}"
        for pool, jobs in (("threads", str(width)), ("processes", str(width)), ("hybrid", halves),
                           ("coroutines", halves), ("coroutines", f"1x{width}")):
            words = [options.pcopy, "-q", *options.option, f"--pool={pool}", "--no-fallback", "-j", jobs,
                     "--json=REPORT", "SRC", "DST"]
            rows.append(Row(f"{pool} -j {jobs}", f"{width} in flight", words, default=pool == "threads"))
    return rows


def peer_rows(options):
    rows = []
    for name, (family, words, wide) in PEERS.items():
        program = words[0]
        if not child.which(program):
            print(f"left out: {program} is not there", file=sys.stderr)
            continue
        rows.append(Row(name, family, words))
        for width in options.peer_widths.split(",") if wide else []:
            rows.append(Row(f"{name}, {width} workers", family,
                            [word.replace("WIDTH", width) for word in wide]))
    return rows


def make(options):
    rows = []
    for word in options.rows.split(","):
        if word == "pcopy":
            rows += pcopy_rows(options, "threads", "plain")
        elif word == "processes":
            rows += pcopy_rows(options, "processes", "plain")
        elif word == "archive":
            rows += pcopy_rows(options, "threads", "-a")
        elif word == "pools":
            rows += in_flight(options)
        elif word == "peers":
            rows += peer_rows(options)
        else:
            raise child.Failure(f"--rows: no {word}")
    return rows


def make_tree(path, files, per_directory, large_mib):
    rng = random.Random(1)
    for number in range(files):
        directory = os.path.join(path, str(number // per_directory % 7), str(number // per_directory))
        os.makedirs(directory, exist_ok=True)
        with open(os.path.join(directory, str(number)), "wb") as file:
            file.write(rng.randbytes(rng.randrange(20000)))
    if large_mib:
        os.makedirs(path, exist_ok=True)
        with open(os.path.join(path, "large"), "wb") as file:
            for _ in range(large_mib):
                file.write(rng.randbytes(1 << 20))
