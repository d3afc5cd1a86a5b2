"""Elections: the leader is killed or stopped, and the time to the next one is measured."""
import contextlib
import datetime
import json
import pathlib
import random
import re
import signal
import subprocess
import time
from collections.abc import Iterator

import lab
from cases import ElectionCase, uniform

COLUMNS = ["case", "election", "replicas", "one_way_ms", "heartbeat_ms", "election_ms", "pre_vote",
           "signal", "old_leader", "new_leader", "leader_ms", "put_ms", "candidacies", "terms"]
TERM = re.compile(r"became (pre-candidate|candidate|leader) at term (\d+)")


class Log:
    """The lines that a member has written since a moment."""

    def __init__(self, path: pathlib.Path) -> None:
        """Begins at the present end of the file."""
        self.path = path
        self.place = path.stat().st_size

    def changes(self) -> Iterator[tuple[int, str, int]]:
        """The new changes of role: time in nanoseconds since 1970, role and term."""
        with self.path.open("rb") as file:
            file.seek(self.place)
            text = file.read()
        end = text.rfind(b"\n") + 1
        self.place += end
        for line in text[:end].decode(errors="replace").splitlines():
            match = TERM.search(line)
            if match and line.startswith("{"):
                stamp = datetime.datetime.fromisoformat(json.loads(line)["ts"])
                yield round(stamp.timestamp() * 1000) * 1_000_000, match[1], int(match[2])


def _probe(client: int, survivors: list[int], seconds: float) -> subprocess.Popen:
    """Starts puts to all survivors until one is acknowledged."""
    endpoints = [f"{lab.address(i)}:2379" for i in survivors]
    return lab.start(["ip", "netns", "exec", lab.namespace(client), str(lab.PROGRAMS / "load"),
                      "--probe", "--seconds", f"{seconds:g}", *endpoints],
                     stdout=subprocess.PIPE, text=True)


def _follow(logs: dict[int, Log], since: int, limit: float) -> tuple[int, int, int, int]:
    """Waits for a new leader; returns who, when, the candidacies before it, and its term."""
    candidacies = 0
    end = time.monotonic() + limit
    while time.monotonic() < end:
        for member, log in logs.items():
            for moment, role, term in log.changes():
                # Stamps are whole milliseconds, rounded down.
                if moment + 1_000_000 <= since:
                    continue
                candidacies += role == "candidate"
                if role == "leader":
                    return member, moment, candidacies, term
        time.sleep(0.002)
    raise lab.LabError(f"no new leader within {limit:g} s")


def elect(cluster: lab.Cluster, case: ElectionCase, draw: random.Random) -> dict[str, object]:
    """Ends the leader at a random moment and measures; at the end all members are well again."""
    old = cluster.leader()
    before = int(cluster.status(old)["raftTerm"])
    survivors = [i for i in range(case.replicas) if i != old]
    logs = {i: Log(cluster.members[i].log) for i in survivors}
    # Timers forget the last disturbance, and the moment is at random between heartbeats.
    time.sleep((1 + draw.random()) * case.election_ms / 1000)
    limit = 20 + 20 * case.election_ms / 1000
    moment = time.time_ns()
    cluster.members[old].signal(getattr(signal, f"SIG{case.signal}"))
    probe = _probe(case.replicas, survivors, limit)
    try:
        new, elected, candidacies, term = _follow(logs, moment, limit)
        acknowledged = int(probe.communicate(timeout=limit)[0] or 0)
    except subprocess.TimeoutExpired:
        raise lab.LabError("no put succeeded after the election") from None
    finally:
        lab.stop(probe)
    if case.signal == "STOP":
        cluster.members[old].signal(signal.SIGCONT)
    else:
        cluster.members[old].close()
        cluster.members[old].start()
    cluster.wait_until_healthy()
    put_ms = f"{(acknowledged - moment) / 1e6:.1f}" if acknowledged else ""
    # Half a millisecond takes back the rounding of the stamps.
    return {"old_leader": old, "new_leader": new, "put_ms": put_ms, "candidacies": candidacies,
            "leader_ms": f"{(elected - moment) / 1e6 + 0.5:.1f}", "terms": term - before}


def measure(case: ElectionCase, numbers: list[int], folder: pathlib.Path,
            realtime: bool) -> Iterator[dict[str, object]]:
    """Measures the elections with these numbers, all in one cluster."""
    fixed = {"case": case.name, "replicas": case.replicas, "one_way_ms": f"{case.one_way_ms:g}",
             "heartbeat_ms": case.heartbeat_ms, "election_ms": case.election_ms,
             "pre_vote": int(case.pre_vote), "signal": case.signal}
    with contextlib.ExitStack() as stack:
        wire = lab.Wire(uniform(case.replicas, case.one_way_ms), 0, 0, seed=1)
        stack.callback(wire.close)
        settings = lab.settings(case.heartbeat_ms, case.election_ms, case.pre_vote)
        cluster = lab.Cluster(case.replicas, folder, settings, realtime)
        stack.callback(cluster.close)
        cluster.wait_until_healthy()
        for number in numbers:
            draw = random.Random(f"{case.name} {number}")
            yield {**fixed, "election": number, **elect(cluster, case, draw)}
