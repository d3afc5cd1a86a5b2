import ConsensusCore
import DiscreteEvents

/// The replicas that answered a request with one result.
struct Tally {
  var result: Digest
  var voters: ReplicaSet
}

/// One client: at most one request of it is outstanding (PBFT §4.1).
struct ClientState {
  let machine: Int
  let signer: Signer
  var isWaiting = false
  var request: Request
  var issued = VirtualTime.zero
  /// When the request is declined, sent again, and when the next one is due after a think time.
  var declinesAt = VirtualTime.distantFuture
  var resendsAt = VirtualTime.distantFuture
  var thinksUntil = VirtualTime.distantFuture
  var alarm = Alarm()
  /// The index of the last request's record, or -1.
  var record: Int32 = -1
  /// The replica that the request was sent to last, when it is sent to one at a time.
  var target = 0
  /// The replica that the client turns to, when it asks one at a time: with ``ClientModel/Dispatch/one``
  /// the one with its number modulo n, until it is left for another.
  var server: Int
  /// Whether the last request came to nothing: it was declined, or abandoned when a test opened.
  var hasFailed = false
  /// Redirections followed since the last transmission that was not one.
  var redirections = 0
  var tallies: [Tally] = []

  /// The next instant at which something is due.
  var nextDue: VirtualTime { min(declinesAt, min(resendsAt, thinksUntil)) }

  /// Forgets the outstanding request.
  mutating func settle() {
    isWaiting = false
    declinesAt = .distantFuture
    resendsAt = .distantFuture
    tallies.removeAll(keepingCapacity: true)
  }

  // Rule: PBFT 4.1-2
  /// Counts the answer of a replica, in place of an earlier one, and tells how many agree.
  mutating func count(_ result: Digest, from replica: ReplicaID) -> Int {
    // Almost always there is one result, and the replica has not voted.
    if tallies.count == 1, tallies[0].result == result {
      tallies[0].voters.insert(replica)
      return tallies[0].voters.count
    }
    var votes = 0
    for index in tallies.indices {
      if tallies[index].result == result {
        tallies[index].voters.insert(replica)
        votes = tallies[index].voters.count
      } else {
        tallies[index].voters.remove(replica)
      }
    }
    guard votes == 0 else { return votes }
    tallies.removeAll { $0.voters.isEmpty }
    tallies.append(Tally(result: result, voters: ReplicaSet(CollectionOfOne(replica))))
    return 1
  }
}

/// One client machine.
struct ClientMachine {
  let model: ClientModel
  /// Equal replies that suffice now.
  var replyQuorum: Int
  /// The number of its first client.
  var first = ClientID(0)
  /// Clients of an open loop that have nothing outstanding, the last one to be used first.
  var idle: [ClientID] = []
  /// The replica that replies named as leader last.
  var leader = 0
  /// Requests that have arrived in an open loop.
  var arrivals: UInt64 = 0
  /// When the next one arrives; the largest number if none is scheduled.
  var nextArrival = VirtualTime.distantFuture
}

/// All clients of a run, by number, and the machines they belong to.
struct ClientTable {
  var machines: [ClientMachine]
  var states: [ClientState] = []

  private let replicas: Int

  init(_ models: [ClientModel], replicas: Int) {
    self.replicas = replicas
    machines = models.map { ClientMachine(model: $0, replyQuorum: $0.replyQuorum) }
  }

  /// Lets the reply quorums follow a membership of `count` replicas.
  mutating func follow(members count: Int) {
    let quorum = Quorum(replicas: max(1, count))
    for index in machines.indices {
      switch machines[index].model.quorumRule {
      case .fixed: break
      case .strong: machines[index].replyQuorum = 2 * quorum.faults + 1
      case .weak: machines[index].replyQuorum = quorum.oneHonest
      }
    }
  }

  /// The machine of a client, or nil when there is no such client.
  @inline(__always)
  func machine(of client: Int) -> Int? {
    client < states.count ? states[client].machine : nil
  }

  /// The first client of a machine.
  func firstClient(of machine: Int) -> ClientID { machines[machine].first }

  /// Adds a client to a machine; numbers are given in the order of creation.
  mutating func add(to machine: Int, keys: Seed) -> ClientID {
    let client = ClientID(states.count)
    let request = Request(
      client: client, timestamp: 0, operation: 0, operationBytes: 0, signature: .none)
    states.append(
      ClientState(
        machine: machine, signer: Signer(endpoint: Endpoint(client), keys: keys), request: request,
        server: client.index % replicas))
    return client
  }
}
