#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""resolver.py ADDR NAME=ADDR... - a DNS server with these names and no others. Says "ready" when it listens; ends with its parent.

It knows A and AAAA.
"""
import ctypes
import ipaddress
import signal
import socket
import struct
import sys

A, AAAA = 1, 28
PR_SET_PDEATHSIG = 1


def question(packet):
    """The name that is asked for, the type, and the bytes that ask."""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode().lower())
        at += 1 + packet[at]
    (kind,) = struct.unpack_from("!H", packet, at + 1)
    return ".".join(labels), kind, packet[12:at + 5]


def answer(packet, zone):
    name, kind, asked = question(packet)
    addresses = [a for a in zone.get(name, []) if kind == (A if a.version == 4 else AAAA)]
    code = 0 if name in zone else 3
    head = packet[:2] + struct.pack("!5H", 0x8580 | code, 1, len(addresses), 0, 0)
    # 0xc00c points to the name in the question.
    return head + asked + b"".join(struct.pack("!3HIH", 0xC00C, kind, 1, 60, len(a.packed)) + a.packed for a in addresses)


def main(address, *names):
    zone = {}
    for pair in names:
        name, value = pair.split("=")
        zone.setdefault(name.lower(), []).append(ipaddress.ip_address(value))
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((address, 53))
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    print("ready", flush=True)
    while True:
        packet, client = server.recvfrom(4096)
        try:
            server.sendto(answer(packet, zone), client)
        except (IndexError, UnicodeDecodeError, struct.error):
            pass


main(*sys.argv[1:])
