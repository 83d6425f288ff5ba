#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""terminal.py [ACTION...] -- CMD... - run CMD on a terminal of its own and play the person in front of it.

Actions, in order:
	size=ROWSxCOLS    the terminal's size (at any time; the foreground gets SIGWINCH)
	expect=REGEX      wait for it in the output that no earlier expect= has seen
	send=TEXT         type it; \\r, \\x03 and so on as in Python
	signal=NAME       send CMD a signal
	mode=raw|cooked   wait until the terminal is in that mode
	hangup            close the terminal
	after=SECONDS     wait

What CMD prints goes to stdout. The status is that of CMD, 128+n for a signal; 98 when CMD left the terminal in another
mode than it found, 99 when an action failed.
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

LIMIT = 60


class Terminal:
    def __init__(self, command, size):
        self.seen = b""
        self.all = b""
        self.master, self.slave = pty.openpty()
        self.resize(size)
        self.mode_before = termios.tcgetattr(self.slave)
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
            for fd in (0, 1, 2):
                os.dup2(self.slave, fd)
            os.closerange(3, 256)
            os.execvp(command[0], command)

    def resize(self, size):
        rows, cols = (int(n) for n in size.split("x"))
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def read(self, timeout):
        if self.master < 0 or not select.select([self.master], [], [], timeout)[0]:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.seen += data
        self.all += data
        return bool(data)

    def expect(self, regex):
        end = time.monotonic() + LIMIT
        while True:
            match = re.search(regex.encode(), self.seen)
            if match:
                self.seen = self.seen[match.end():]
                return
            if time.monotonic() > end:
                raise TimeoutError(f"never seen: {regex}")
            self.read(0.1)

    def wait_mode(self, mode):
        end = time.monotonic() + LIMIT
        while bool(termios.tcgetattr(self.slave)[3] & termios.ICANON) != (mode == "cooked"):
            if time.monotonic() > end:
                raise TimeoutError(f"the terminal is never {mode}")
            self.read(0.05)

    def act(self, action):
        word, _, value = action.partition("=")
        if word == "size":
            self.resize(value)
        elif word == "expect":
            self.expect(value)
        elif word == "send":
            os.write(self.master, value.encode().decode("unicode_escape").encode())
        elif word == "signal":
            os.kill(self.pid, getattr(signal, "SIG" + value))
        elif word == "mode":
            self.wait_mode(value)
        elif word == "hangup":
            os.close(self.slave)
            os.close(self.master)
            self.master = self.slave = -1
        elif word == "after":
            end = time.monotonic() + float(value)
            while time.monotonic() < end:
                self.read(0.05)
        else:
            raise ValueError(f"no such action: {action}")

    def finish(self):
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                while self.read(0.05):
                    pass
                return os.waitstatus_to_exitcode(status)
            self.read(0.05)
        os.kill(self.pid, signal.SIGKILL)
        raise TimeoutError("the command does not end")

    def restored(self):
        return self.slave < 0 or termios.tcgetattr(self.slave) == self.mode_before


def main(argv):
    split = argv.index("--")
    actions, command = argv[1:split], argv[split + 1:]
    size = "24x80"
    if actions and actions[0].startswith("size="):
        size = actions.pop(0)[5:]
    terminal = Terminal(command, size)
    status = 99
    try:
        for action in actions:
            terminal.act(action)
        status = terminal.finish()
        status = 128 - status if status < 0 else status
        if not terminal.restored():
            print("the terminal is not in the mode it was in before", file=sys.stderr)
            status = 98
    except (TimeoutError, OSError) as error:
        print(f"terminal.py: {error}", file=sys.stderr)
        try:
            os.kill(terminal.pid, signal.SIGKILL)
        except OSError:
            pass
    sys.stdout.buffer.write(terminal.all)
    return status


sys.exit(main(sys.argv))
