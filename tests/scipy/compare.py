#!/usr/bin/env python3
"""compare.py FIGURES - compares the statistics of pcopy with those of SciPy, on random samples.

Exit status 77 if SciPy (1.9 or later) is not installed; tests/unit/check_stats.c has recorded
values."""
import subprocess
import sys

try:
    import numpy as np
    from scipy import stats
except ImportError:
    print("no SciPy here")
    sys.exit(77)

random = np.random.default_rng(7)
wrong = 0


def near(what, got, want, tolerance):
    global wrong
    if abs(got - want) > tolerance:
        wrong += 1
        print(f"{what}: {got!r}, SciPy has {want!r}")


def p_of_shift(first, second, shift, exact):
    return stats.mannwhitneyu(first - shift, second, method="exact" if exact else "asymptotic").pvalue


def check(number, first, second, figures):
    median, mean, deviation, p95, outliers, low, high, u, p, shift, shift_low, shift_high = figures
    m, n = len(first), len(second)
    size = np.abs(np.concatenate([first, second])).max()
    name = f"sample {number} ({m}, {n}): "

    near(name + "median", median, np.median(first), 1e-12 * size)
    near(name + "mean", mean, np.mean(first), 1e-12 * size)
    near(name + "deviation", deviation, np.std(first, ddof=1), 1e-11 * size)
    near(name + "95th percentile", p95, np.percentile(first, 95), 1e-12 * size)
    mad = stats.median_abs_deviation(first, scale="normal")
    far = (np.abs(first - np.median(first)) > 3.5 * mad).sum() if mad > 0 else 0
    near(name + "outliers", outliers, far, 0)
    # Two bootstraps with other resamples: equal up to some per cent of the width.
    interval = stats.bootstrap((first,), np.mean, n_resamples=20000, method="BCa",
                               random_state=number).confidence_interval
    width = interval.high - interval.low
    near(name + "low end", low, interval.low, 0.08 * width + 1e-12 * size)
    near(name + "high end", high, interval.high, 0.08 * width + 1e-12 * size)

    ties = len(np.unique(np.concatenate([first, second]))) < m + n
    exact = not ties and max(m, n) <= 50
    test = stats.mannwhitneyu(first, second, method="exact" if exact else "asymptotic")
    near(name + "U", u, test.statistic, 0)
    near(name + "p", p, test.pvalue, 1e-9)
    differences = np.subtract.outer(first, second)
    near(name + "shift", shift, np.median(differences), 1e-12 * size)
    if not exact or m < 5 or n < 5:
        return
    # The interval is what the test does not reject: inside of it more than 5 %, outside not.
    step = 1e-9 * size
    for end, inward in ((shift_low, step), (shift_high, -step)):
        if p_of_shift(first, second, end + inward, True) <= 0.05:
            near(name + "shift inside the interval", 0, 1, 0)
        if p_of_shift(first, second, end - inward, True) > 0.05:
            near(name + "shift outside the interval", 1, 0, 0)


samples = []
for number in range(24):
    m, n = random.integers(12, 45, 2)
    first = random.lognormal(0, 0.2, m)
    second = random.lognormal(0.1 * (number % 3), 0.2, n)
    if number % 6 == 5:  # equal times
        first, second = first.round(1), second.round(1)
    if number % 6 == 4:  # more than are counted exactly
        first = random.lognormal(0, 0.2, 60)
    samples.append((first, second))

lines = "".join(f"{len(a)} {len(b)} {' '.join(map(repr, map(float, [*a, *b])))}\n" for a, b in samples)
answers = subprocess.run([sys.argv[1]], input=lines, capture_output=True, text=True, check=True).stdout.splitlines()
if len(answers) != len(samples):
    sys.exit("an answer is missing")
for number, ((first, second), answer) in enumerate(zip(samples, answers)):
    check(number, first, second, [float(word) for word in answer.split()])
print(f"{len(samples)} pairs of samples, {wrong} differences")
sys.exit(1 if wrong else 0)
