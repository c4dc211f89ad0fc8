# pools.py - the pools that are available here, as options.  SPDX-License-Identifier: MIT
"""Without io_uring the pool of coroutines is left out, because it would be tested with threads."""
import os
import subprocess
import tempfile

SHAPES = {"serial": [], "threads": ["-j", "3"], "processes": ["-j", "3"], "hybrid": ["-j", "2x2"],
          "coroutines": ["-j", "2x2"]}


def has_coroutines(program):
    """Whether the program copies a file by them."""
    with tempfile.TemporaryDirectory() as scratch:
        source = os.path.join(scratch, "a")
        with open(source, "wb"):
            pass
        words = [program, "--pool=coroutines", "--no-fallback", source, source + "-copy"]
        return subprocess.run(words, stderr=subprocess.DEVNULL, check=False).returncode == 0


def readers(program):
    """Options of --verify for each reader; libarchive is looked for when the program runs."""
    with tempfile.TemporaryDirectory() as scratch:
        source = os.path.join(scratch, "a")
        with open(source, "wb"):
            pass
        words = [program, "--verify=archive", source, source + "-copy"]
        found = subprocess.run(words, stderr=subprocess.DEVNULL, check=False).returncode == 0
    return [[], [b"--verify=archive"]] if found else [[]]


def shapes(program):
    """{pool: options beside --pool}"""
    return {pool: list(options) for pool, options in SHAPES.items()
            if pool != "coroutines" or has_coroutines(program)}


def options(program):
    """The same as whole lists of options."""
    return [[f"--pool={pool}", *more] for pool, more in shapes(program).items()]
