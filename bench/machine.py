# machine.py - describes the machine in a result.  SPDX-License-Identifier: MIT
#
# It never contains a host name, a user name or a path: results are published.
import hashlib
import os
import platform

import child

VERSIONS = {"cp": "cp", "rsync": "rsync", "tar": "tar",
            "cpz": "cpz", "xcp": "xcp", "fcp": "fcp"}


def field(path, name):
    try:
        with open(path, encoding="utf-8") as file:
            for line in file:
                key, _, value = line.partition(":")
                if key.strip() == name:
                    return value.strip()
    except OSError:
        pass
    return "unknown"


def distribution():
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "unknown")
    except OSError:
        return "unknown"


def describe():
    memory_kib = field("/proc/meminfo", "MemTotal").split()[0]
    return {
        "cpu": field("/proc/cpuinfo", "model name"),
        "cpus": len(os.sched_getaffinity(0)),
        "memory_gib": round(int(memory_kib) / (1 << 20), 1) if memory_kib.isdigit() else None,
        "kernel": platform.release(),
        "system": distribution(),
        "libc": " ".join(platform.libc_ver()),
        "arch": platform.machine(),
    }


def version(program):
    status, out, err = child.run([program, "--version"], limit_s=20)
    lines = (out or err).strip().splitlines()
    # fcp answers on stderr with status 1
    return lines[0][:80] if lines and (status == 0 or lines[0][0].isdigit()) else "unknown"


def checksum(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()[:16]


def versions(pcopy):
    found = {name: version(child.which(program)) for name, program in VERSIONS.items()
             if child.which(program)}
    if os.access(pcopy, os.X_OK):
        found["pcopy"] = version(pcopy)
        # two builds of one version are two programs
        found["pcopy_sha256"] = checksum(pcopy)
    return found
