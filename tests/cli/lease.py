# SPDX-License-Identifier: MIT
"""lease.py FILE KIND READY [keep] - holds a lease on a file until the kernel breaks it.

KIND is r or w.  Creates READY when it holds the lease, and removes it before it releases the lease;
with `keep` it does not release it.  Exit status: 77 if the file system has no leases.
"""
import fcntl
import os
import signal
import sys

path, kind, ready = sys.argv[1:4]
fd = os.open(path, os.O_RDWR if kind == "w" else os.O_RDONLY)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGIO])
try:
    fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK if kind == "w" else fcntl.F_RDLCK)
except OSError as error:
    print(error)
    sys.exit(77)
open(ready, "w").close()
signal.sigwait([signal.SIGIO])
if sys.argv[4:] == ["keep"]:
    os.rename(ready, ready + "-kept")
    signal.pause()
os.unlink(ready)
fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
