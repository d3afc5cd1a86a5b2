import ConsensusCore

/// Visits every state of a model one by one, without any reduction: what ``Exploration`` is compared
/// with.
package struct PlainExploration<M: Model>: Sendable {
  private var space: LocalSpace<M>
  private let replicas: Int

  /// Prepares to explore.
  package init(_ model: M) {
    replicas = model.replicas
    space = LocalSpace(model, permutations: [Array(0..<model.replicas)])
  }

  /// A state and what was sent for each replica.
  private typealias Global = [Step]

  /// Visits at most `limit` states; breaches do not stop it.
  package mutating func run(limit: Int) -> (findings: Findings, breaches: Set<Breach>) {
    var findings = Findings()
    var outcomes: Set<String> = []
    var breaches: Set<Breach> = []
    let outboxes = space.firstOutboxes
    var queue = [(0..<replicas).map { Step(state: 0, sent: outboxes[$0]) }]
    var known = Set(queue)
    var locals: Set<[UInt32]> = []
    var head = 0
    while head < queue.count, queue.count < limit {
      let current = queue[head]
      head += 1
      if locals.insert(current.map(\.state)).inserted { judge(current, &outcomes, &breaches) }
      for (replica, input) in inputs(at: current) {
        var next = current
        let step = space.next(current[replica].state, input, of: replica)
        next[replica] = Step(
          state: step.state, sent: space.union(current[replica].sent, step.sent))
        guard next != current else { continue }
        findings.transitions += 1
        if known.insert(next).inserted { queue.append(next) }
      }
    }
    findings.states = locals.count
    findings.classes = queue.count
    findings.covered = Double(queue.count)
    findings.isComplete = head == queue.count
    findings.outcomes = outcomes.sorted()
    return (findings, breaches)
  }

  private func judge(
    _ current: Global, _ outcomes: inout Set<String>, _ breaches: inout Set<Breach>
  ) {
    let records = current.indices.map { replica in
      space.isByzantine(replica)
        ? nil : space.records[Int(space.states[replica][Int(current[replica].state)].record)]
    }
    let names = records.compactMap { $0 }.map { space.model.outcome($0) }
    outcomes.insert(names.sorted().joined(separator: "; "))
    breaches.formUnion(records.flatMap { $0?.breaches ?? [] } + space.model.judge(records))
  }

  private func inputs(at current: Global) -> [(replica: Int, input: UInt32)] {
    var result: [(replica: Int, input: UInt32)] = []
    let honest = current.indices.filter { !space.isByzantine($0) }
    let crashes = honest.reduce(0) {
      $0 + Int(space.states[$1][Int(current[$1].state)].crashes)
    }
    for replica in honest {
      space.forEachOwnInput(
        of: current[replica].state, of: replica, mayCrash: crashes < space.model.crashes
      ) { result.append((replica, $0)) }
      for sender in honest where sender != replica {
        for message in space.outboxes[Int(current[sender].sent)].messages[replica] {
          result.append((replica, space.code.message(message)))
        }
      }
    }
    return result
  }
}
