"""Cut links: which members acknowledge puts while links are cut, and after what outage."""
import contextlib
import pathlib
import random
import subprocess
import time
from collections.abc import Iterator

import lab
from cases import CutCase, uniform

COLUMNS = ["case", "cut", "replicas", "one_way_ms", "heartbeat_ms", "election_ms", "pre_vote",
           "kind", "observed_s", "leader_at_end", "terms"]
COLUMNS += [f"outage_ms_member{i}" for i in range(3)] + [f"serves_member{i}" for i in range(3)]
INTERVAL_MS = 20
# The probes start this long before the cut, so that they are connected.
BEFORE_S = 0.5
# A member serves at the end if it acknowledged a put so shortly before.
RECENT_MS = 1000


def _watch(client: int, member: int, seconds: float) -> subprocess.Popen:
    """Starts to put to a member, and to watch for gaps between acknowledgements."""
    return lab.start(["ip", "netns", "exec", lab.namespace(client), str(lab.PROGRAMS / "load"),
                      "--probe", "--watch", "--interval-ms", str(INTERVAL_MS),
                      "--seconds", f"{seconds:g}", f"{lab.address(member)}:2379"],
                     stdout=subprocess.PIPE, text=True)


def _gaps(watch: subprocess.Popen, seconds: float) -> tuple[float, float]:
    """The longest time without acknowledgement, and the time since the last one; in ms."""
    try:
        words = watch.communicate(timeout=seconds)[0].strip().split(",")
        return float(words[1]), float(words[2])
    except (subprocess.TimeoutExpired, IndexError):
        raise lab.LabError("a watch gave no result") from None
    finally:
        lab.stop(watch)


def _leader_at_end(cluster: lab.Cluster, before: int) -> dict[str, object]:
    """The leader that the member with the latest term knows, and how many terms later that is."""
    found = [status for i in range(len(cluster.members)) if (status := cluster.status(i))]
    if not found:
        raise lab.LabError("no member has a status")
    latest = max(found, key=lambda status: int(status["raftTerm"]))
    leader = latest.get("leader", "0")
    known = cluster.identities.index(leader) if leader in cluster.identities else ""
    return {"leader_at_end": known, "terms": int(latest["raftTerm"]) - before}


def cut_once(cluster: lab.Cluster, wire: lab.Wire, case: CutCase, draw: random.Random) -> dict:
    """Cuts, observes and heals; member 0 is the leader before."""
    cluster.move_leader(0)
    before = int(cluster.status(0)["raftTerm"])
    time.sleep((1 + draw.random()) * case.election_ms / 1000)
    seconds = BEFORE_S + case.observed_s
    watches = [_watch(case.replicas, i, seconds) for i in range(case.replicas)]
    try:
        time.sleep(BEFORE_S)
        for a, b in case.links:
            wire.command(f"cut-one {a} {b}")
        gaps = [_gaps(watch, seconds + 10) for watch in watches]
    finally:
        for watch in watches:
            lab.stop(watch)
    row = _leader_at_end(cluster, before)
    for a, b in case.links:
        wire.command(f"heal-one {a} {b}")
    cluster.wait_until_healthy(90)
    for i, (longest, last) in enumerate(gaps):
        row[f"outage_ms_member{i}"] = f"{longest:.1f}"
        row[f"serves_member{i}"] = int(last < RECENT_MS)
    return row


def measure(case: CutCase, numbers: list[int], folder: pathlib.Path,
            realtime: bool) -> Iterator[dict[str, object]]:
    """Measures the cuts with these numbers, all in one cluster."""
    fixed = {"case": case.name, "replicas": case.replicas, "one_way_ms": f"{case.one_way_ms:g}",
             "heartbeat_ms": case.heartbeat_ms, "election_ms": case.election_ms,
             "pre_vote": int(case.pre_vote), "kind": case.kind,
             "observed_s": f"{case.observed_s:g}"}
    with contextlib.ExitStack() as stack:
        wire = lab.Wire(uniform(case.replicas, case.one_way_ms), 0, 0, seed=1)
        stack.callback(wire.close)
        settings = lab.settings(case.heartbeat_ms, case.election_ms, case.pre_vote)
        cluster = lab.Cluster(case.replicas, folder, settings, realtime)
        stack.callback(cluster.close)
        cluster.wait_until_healthy()
        for number in numbers:
            draw = random.Random(f"{case.name} {number}")
            yield {**fixed, "cut": number, **cut_once(cluster, wire, case, draw)}
