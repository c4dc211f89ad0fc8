# measure.py - samples, by way of hyperfine.  SPDX-License-Identifier: MIT
import json
import os
import shlex
import statistics
import sys
import tempfile
import time

import child
import tool as tools_room

WARM_PREPARE = 'rm -rf "$1" && sync -f "$2"'
COLD_PREPARE = 'rm -rf "$1" && sync && echo 3 >/proc/sys/vm/drop_caches'


class Settings:
    def __init__(self, pcopy, runs, rounds, warmup):
        self.pcopy = pcopy
        self.runs = runs
        self.rounds = min(rounds, runs)
        self.warmup = warmup

    def runs_of(self, turn):
        return self.runs // self.rounds + (turn < self.runs % self.rounds)


def say(text):
    print(text, file=sys.stderr, flush=True)


def make_tree(name, path, scale):
    maker = os.path.join(os.path.dirname(os.path.abspath(__file__)), "make-tree")
    child.must([sys.executable, maker, name, path, f"--scale={scale:g}"])


def usable(tools, settings, src, dst):
    """The tools that copy this tree, {key: not kept}, {label: reason} of those left out."""
    good, missing, left_out = [], {}, {}
    for tool in tools:
        if not tool.program(settings.pcopy):
            left_out[tool.label] = "not found"
            continue
        reason, missing[tool.key] = tools_room.check(tool, settings.pcopy, src, dst)
        if reason:
            left_out[tool.label] = reason
            say(f"    left out: {tool.label}: {reason}")
        else:
            good.append(tool)
    tools_room.remove(dst)
    return good, missing, left_out


def hyperfine(tools, settings, runs, prepare, src, dst):
    """One invocation: [(tool, seconds, exit statuses)]."""
    with tempfile.NamedTemporaryFile(suffix=".json") as export:
        argv = ["hyperfine", "-N", "-i", "--style", "none", "--warmup", str(settings.warmup),
                "--runs", str(runs), "--export-json", export.name, "--prepare",
                shlex.join(["sh", "-c", prepare, "sh", dst, os.path.dirname(dst)])]
        for tool in tools:
            argv += ["--command-name", tool.key,
                     shlex.join(tool.command(settings.pcopy, src, dst))]
        child.must(argv)
        results = json.load(export)["results"]
    return [(tool, result["times"], result["exit_codes"])
            for tool, result in zip(tools, results)]


def sample(tools, settings, prepare, src, dst):
    """{key: seconds}, {label: reason}.  hyperfine measures one command after the other,
    so a machine that drifts would favor some: several rounds, each from another start."""
    samples, left_out = {tool.key: [] for tool in tools}, {}
    for turn in range(settings.rounds):
        if not tools:
            break
        first = turn * len(tools) // settings.rounds
        order = tools[first:] + tools[:first]
        for tool, times, statuses in hyperfine(order, settings, settings.runs_of(turn),
                                               prepare, src, dst):
            samples[tool.key] += times
            if any(statuses):
                left_out[tool.label] = "failed in a timed run"
                samples.pop(tool.key)
                tools = [other for other in tools if other is not tool]
    tools_room.remove(dst)
    return samples, left_out


def row(tool, times, missing):
    return {
        "label": tool.label, "kind": tool.kind, "peer": not tool.is_pcopy,
        "median_s": round(statistics.median(times), 6),
        "min_s": round(min(times), 6), "max_s": round(max(times), 6),
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


def tree(name, tools, settings, prepare, src, dst):
    """Everything about one tree: the record that goes into the results."""
    began = time.monotonic()
    good, missing, left_out = usable(tools, settings, src, dst)
    if not good:
        return {"tools": {}, "left_out": left_out}
    samples, failed = sample(good, settings, prepare, src, dst)
    rows = {tool.key: row(tool, samples[tool.key], missing[tool.key])
            for tool in good if tool.key in samples}
    add_ratios(rows)
    say(f"    tree {name}: {len(rows)} tools in {time.monotonic() - began:.0f} s")
    return {"tools": rows, "left_out": {**left_out, **failed}}
