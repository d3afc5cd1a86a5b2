import ConsensusCore
import DiscreteEvents
import Invariants
import Notation
import Simulator

/// What a plan asks of a protocol that the protocol does not have or tolerate.
extension Subject {
  /// Reports it.
  package func check(_ plan: RunPlan, _ reader: MappingReader) {
    if !plan.breaksBound(of: self), reader.isSound("replicas", "faults", "expect") {
      traits.checkBound(plan, reader)
    }
    traits.check(plan, reader)
    guard reader.isSound("faults") else { return }
    for fault in plan.faults {
      for kind in fault.kinds where !traits.kinds.contains(kind) {
        reader.error(
          "\(title) has no message '\(kind)'", at: "faults",
          hint: nearestName(to: kind, among: traits.kinds).map { "did you mean '\($0)'?" }
            ?? "allowed: \(traits.kinds.joined(separator: ", "))")
      }
      if fault.behaviour.subject != .everybody, fault.behaviour.subject != traits.behaviours {
        reader.error("\(title) has no behaviour '\(fault.behaviour.rawValue)'", at: "faults")
      }
      if fault.arrival == .join, plan.model == .messages {
        reader.error(
          "'arrival: join' needs 'model: slots': messages are simulated for a fixed set of machines",
          at: "faults")
      }
    }
    if plan.model == .messages, traits.comesToRest, plan.isTimeless {
      reader.error(
        "no virtual time passes: the latency is 0, work is free, and clients do not think",
        at: "network", hint: "give a latency, costs or a think-time")
    }
    if plan.model == .slots, !traits.hasSlotModel {
      reader.error("the slot model knows PBFT and sc-PBFT only, not \(title)", at: "model")
    }
  }

  /// Whether an invariant is about runs of this protocol: others cannot break it.
  package func has(invariant: InvariantID, hasWorkload: Bool) -> Bool {
    guard let subject = InvariantCatalog.description(of: invariant)?.subject else { return true }
    return subject == .records ? hasWorkload : traits.invariants.contains(subject)
  }
}

extension RunPlan {
  /// Whether something of a protocol is expected to break.
  fileprivate func breaksBound(of subject: Subject) -> Bool {
    expectations.contains {
      $0.expectation != .holds && ![.sc6, .sc7, Self.fulfilment].contains($0.invariant)
        && subject.has(invariant: $0.invariant, hasWorkload: false)
    }
  }

  /// Reports more liars than a protocol tolerates that needs n >= 3f + 1.
  ///
  /// - Parameters:
  ///   - reader: Where the plan is read.
  ///   - invariant: What the hint gives as an example of what breaks.
  package func checkQuorums(_ reader: MappingReader, breaking invariant: InvariantID) {
    if replicas < 4 {
      reader.error(
        "\(replicas) replicas tolerate no Byzantine replica: n >= 3f + 1 (Paper §IV-A)",
        at: "replicas", hint: "use at least 4, or say under 'expect' what breaks")
    }
    let count = culprits { $0.countsTowardBound }.count
    let bound = Quorum(replicas: replicas).faults
    if count > bound {
      reader.error(
        "\(count) Byzantine or forgetful replicas among \(replicas), which tolerate \(bound)",
        at: "faults", hint: "say under 'expect' what breaks, such as '{ \(invariant): may-break }'")
    }
  }

  func checkLiars(_ reader: MappingReader) {
    guard let fault = faults.first(where: { $0.behaviour.harm == .lie }) else {
      return
    }
    reader.error(
      "Raft tolerates no replica that lies, and '\(fault.behaviour.rawValue)' is a lie",
      at: "faults",
      hint: "say under 'expect' what breaks, such as '{ R-1: may-break }'")
  }

  func checkHashPower(_ reader: MappingReader) {
    let rates = self[MiningKeys.self].rates(of: replicas).map { Double($0) }
    let culprits = self.culprits { $0.behaviour.harm != .omission }
    let drawn = rates.enumerated().filter { !culprits.named.contains($0.offset) }.map(\.element)
      .sorted(by: >).prefix(culprits.drawn)
    let lying = culprits.named.map { rates[$0] }.reduce(0, +) + drawn.reduce(0, +)
    if lying > 0, lying * 2 >= rates.reduce(0, +) {
      reader.error(
        "lying miners have half of the hash power or more, which proof of work does not tolerate",
        at: "faults", hint: "say under 'expect' what breaks, such as '{ W-1: may-break }'")
    }
  }

  /// Reports clients that wait for more replies than there can be: Raft's leader alone replies.
  func checkReplies(_ reader: MappingReader) {
    guard reader.isSound("replicas", "clients") else { return }
    let quorum = Quorum(replicas: replicas)
    for client in clients {
      guard let rule = client.replyQuorum, quorum.faults > 0, rule != .fixed else { continue }
      let (name, count) =
        rule == .strong ? ("strong", 2 * quorum.faults + 1) : ("weak", quorum.oneHonest)
      return reader.error(
        "'reply-quorum: \(name)' waits for \(count) replies, and Raft's leader alone replies",
        at: "clients", hint: "write 'reply-quorum: one' or 'auto'")
    }
  }
}

extension RunPlan {
  /// Who misbehaves in some way: named replicas in ascending order, and how many are drawn besides.
  package struct Misbehaving {
    package var named: [Int]
    package var drawn: Int
    package var count: Int { named.count + drawn }
  }

  package func culprits(_ isMeant: (Fault) -> Bool) -> Misbehaving {
    var named: Set<Int> = []
    var drawn = 0
    for fault in faults where isMeant(fault) {
      switch fault.culprits {
      case .replicas(let replicas): named.formUnion(replicas.map(\.index))
      case .random(let count): drawn += count
      case .arrivals: break
      }
    }
    return Misbehaving(named: named.sorted(), drawn: drawn)
  }
}
