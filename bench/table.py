# table.py - results as text.  SPDX-License-Identifier: MIT
#
# The same Markdown is printed and written to the results, so the columns are
# padded.
import glob
import json
import os

WORD = {True: "PASS", False: "FAIL", None: "----"}


def grid(head, lines):
    widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]

    def text(cells):
        # the first column is words, the others are figures
        padded = [cell.ljust(width) if i == 0 else cell.rjust(width)
                  for i, (cell, width) in enumerate(zip(cells, widths))]
        return "| " + " | ".join(padded) + " |"

    rule = "|" + "|".join((":" + "-" * (w + 1)) if i == 0 else ("-" * (w + 1) + ":")
                          for i, w in enumerate(widths)) + "|"
    return "\n".join([text(head), rule, *(text(line) for line in lines)])


def ms(seconds):
    return f"{seconds * 1000:.1f}"


def ratio(row, key):
    return f"{row[key]:.2f}" if key in row else ""


def speed_table(rows):
    head = ["tool", "median ms", "min", "max", "CPU ms", "time / fastest plain peer",
            "times as fast as cp -a", "not kept"]
    lines = [[f"`{row['label']}`", ms(row["median_s"]), ms(row["min_s"]), ms(row["max_s"]),
              ms(row["cpu_s"]) if "cpu_s" in row else "",
              ratio(row, "time_to_fastest_plain_peer"), ratio(row, "times_as_fast_as_cp_a"),
              ", ".join(row["not_kept"])]
             for row in rows.values()]
    return grid(head, lines)


def memory_table(pools):
    def mib(row, key):
        return f"{row[key] / (1 << 20):.1f}" if key in row else row["failed"]

    return grid(["pool", "peak MiB, reported", "PSS MiB, seen"],
                [[pool, mib(row, "peak_bytes"), mib(row, "seen_pss_bytes")]
                 for pool, row in pools.items()])


def tree_text(kind, name, record):
    parts = [f"### {kind}, tree {name}", ""]
    if "pools" in record:
        parts.append(memory_table(record["pools"]))
    elif record["tools"]:
        parts.append(speed_table(record["tools"]))
    for label, reason in record.get("left_out", {}).items():
        parts += ["", f"Left out: `{label}`: {reason}"]
    if record["verdicts"]:
        parts.append("")
    for verdict in record["verdicts"]:
        parts.append(f"- {WORD[verdict['pass']]} {verdict['target']}: {verdict['text']}")
    return "\n".join(parts) + "\n"


def machine_text(result):
    machine, versions = result["machine"], result["versions"]
    settings = result["settings"]
    return (f"{machine['cpus']} CPUs ({machine['cpu']}), {machine['memory_gib']} GiB, Linux "
            f"{machine['kernel']}, {machine['system']}; {result['description']}; "
            f"{settings['runs']} runs.\n\n"
            + "; ".join(f"{name}: {text}" for name, text in sorted(versions.items())) + "\n")


def day(directory, date):
    """The Markdown of all results of one day."""
    parts = [f"# Benchmark of {date}\n"]
    for path in sorted(glob.glob(os.path.join(directory, f"{date}-*.json"))):
        with open(path, encoding="utf-8") as file:
            result = json.load(file)
        if "trees" not in result:  # a report of pcopy itself, by bench/pools
            continue
        parts += [f"## {os.path.basename(path)[len(date) + 1:-len('.json')]}\n",
                  machine_text(result)]
        parts += [tree_text(result["kind"], name, record)
                  for name, record in sorted(result["trees"].items())]
    return "\n".join(parts)
