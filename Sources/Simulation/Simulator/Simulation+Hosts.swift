import DiscreteEvents

/// Hosts whose machines share cores, as containers do: a job needs a core, and waits for one in the order in which
/// machines asked.
struct HostTable {
  private struct Host {
    var free: Int
    /// Machines that wait for a core, the first at ``head``.
    var waiting: [Int] = []
    var head = 0
  }

  private var hosts: [Host]

  /// Hosts with so many cores each.
  init(_ cores: [Int]) { hosts = cores.map { Host(free: $0) } }

  /// Lets a machine wait for a core.
  mutating func enqueue(_ node: Int, on host: Int) { hosts[host].waiting.append(node) }

  /// Gives a core to the machine that waits longest; nil if there is no core or nobody waits.
  mutating func grant(on host: Int) -> Int? {
    guard hosts[host].free > 0, hosts[host].head < hosts[host].waiting.count else { return nil }
    let node = hosts[host].waiting[hosts[host].head]
    hosts[host].head += 1
    if hosts[host].head == hosts[host].waiting.count {
      hosts[host].waiting.removeAll(keepingCapacity: true)
      hosts[host].head = 0
    }
    hosts[host].free -= 1
    return node
  }

  /// Takes a core back.
  mutating func release(on host: Int) { hosts[host].free += 1 }
}

// Machines that share cores: the way from the inbox to the processor leads over the host.
extension Simulation {
  /// Something came to the inbox of a machine of a host, which asks for a core unless it has one.
  mutating func askForCore(_ node: Int) {
    guard !nodes[node].isWakePending, !nodes[node].waitsForCore else { return }
    nodes[node].waitsForCore = true
    hosts.enqueue(node, on: nodes[node].host)
    grantCores(of: nodes[node].host)
  }

  /// The job of a machine is done, or its pause: the core goes to who waits longest.
  mutating func onCoreDone(_ node: Int) {
    let host = nodes[node].host
    if nodes[node].holdsCore {
      nodes[node].holdsCore = false
      hosts.release(on: host)
    }
    if nodes[node].inbox.count > 0 {
      askForCore(node)
    } else {
      grantCores(of: host)
    }
  }

  /// Lets machines work as long as there are cores and machines that wait.
  private mutating func grantCores(of host: Int) {
    while let node = hosts.grant(on: host) {
      nodes[node].waitsForCore = false
      let isPaused = nodes[node].busyUntil > now
      if !isPaused { work(at: node) }
      if isPaused || nodes[node].busyUntil <= now {
        hosts.release(on: host)
      } else {
        nodes[node].holdsCore = true
      }
      guard nodes[node].busyUntil > now else { continue }
      nodes[node].isWakePending = true
      schedule(
        layout.control(.wake, target: node, argument: 0), at: nodes[node].busyUntil)
    }
  }
}
