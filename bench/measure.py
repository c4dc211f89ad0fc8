# measure.py - takes samples: rounds of runs in random order.  SPDX-License-Identifier: MIT
import os
import random
import statistics
import sys
import time

import child
import tool as tools_room


class Settings:
    def __init__(self, pcopy, runs, warmup):
        self.pcopy = pcopy
        self.runs = runs
        self.warmup = warmup


def say(text):
    print(text, file=sys.stderr, flush=True)


def make_tree(name, path, scale):
    maker = os.path.join(os.path.dirname(os.path.abspath(__file__)), "make-tree")
    child.must([sys.executable, maker, name, path, f"--scale={scale:g}"])


def usable(place, tools, settings):
    """The tools that copy this tree, {key: not kept}, {label: reason} of those left out."""
    good, missing, left_out = [], {}, {}
    for tool in tools:
        if not tool.program(settings.pcopy):
            left_out[tool.label] = "not found"
            continue
        reason, missing[tool.key] = tools_room.check(tool, settings.pcopy, *place.next())
        if reason:
            left_out[tool.label] = reason
            say(f"    left out: {tool.label}: {reason}")
        else:
            good.append(tool)
    return good, missing, left_out


class Run:
    """One timed run: seconds, CPU seconds of all its processes, exit status."""

    def __init__(self, wall_s, cpu_s, status):
        self.wall_s = wall_s
        self.cpu_s = cpu_s
        self.status = status


def timed(argv):
    """Runs a command without a shell; its output goes nowhere."""
    with open(os.devnull, "wb") as nowhere:
        began = time.monotonic()
        process = child.start(argv, stdout=nowhere, stderr=nowhere)
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            child.end_group(process)
            raise
        wall_s = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(wall_s, usage.ru_utime + usage.ru_stime, process.returncode)


def shuffler(seed):
    """Gives lists in an order that is another one each time, and the same for the same seed."""
    rng = random.Random(seed)
    return lambda rows: rng.sample(rows, len(rows))


def sample(place, tools, settings):
    """{key: [Run]}, {label: reason}.  Every round has each tool once, in an order of its own, so
    that a machine that drifts favors none."""
    samples, left_out = {tool.key: [] for tool in tools}, {}
    order = shuffler(1)
    for turn in range(settings.warmup + settings.runs):
        for tool in order(tools):
            if tool.label in left_out:
                continue
            src, dst = place.next()
            run = timed(tool.command(settings.pcopy, src, dst))
            child.must(["sync", "-f", src])
            if run.status != 0:
                left_out[tool.label] = "failed in a timed run"
                samples.pop(tool.key)
            elif turn >= settings.warmup:
                samples[tool.key].append(run)
    return samples, left_out


def row(tool, runs, missing):
    times = [run.wall_s for run in runs]
    return {
        "label": tool.label, "kind": tool.kind, "peer": not tool.is_pcopy,
        "median_s": round(statistics.median(times), 6),
        "min_s": round(min(times), 6), "max_s": round(max(times), 6),
        "cpu_s": round(statistics.median([run.cpu_s for run in runs]), 6),
        "samples_s": [round(t, 6) for t in times], "not_kept": missing,
    }


def add_ratios(rows):
    plain = [r["median_s"] for r in rows.values() if r["peer"] and r["kind"] == tools_room.PLAIN]
    archive = rows.get("cp-a")
    for entry in rows.values():
        if plain:
            entry["time_to_fastest_plain_peer"] = round(entry["median_s"] / min(plain), 3)
        if archive and entry["kind"] == tools_room.ARCHIVE:
            entry["times_as_fast_as_cp_a"] = round(archive["median_s"] / entry["median_s"], 3)


def tree(name, tools, settings, place):
    """Everything about one tree: the record that goes into the results."""
    began = time.monotonic()
    good, missing, left_out = usable(place, tools, settings)
    if not good:
        return {"tools": {}, "left_out": left_out}
    samples, failed = sample(place, good, settings)
    rows = {tool.key: row(tool, samples[tool.key], missing[tool.key])
            for tool in good if tool.key in samples}
    add_ratios(rows)
    say(f"    tree {name}: {len(rows)} tools in {time.monotonic() - began:.0f} s")
    return {"tools": rows, "left_out": {**left_out, **failed}}
