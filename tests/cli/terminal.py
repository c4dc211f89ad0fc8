#!/usr/bin/env python3
"""terminal.py OUTPUT COMMAND... - runs a command on a terminal of 60 columns of its own.

Everything that it writes is copied to OUTPUT.  After the first per cent sign, "go" is written to
the FIFO that GO names, so that a copy that waits for it continues.
The exit status is the command's."""
import fcntl
import os
import pty
import struct
import sys
import termios

pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[2], sys.argv[2:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 60, 0, 0))
got, reported = b"", False
while True:
    try:
        data = os.read(terminal, 65536)
    except OSError:  # EIO: the last one closed it
        break
    if not data:
        break
    got += data
    if not reported and b"%" in got:
        with open(os.environ["GO"], "w") as fifo:
            fifo.write("go\n")
        reported = True
open(sys.argv[1], "wb").write(got)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
