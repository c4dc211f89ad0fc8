# SPDX-License-Identifier: MIT
"""lease.py FILE KIND READY [keep] - holds a lease on a file until it is asked for it back.

KIND is r or w.  READY is made when the lease is held, and removed when it is given back; with
`keep` it is not.  Exit status: 77 where the file system has no leases.
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
