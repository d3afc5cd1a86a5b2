#!/usr/bin/env python3
"""Checks the delay device and the load generator; needs root.

Usage: check.py

Exit code 1: a check failed; 69: no root, or another lab runs.
"""
import base64
import contextlib
import json
import os
import pathlib
import socket
import sys
import tempfile
import time
from collections.abc import Iterator

import lab

PORT = 7008
DATAGRAMS = 1000
SO_RCVBUFFORCE = 33


@contextlib.contextmanager
def wire(jitter_ms: float = 0, loss: float = 0, seed: int = 1) -> Iterator[lab.Wire]:
    """A device between two nodes without delay."""
    device = lab.Wire([[0, 0], [0, 0]], jitter_ms, loss, seed)
    try:
        yield device
    finally:
        device.close()


def is_cut(device: lab.Wire, a: int, b: int) -> bool:
    """Whether no datagram comes from one node to the other and back."""
    try:
        device.echo_us(a, b, count=1)
    except lab.LabError:
        return True
    return False


def received(device: lab.Wire, count: int = DATAGRAMS) -> list[int]:
    """The numbers of the datagrams that node 0 sends and node 1 receives, in their order."""
    with contextlib.ExitStack() as stack:
        sockets = []
        for node in (0, 1):
            with lab.inside(node):
                sockets.append(stack.enter_context(socket.socket(type=socket.SOCK_DGRAM)))
        sender, receiver = sockets
        receiver.bind((lab.address(1), PORT))
        # All of them wait in the receiver's buffer.
        receiver.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
        receiver.settimeout(1)
        for number in range(count):
            sender.sendto(number.to_bytes(4), (lab.address(1), PORT))
        numbers = []
        with contextlib.suppress(TimeoutError):
            while True:
                numbers.append(int.from_bytes(receiver.recv(16)))
        return numbers


def delays_add_up() -> Iterator[tuple[str, bool]]:
    """Checks of delays and cuts, on one device."""
    with wire() as device:
        device.echo_us(0, 1)
        yield "without delay an echo takes less than 2 ms", device.echo_us(0, 1) < 2000
        device.command("delay 0 1 5000")
        device.command("delay 1 0 1000")
        device.command("reset")
        yield "5 ms there and 1 ms back are 6 to 8 ms", 6000 <= device.echo_us(0, 1) <= 8000
        late = device.statistics()["late_p50_us"]
        yield "half of the packets are less than 1 ms late", 0 < late < 1000
        device.command("cut-one 0 1")
        yield "a one-way cut stops echoes", is_cut(device, 0, 1)
        yield "the device counts what it cut", device.statistics()["cut"] > 0
        device.command("heal-one 0 1")
        yield "a healed link carries again", not is_cut(device, 0, 1)
        device.command("cut 0 1")
        yield "a cut stops the other direction too", is_cut(device, 1, 0)
        device.command("heal 0 1")
        before = lab.processor_seconds(device.process.pid)
        time.sleep(1)
        used = lab.processor_seconds(device.process.pid) - before
        yield "an idle device uses less than 2 % of a processor", used < 0.02


def draws_repeat() -> Iterator[tuple[str, bool]]:
    """Checks of loss and jitter, on fresh devices."""
    found = []
    for seed in (1, 1, 2):
        with wire(loss=0.3, seed=seed) as device:
            found.append(received(device))
    share = len(found[0]) / DATAGRAMS
    yield "a loss of 0.3 leaves 63 to 77 % of the datagrams", 0.63 < share < 0.77
    yield "the same seed loses the same datagrams", found[0] == found[1]
    yield "another seed loses others", found[0] != found[2]
    with wire(jitter_ms=5) as device:
        yield "under jitter all arrive in order", received(device) == list(range(DATAGRAMS))


def puts_are_stored() -> Iterator[tuple[str, bool]]:
    """Checks of the load generator, on a cluster of one member."""
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stack.enter_context(wire())
        cluster = lab.Cluster(1, folder, [])
        stack.callback(cluster.close)
        cluster.wait_until_healthy()
        load = lab.Load(1, 0, 4, 0, 1, 1, folder / "raw", realtime=False)
        stack.callback(load.close)
        load.wait_for_window()
        result = load.result()
        found = json.loads(lab.run("ip", "netns", "exec", lab.namespace(1), "etcdctl", "-w", "json",
                                   f"--endpoints=http://{lab.address(0)}:2379", "get", "--prefix",
                                   ""))
        latencies = sorted(int(line) for line in (folder / "raw").read_text().split())
    puts = int(result["puts"])
    # A connection may have a put under way at the end of the window.
    revisions = found["header"]["revision"] - 1
    yield "every acknowledged put is a revision", 0 < puts <= revisions <= puts + 4
    key, value = (base64.b64decode(found["kvs"][0][name]) for name in ("key", "value"))
    yield "a key has 8 bytes and a value 256", (len(key), len(value)) == (8, 256)
    yield "no put failed", result["errors"] == "0"
    middle = f"{latencies[(puts + 1) // 2 - 1] / 1e6:.3f}"
    is_median = (len(latencies), middle) == (puts, result["p50_ms"])
    yield "p50 is the median of the raw latencies", is_median


def main() -> int:
    """Runs all checks."""
    if os.geteuid() != 0:
        print("check: needs root", file=sys.stderr)
        return 69
    failed = 0
    try:
        with lab.alone():
            for checks in (delays_add_up, draws_repeat, puts_are_stored):
                for sentence, holds in checks():
                    failed += not holds
                    print(f"{'ok    ' if holds else 'FAILED'} {sentence}")
    except lab.LabError as reason:
        print(f"check: {reason}", file=sys.stderr)
        return 69
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
