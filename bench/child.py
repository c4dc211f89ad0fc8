# child.py - child processes that never outlive this program.  SPDX-License-Identifier: MIT
#
# Each child leads a session of its own, so Ctrl-C reaches only this program,
# which then ends the child's whole process group before it unmounts anything.
import os
import shutil
import signal
import subprocess

LIMIT_S = 1800


class Failure(Exception):
    """Something the benchmark needs did not work; the text says what."""


def search_path():
    """PATH, and the places where mkfs and peers commonly are although PATH lacks them."""
    places = os.environ.get("PATH", os.defpath).split(os.pathsep)
    places += ["/usr/sbin", "/sbin", os.path.expanduser("~/.cargo/bin")]
    return os.pathsep.join(dict.fromkeys(places))


def which(program):
    return shutil.which(program, path=search_path())


def environment():
    return dict(os.environ, LC_ALL="C", PATH=search_path())


def end_group(process):
    for number, patience_s in ((signal.SIGTERM, 5), (signal.SIGKILL, 30)):
        try:
            os.killpg(process.pid, number)
            process.wait(patience_s)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass


def start(argv, **more):
    return subprocess.Popen(argv, stdin=subprocess.DEVNULL, start_new_session=True,
                            env=environment(), **more)


def run(argv, limit_s=LIMIT_S):
    """(exit status, stdout, stderr) of a command."""
    process = start(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                    errors="replace")
    try:
        out, err = process.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        end_group(process)
        return 124, "", f"still running after {limit_s} s"
    except BaseException:
        end_group(process)
        raise
    return process.returncode, out, err


def must(argv):
    """stdout of a command that has to succeed."""
    status, out, err = run(argv)
    if status != 0:
        lines = (err or out).strip().splitlines() or [f"exit status {status}"]
        raise Failure(f"{os.path.basename(argv[0])}: {lines[0]}")
    return out
