#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""notify.py SOCKET STATE ERRNO - be the seccomp agent of one container.

Takes one connection, writes the process state that comes with the descriptors to the file STATE, one line with the names of
the descriptors after it, and answers every notified system call with ERRNO until the container is gone.
"""
import fcntl
import json
import os
import select
import socket
import struct
import sys

NOTIF_RECV = 0xC0502100
NOTIF_SEND = 0xC0182101


def main(path, state, errno):
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    # It has its name when somebody listens.
    server.bind(path + ".new")
    server.listen(1)
    os.rename(path + ".new", path)
    connection, _ = server.accept()
    text, fds, _, _ = socket.recv_fds(connection, 65536, 8)
    names = json.loads(text).get("fds", [])
    with open(state + ".new", "w") as out:
        print(text.decode(), file=out)
        print("descriptors", len(fds), *names, file=out)
    os.rename(state + ".new", state)
    if not fds:
        return 1
    agent = fds[names.index("seccompFd")] if "seccompFd" in names else fds[0]
    poll = select.poll()
    poll.register(agent, select.POLLIN)
    while True:
        for _, events in poll.poll():
            if events & select.POLLHUP:
                return 0
        try:
            call = bytearray(80)
            fcntl.ioctl(agent, NOTIF_RECV, call)
            (ident,) = struct.unpack_from("Q", call)
            fcntl.ioctl(agent, NOTIF_SEND, struct.pack("QqiI", ident, 0, -errno, 0))
        except FileNotFoundError:
            pass


sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
