import ConsensusCore
import DiscreteEvents
import Notation
import Simulator

// A plan as a scenario file.
extension RunPlan {
  /// A scenario whose one run is this plan's, event for event.
  ///
  /// - Parameters:
  ///   - subject: The protocol.
  ///   - seed: The seed.
  ///   - name: The name of the scenario, in lower case without blanks.
  ///   - comment: Lines that say what it shows.
  /// - Returns: The text of the file. What the protocol has no use for is left out; where its group ignores
  ///   commands to hand the lead on, the digest is another one without them.
  /// - Precondition: Client machines bring the load.
  public func text(
    of subject: Subject, seed: UInt64, named name: String, comment: [String]
  ) -> String {
    precondition(workload == nil, "only what client machines bring can be written")
    let head: [(key: String, value: YAMLNode?)] = [
      ("name", .made(name)),
      ("measure", .made(horizonArrivals == nil ? "metrics" : "survival")),
      ("seed", .made("\(seed)")),
      ("repeat", .made("1")), ("series", .made([.made([("protocol", .made(subject.name))])])),
    ]
    let lines = comment.map { $0.isEmpty ? "#\n" : "# \($0)\n" }.joined()
    let keys = Self.keys.before + Self.keys.after
    let spec = MappingSpec("run", "What describes one run.", keys: keys)
    let body = YAMLNode.made(entries(of: subject))
      .keeping(.mapping(spec), in: DescribedRun(self, of: subject))
    return lines + YAMLText.text(of: .made(head + body.entries.map { ($0.key, $0.value) }))
  }

  /// All that runs of this plan depend on but their seed, in a line.
  ///
  /// Two plans with one description have the same runs, event for event: a key that has no effect stays,
  /// since it may still move an event.
  package func description(of subject: Subject) -> String {
    let load = workload.map { " \($0.description)" } ?? ""
    return YAMLText.flow(.made([("protocol", .made(subject.name))] + entries(of: subject))) + load
  }

  /// The keys of the run that differ from their defaults.
  private func entries(of subject: Subject) -> [(key: String, value: YAMLNode?)] {
    let keys = ScheduleKeys(
      schedule: schedule, horizonArrivals: horizonArrivals, timeLimit: timeLimit)
    let expected = expectations.filter { subject.has(invariant: $0.invariant, hasWorkload: false) }
    let promises = (isCalm ? ["calm"] : []) + (endsSettled ? ["settles"] : [])
    let entries: [(key: String, value: YAMLNode?)] = [
      ("model", model == .messages ? nil : .made(model.rawValue)),
      ("replicas", .made("\(replicas)")), ("nodes", nodeList), ("hosts", hostList),
      ("network", networkNode),
      ("cost-overrides", overrides),
      ("jitter", spread?.node ?? (jitter == .zero ? nil : jitter.node)),
      ("clients", Self.clientList.write(clients)),
      ("application", recordsHistory ? .made("history") : nil),
      ("schedule", ScheduleKeys.section.node(of: keys)),
      (
        "limits",
        eventLimit == Self.eventsAtMost ? nil : .made([("events", .made("\(eventLimit)"))])
      ),
      ("record", recording.isEmpty ? nil : .made(RunRecording.codec, recording)),
    ]
    let sections = subject.traits.sections.map { type -> (key: String, value: YAMLNode?) in
      (type.name, self[any: type].node)
    }
    return entries + sections + [
      ("faults", faults.isEmpty ? nil : Self.faultList.write(faults)),
      (
        "expect",
        expected.isEmpty
          ? nil : .made(expected.map { ($0.invariant.name, .made($0.expectation.rawValue)) })
      ),
      ("promises", promises.isEmpty ? nil : .made(promises.map { .made($0) })),
      ("probes", usesProbes ? nil : .made("false")),
    ]
  }

  private subscript(any type: any ProtocolKeys.Type) -> any ProtocolKeys {
    func keys<Keys: ProtocolKeys>(_ type: Keys.Type) -> any ProtocolKeys { self[type] }
    return keys(type)
  }

  /// The machines of the replicas, where something is said of one of them.
  private var nodeList: YAMLNode? {
    let machines = nodes.prefix(replicas).enumerated().map { index, node in
      YAMLNode.made([
        ("id", .made("\(index)")),
        ("name", node.name == "r\(index)" ? nil : .made(node.name)),
        ("service-time", node.serviceTime == .one ? nil : node.serviceTime.node),
        ("timer-scale", node.timerScale == .one ? nil : node.timerScale.node),
        ("drain", node.drains ? .made("true") : nil),
        ("group", node.group == 0 ? nil : .made(groups.names[node.group])),
      ])
    }
    return machines.contains { $0.entries.count > 1 } ? .made(machines) : nil
  }

  /// The prices of all work, against a profile in which it is free.
  private var overrides: YAMLNode? {
    let priced = Work.allCases.filter { !costs.isFree($0) }
    return priced.isEmpty ? nil : .made(priced.map { ($0.name, costs[price: $0].node) })
  }
}

extension YAMLNode {
  /// The tree without the keys that have no effect in a run: other series of a file may need them.
  fileprivate func keeping(_ kind: ValueKind, in run: DescribedRun) -> YAMLNode {
    switch (kind, content) {
    case (.mapping(let spec), .mapping(let entries)):
      let kept = entries.compactMap { entry -> Entry? in
        guard let key = spec[entry.key] else { return entry }
        let written = WrittenKey(run: run, mapping: self, value: entry.value)
        guard key.need?.holds(written) ?? true else { return nil }
        var kept = entry
        kept.value = entry.value.keeping(key.kind, in: run)
        return kept.value.entries.isEmpty && !entry.value.entries.isEmpty ? nil : kept
      }
      return YAMLNode(.mapping(kept), at: location)
    case (.list(let itemKind, _), .sequence(let items)):
      return YAMLNode(.sequence(items.map { $0.keeping(itemKind, in: run) }), at: location)
    case (.either(let kinds), _):
      return kinds.first { $0.form == form }.map { keeping($0, in: run) } ?? self
    case (.text, _), (.flag, _), (.integer, _), (.decimal, _), (.probability, _), (.rate, _),
      (.quantity, _), (.choice, _), (.list, _), (.mapping, _), (.entries, _), (.anything, _):
      return self
    }
  }
}
