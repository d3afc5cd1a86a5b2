"""The cases that measure.py measures, as tables."""
import dataclasses

Matrix = list[list[float]]

# One-way delays between three regions in milliseconds.
REGIONS: Matrix = [[0, 10, 25], [10, 0, 40], [25, 40, 0]]


@dataclasses.dataclass(frozen=True)
class LoadCase:
    """A cluster under a closed loop of puts."""

    family: str
    name: str
    replicas: int
    connections: int
    # One-way delays in milliseconds of every ordered pair; the last node is the load generator.
    delays: Matrix
    # What the family varies beside replicas and connections: columns of its file.
    columns: dict[str, float | int | str]
    leader: int = 0
    # The member that the load generator puts to.
    endpoint: int = 0
    # A follower that is stopped with SIGSTOP before the load begins.
    stopped: int | None = None
    jitter_ms: float = 0
    loss: float = 0
    on_disk: bool = False

    @property
    def title(self) -> str:
        """The name that --only matches."""
        return f"{self.family}/{self.name}"


@dataclasses.dataclass(frozen=True)
class ElectionCase:
    """A cluster whose leader is stopped again and again."""

    name: str
    replicas: int
    heartbeat_ms: int
    election_ms: int
    pre_vote: bool
    # How the leader ends: KILL or STOP.
    signal: str = "KILL"
    one_way_ms: float = 0

    @property
    def title(self) -> str:
        """The name that --only matches."""
        return f"elections/{self.name}"


@dataclasses.dataclass(frozen=True)
class CutCase:
    """A cluster of three whose links are cut and healed; member 0 leads before the cut."""

    kind: str
    # Ordered pairs: what the first sends the second is discarded.
    links: tuple[tuple[int, int], ...]
    pre_vote: bool
    replicas: int = 3
    one_way_ms: float = 0
    heartbeat_ms: int = 100
    election_ms: int = 1000
    observed_s: float = 10

    @property
    def name(self) -> str:
        """The name in the table."""
        return f"{self.kind}-{'pre-vote' if self.pre_vote else 'plain'}"

    @property
    def title(self) -> str:
        """The name that --only matches."""
        return f"cuts/{self.name}"


def uniform(replicas: int, one_way_ms: float, client_ms: float = 0) -> Matrix:
    """The matrix of members at equal distances, and a client at its own distance from each."""
    nodes = range(replicas + 1)

    def delay(a: int, b: int) -> float:
        """The delay of one pair."""
        if a == b:
            return 0
        return client_ms if replicas in (a, b) else one_way_ms

    return [[delay(a, b) for b in nodes] for a in nodes]


def with_slow_member(delays: Matrix, slow: int, factor: float) -> Matrix:
    """The matrix with the links of one member longer by a factor."""
    nodes = range(len(delays))
    return [[delays[a][b] * (factor if slow in (a, b) else 1) for b in nodes] for a in nodes]


def with_client_in(regions: Matrix, region: int) -> Matrix:
    """The matrix of a member in each region, and a client in one of them."""
    return [row + [row[region]] for row in regions] + [regions[region] + [0]]


def plain(family: str, replicas: int, one_way: float, connections: int, client_ms: float,
          on_disk: bool = False) -> LoadCase:
    """A case with equal distances and the client beside the leader."""
    return LoadCase(family, f"n{replicas}-{one_way}ms-c{connections}", replicas, connections,
                    uniform(replicas, one_way, client_ms), {"one_way_ms": one_way}, on_disk=on_disk)


def latency_cases(client_ms: float) -> list[LoadCase]:
    """V1: delays dominate."""
    return [plain("latency", n, one_way, connections, client_ms)
            for n in (3, 5) for one_way in (5, 10, 25, 50) for connections in (1, 10)]


def throughput_cases(client_ms: float) -> list[LoadCase]:
    """V4: processors dominate; its calm cases with a delay are those of V1."""
    points = [(0, c) for c in (1, 10, 50, 200)] + [(d, c) for d in (5, 10, 50) for c in (50, 200)]
    return [plain("load", n, one_way, connections, client_ms)
            for n in (3, 5) for one_way, connections in points]


def region_cases() -> list[LoadCase]:
    """V2: a leader in each region, a client in each, putting to each member."""
    cases = []
    for leader in range(3):
        for client in range(3):
            for endpoint in range(3):
                name = f"leader{leader}-client{client}-via{endpoint}"
                columns = {"leader": leader, "client": client, "endpoint": endpoint}
                cases.append(LoadCase("regions", name, 3, 1, with_client_in(REGIONS, client),
                                      columns, leader=leader, endpoint=endpoint))
    return cases


def slow_cases(client_ms: float) -> list[LoadCase]:
    """V3: the last follower is ten times as far, or stopped."""
    cases = []
    for n in (3, 5):
        for one_way in (5, 25):
            for connections in (1, 10):
                near = uniform(n, one_way, client_ms)
                far = with_slow_member(near, n - 1, 10)
                name = f"n{n}-{one_way}ms-c{connections}"
                cases.append(LoadCase("slow", f"{name}-far", n, connections, far,
                                      {"one_way_ms": one_way, "follower": "far"}))
                cases.append(LoadCase("slow", f"{name}-stopped", n, connections, near,
                                      {"one_way_ms": one_way, "follower": "stopped"},
                                      stopped=n - 1))
    return cases


def stream_cases(client_ms: float) -> list[LoadCase]:
    """V8: jitter and loss below TCP, between members and to the client alike."""
    cases = []
    for jitter_ms, loss in ((2, 0), (10, 0), (0, 0.001), (0, 0.01)):
        for connections in (1, 10):
            name = f"n3-10ms-c{connections}-jitter{jitter_ms}ms-loss{loss}"
            columns = {"one_way_ms": 10, "jitter_ms": jitter_ms, "loss": loss}
            cases.append(LoadCase("streams", name, 3, connections, uniform(3, 10, client_ms),
                                  columns, jitter_ms=jitter_ms, loss=loss))
    return cases


def disk_cases(client_ms: float) -> list[LoadCase]:
    """V7: data directories on a disk."""
    return [plain("disk", 3, one_way, connections, client_ms, on_disk=True)
            for one_way in (0, 5) for connections in (1, 10, 50, 200)]


def load_cases(client_ms: float, has_disk: bool) -> list[LoadCase]:
    """All cases under load; those on a disk only where one is named."""
    cases = latency_cases(client_ms) + throughput_cases(client_ms) + region_cases()
    cases += slow_cases(client_ms) + stream_cases(client_ms)
    return cases + (disk_cases(client_ms) if has_disk else [])


def election_cases() -> list[ElectionCase]:
    """V5: time to a new leader."""
    settings = [(3, 100, 1000), (3, 50, 500), (3, 10, 100), (5, 100, 1000)]
    killed = [ElectionCase(f"n{n}-{heartbeat}-{election}ms-{'pre-vote' if pre_vote else 'plain'}",
                           n, heartbeat, election, pre_vote)
              for n, heartbeat, election in settings for pre_vote in (False, True)]
    return killed + [ElectionCase("n3-100-1000ms-stopped", 3, 100, 1000, False, signal="STOP")]


def cut_cases() -> list[CutCase]:
    """V6: seven kinds of cuts, with and without PreVote."""
    kinds = {
        "leader-alone": ((0, 1), (1, 0), (0, 2), (2, 0)),
        "follower-alone": ((2, 0), (0, 2), (2, 1), (1, 2)),
        "leader-and-follower": ((0, 2), (2, 0)),
        "leader-is-not-heard": ((0, 1), (0, 2)),
        "leader-hears-nobody": ((1, 0), (2, 0)),
        "follower-is-not-heard": ((2, 0), (2, 1)),
        "follower-hears-nobody": ((0, 2), (1, 2)),
    }
    return [CutCase(kind, links, pre_vote) for kind, links in kinds.items()
            for pre_vote in (False, True)]
