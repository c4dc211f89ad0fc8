# memory.py - peak memory of each pool.  SPDX-License-Identifier: MIT
#
# The figure is the one that pcopy reports.  Beside it is the figure measured from
# outside: the proportional set size of all its processes, sampled every few
# milliseconds, which can miss a short peak.
import json
import os
import subprocess
import tempfile
import time

import child
import tool

LIMIT_BYTES = 64 << 20
# Eight workers each, but for the serial pool, which has none.
POOLS = {"serial": [], "threads": ["-j", "8"], "processes": ["-j", "8"], "hybrid": ["-j", "4x2"]}


def pss_bytes(pid):
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
            for line in rollup:
                if line.startswith("Pss:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return 0


def family(pid):
    """The process and its children."""
    pids = [pid]
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as children:
                pids += [int(word) for word in children.read().split()]
    except OSError:
        pass
    return pids


def watch(process):
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(pss_bytes(pid) for pid in family(process.pid)))
        time.sleep(0.005)
    return peak


def pool(pcopy, name, src, dst):
    """The record of one pool on one tree."""
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        argv = [pcopy, f"--pool={name}", *POOLS[name], f"--json={report.name}", src, dst]
        process = child.start(argv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            seen = watch(process)
            problem = process.stderr.read()
        except BaseException:
            child.end_group(process)
            raise
        if process.returncode != 0:
            names = {src: "SRC", dst: "DST", pcopy: "pcopy"}
            return {"failed": f"exit status {process.returncode}: "
                              f"{tool.first_line(problem, names)}"}
        try:
            peak = json.load(report)["peak_bytes"]
        except (ValueError, KeyError):
            return {"failed": "its JSON report has no peak_bytes"}
    return {"peak_bytes": peak, "seen_pss_bytes": seen, "within": peak <= LIMIT_BYTES}


def tree(pcopy, place):
    return {name: pool(pcopy, name, *place.next()) for name in POOLS}
