# verdict.py - compares results with the project's targets.  SPDX-License-Identifier: MIT
#
# A verdict is a record: target, figure, the figure it is compared with, pass or fail.
# If a row to compare with is missing, the verdict says so.
POOL_SPREAD = 1.15
ARCHIVE_TIMES = 2.5
COLD_TIMES = 2.0


def verdict(target, passed, text):
    return {"target": target, "pass": passed, "text": text}


def ms(row):
    return f"{row['median_s'] * 1000:.1f} ms"


def fastest(rows):
    peers = [row for row in rows.values() if row["peer"] and row["kind"] == "plain"]
    return min(peers, key=lambda row: row["median_s"], default=None)


def no_slower(rows, key, other, target):
    row = rows.get(key)
    if not row or not other:
        return verdict(target, None, "not measured")
    # two decimals: less than half a percent is no difference
    ratio = round(row["median_s"] / other["median_s"], 2)
    return verdict(target, ratio <= 1.0, f"{row['label']} {ms(row)}, {other['label']} {ms(other)}: "
                                         f"{ratio:.2f} of its time (at most 1.00)")


def times_as_fast(rows, key, other_key, times, target):
    row, other = rows.get(key), rows.get(other_key)
    if not row or not other:
        return verdict(target, None, "not measured")
    ratio = other["median_s"] / row["median_s"]
    return verdict(target, ratio >= times, f"{row['label']} {ms(row)}, {other['label']} "
                                           f"{ms(other)}: {ratio:.2f} times as fast "
                                           f"(at least {times:.2f})")


def level(rows, key, other_key, target):
    row, other = rows.get(key), rows.get(other_key)
    if not row or not other:
        return verdict(target, None, "not measured")
    medians = sorted((row["median_s"], other["median_s"]))
    spread = medians[1] / medians[0]
    return verdict(target, spread <= POOL_SPREAD, f"{row['label']} {ms(row)}, {other['label']} "
                                                  f"{ms(other)}: {(spread - 1) * 100:.0f} % apart "
                                                  f"(at most 15 %)")


def warm(name, rows):
    """The verdicts on one tree with everything in memory."""
    out = []
    if name in "ABCE":
        out.append(no_slower(rows, "pcopy-threads", fastest(rows),
                             "no slower than the fastest plain peer"))
    if name == "D":
        out.append(no_slower(rows, "pcopy-threads", rows.get("cp"), "no slower than cp -r"))
    if name in "ABE":
        out.append(times_as_fast(rows, "pcopy-a-threads", "cp-a", ARCHIVE_TIMES,
                                 "2.5 times as fast as cp -a"))
    out.append(level(rows, "pcopy-threads", "pcopy-processes", "threads and processes level"))
    return out


def cold(_name, rows):
    return [
        times_as_fast(rows, "pcopy-threads", "cp-a", COLD_TIMES, "cold: 2 times as fast as cp -a"),
        times_as_fast(rows, "pcopy-a-threads", "cp-a", COLD_TIMES,
                      "cold, with -a: 2 times as fast as cp -a"),
    ]


def memory(name, pools):
    out = []
    for pool, row in pools.items():
        target = f"memory, {pool}: at most 64 MiB"
        if "failed" in row:
            out.append(verdict(target, None, row["failed"]))
        else:
            out.append(verdict(target, row["within"],
                               f"tree {name}: {row['peak_bytes'] / (1 << 20):.1f} MiB"))
    return out
