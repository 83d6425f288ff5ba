#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""recvfd.py SOCKET REPORT [ACTION...] - be the one who listens at a --console-socket or a --pidfd-socket.

Takes one connection and everything that comes through it, and writes it to the file REPORT, a line for each thing:
	messages N, descriptors N, data TEXT, terminal RxC, pidfd PID, other FILE

Then, with a terminal, in order:
	size=ROWSxCOLS    the terminal's size
	expect=REGEX      wait for it in the output that no earlier expect= has seen
	send=TEXT         type it; \\r, \\x03 and so on as in Python
	hangup            close the terminal
With a pidfd:
	after=FILE        wait until FILE is there
	signal=NAME       send the process a signal
and until the last other end of the terminal is closed and the process has ended. What the terminal says goes to stdout.
"""
import array
import fcntl
import os
import re
import select
import signal
import socket
import struct
import sys
import termios
import time

LIMIT = 60


def listen(path):
    # By its last part, because a name of more than 107 bytes cannot be bound. It has its name when somebody listens.
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    here = os.getcwd()
    os.chdir(os.path.dirname(path) or ".")
    server.bind(".listen")
    server.listen(1)
    os.rename(".listen", os.path.basename(path))
    os.chdir(here)
    server.settimeout(LIMIT)
    connection, _ = server.accept()
    connection.settimeout(LIMIT)
    return connection


def receive(connection):
    data, fds, messages = b"", [], 0
    while True:
        text, ancillary, _, _ = connection.recvmsg(65536, 4096)
        for level, kind, content in ancillary:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                more = array.array("i")
                more.frombytes(content[:len(content) - len(content) % more.itemsize])
                fds.extend(more)
        if not text and not ancillary:
            return messages, data, fds
        data += text
        messages += 1


def pid_of(fd):
    with open(f"/proc/self/fdinfo/{fd}", encoding="ascii") as info:
        for line in info:
            if line.startswith("Pid:"):
                return int(line.split()[1])
    return None


def describe(fd):
    if os.isatty(fd):
        rows, cols, _, _ = struct.unpack("HHHH", fcntl.ioctl(fd, termios.TIOCGWINSZ, bytes(8)))
        return f"terminal {rows}x{cols}"
    pid = pid_of(fd)
    return f"pidfd {pid}" if pid is not None else "other " + os.readlink(f"/proc/self/fd/{fd}")


class Session:
    def __init__(self, fd):
        self.fd = fd
        self.is_terminal = os.isatty(fd)
        self.seen = b""

    def read(self):
        """Returns False when all is over."""
        if not select.select([self.fd], [], [], 0.1)[0]:
            return True
        if not self.is_terminal:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return False
        self.seen += data
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return bool(data)

    def expect(self, regex):
        end = time.monotonic() + LIMIT
        while not (match := re.search(regex.encode(), self.seen)):
            if time.monotonic() > end or (not self.read() and not re.search(regex.encode(), self.seen)):
                raise TimeoutError(f"never seen: {regex}")
        self.seen = self.seen[match.end():]

    @staticmethod
    def wait_for(path):
        end = time.monotonic() + LIMIT
        while not os.path.exists(path):
            if time.monotonic() > end:
                raise TimeoutError(f"never there: {path}")
            time.sleep(0.01)

    def act(self, action):
        word, _, value = action.partition("=")
        if word == "size":
            rows, cols = (int(n) for n in value.split("x"))
            fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
        elif word == "expect":
            self.expect(value)
        elif word == "send":
            os.write(self.fd, value.encode().decode("unicode_escape").encode())
        elif word == "after":
            self.wait_for(value)
        elif word == "signal":
            signal.pidfd_send_signal(self.fd, getattr(signal, "SIG" + value))
        elif word == "hangup":
            os.close(self.fd)
            self.fd = -1
        else:
            raise ValueError(f"no such action: {action}")

    def finish(self):
        while self.fd >= 0 and self.read():
            pass


def main(path, report, *actions):
    messages, data, fds = receive(listen(path))
    with open(report + ".new", "w", encoding="utf-8") as out:
        print("messages", messages, file=out)
        print("descriptors", len(fds), file=out)
        print("data", data.decode(errors="replace"), file=out)
        for fd in fds:
            print(describe(fd), file=out)
    os.rename(report + ".new", report)
    if not fds:
        return 1
    session = Session(fds[0])
    for action in actions:
        session.act(action)
    session.finish()
    return 0


try:
    sys.exit(main(*sys.argv[1:]))
except (TimeoutError, OSError) as error:
    print(f"recvfd.py: {error}", file=sys.stderr)
    sys.exit(1)
