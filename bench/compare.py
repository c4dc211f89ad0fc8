# compare.py - pcopy's own statistics, for scripts.  SPDX-License-Identifier: MIT
import glob
import os
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)


class Statistics:
    """Built by `cc`, in a directory that lives as long."""

    def __init__(self, directory):
        self.program = os.path.join(directory, "compare")
        subprocess.run(["cc", "-O2", "-D_GNU_SOURCE", f"-I{TOP}/src", os.path.join(HERE, "compare.c"),
                        *glob.glob(os.path.join(TOP, "src", "base", "stats*.c")), "-lm",
                        "-o", self.program], check=True)

    def p(self, pairs):
        """Of each pair of samples, corrected for all of them."""
        text = "\n".join(" ".join(map(str, [len(a), len(b), *a, *b])) for a, b in pairs)
        answer = subprocess.run([self.program], input=text, text=True, check=True,
                                capture_output=True).stdout
        return [float(line) for line in answer.split()]
