import ConsensusCore

/// Visits every state of a model one by one, without any reduction: what ``Exploration`` is compared
/// with.
public struct PlainExploration<M: Model>: Sendable {
  private var space: LocalSpace<M>
  private let replicas: Int

  /// Prepares to explore.
  public init(_ model: M) {
    replicas = model.replicas
    space = LocalSpace(model, permutations: [Array(0..<model.replicas)])
  }

  /// Visits at most `limit` states; breaches do not stop it.
  public mutating func run(limit: Int) -> (findings: Findings, breaches: Set<Breach>) {
    var findings = Findings()
    var outcomes: Set<String> = []
    var breaches: Set<Breach> = []
    var queue = [Array(repeating: UInt32(0), count: replicas)]
    var known = Set(queue)
    var head = 0
    while head < queue.count, queue.count < limit {
      let current = queue[head]
      head += 1
      let records = current.indices.map { replica in
        space.isByzantine(replica)
          ? nil : space.records[Int(space.states[replica][Int(current[replica])].record)]
      }
      outcomes.insert(space.model.outcome(records))
      breaches.formUnion(records.flatMap { $0?.breaches ?? [] } + space.model.judge(records))
      for (replica, input) in inputs(at: current) {
        var next = current
        next[replica] = space.next(current[replica], input, of: replica)
        guard next != current else { continue }
        findings.transitions += 1
        if known.insert(next).inserted { queue.append(next) }
      }
    }
    findings.states = queue.count
    findings.classes = queue.count
    findings.covered = Double(queue.count)
    findings.isComplete = head == queue.count
    findings.outcomes = outcomes.sorted()
    return (findings, breaches)
  }

  private func inputs(at current: [UInt32]) -> [(replica: Int, input: UInt32)] {
    var result: [(replica: Int, input: UInt32)] = []
    let honest = current.indices.filter { !space.isByzantine($0) }
    let crashes = honest.reduce(0) { $0 + Int(space.states[$1][Int(current[$1])].crashes) }
    for replica in honest {
      space.forEachOwnInput(
        of: current[replica], of: replica, mayCrash: crashes < space.model.crashes
      ) { result.append((replica, $0)) }
      for sender in honest where sender != replica {
        let outbox = Int(space.states[sender][Int(current[sender])].outbox)
        for message in space.outboxes[outbox].messages[replica] {
          result.append((replica, space.code.message(message)))
        }
      }
    }
    return result
  }
}
