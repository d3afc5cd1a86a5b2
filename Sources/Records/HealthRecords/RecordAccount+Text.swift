import DiscreteEvents

// An account as lines of text, without loss. A line is a name and values, with a blank between them.
extension RecordAccount {
  /// The lines of the account; Documentation/Campaigns.md describes them.
  package var lines: [String] {
    let counts = [
      liveFiles, auditRecords, reports, storedBytes, attempts, leaks, unprotected, realArtefacts,
      scannedBytes, comparedRecords,
    ]
    return ["counts \(counts.map { "\($0)" }.joined(separator: " "))"]
      + messages.map { "message \($0.sent) \($0.bytes) \($0.kind)" }
      + operations.map { "operation \($0.text)" }
      + life.flatMap { ["life \($0.time.nanoseconds) \($0.party)", "event \($0.text)"] }
  }

  /// Reads what ``lines`` gives; nil where it is something else.
  package init?(lines: [String]) {
    var life: [LifeEvent] = []
    var operations: [Operation] = []
    var messages: [(kind: String, sent: Int, bytes: Int)] = []
    var counts: [Int] = []
    for line in lines {
      let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { return nil }
      let rest = parts[1]
      switch parts[0] {
      case "counts" where counts.isEmpty:
        counts = rest.split(separator: " ").compactMap { Int($0) }
      case "message":
        let values = rest.split(separator: " ", maxSplits: 2)
        guard values.count == 3, let sent = Int(values[0]), let bytes = Int(values[1]) else {
          return nil
        }
        messages.append((String(values[2]), sent, bytes))
      case "operation":
        guard let operation = Operation(text: rest) else { return nil }
        operations.append(operation)
      case "life":
        let values = rest.split(separator: " ", maxSplits: 1)
        guard values.count == 2, let time = Int64(values[0]) else { return nil }
        life.append(
          LifeEvent(time: VirtualTime(nanoseconds: time), party: String(values[1]), text: ""))
      case "event" where !life.isEmpty: life[life.count - 1].text = String(rest)
      default: return nil
      }
    }
    guard counts.count == 10 else { return nil }
    self.init(
      operations: operations, liveFiles: counts[0], auditRecords: counts[1], reports: counts[2],
      storedBytes: counts[3], messages: messages, attempts: counts[4], leaks: counts[5],
      unprotected: counts[6], realArtefacts: counts[7], scannedBytes: counts[8],
      comparedRecords: counts[9], life: life)
    // Numbers and blanks can be written in several ways, of which one was.
    guard self.lines == lines else { return nil }
  }
}

extension RecordAccount.Operation {
  /// Activity, outcome, misdeed, start and end; then each step with the parts of its time.
  fileprivate var text: String {
    let steps = steps.map { step, time in
      " \(step.name):\(time.crypto):\(time.consensus):\(time.network):\(time.queueing)"
    }
    return "\(activity?.name ?? "-") \(outcome.name) \(misdeed?.rawValue ?? "-") "
      + "\(started.nanoseconds) \(ended.nanoseconds)" + steps.joined()
  }

  fileprivate init?(text: Substring) {
    let values = text.split(separator: " ")
    guard values.count >= 5,
      let outcome = RecordOutcome.allCases.first(where: { $0.name == values[1] }),
      let started = Int64(values[3]), let ended = Int64(values[4])
    else { return nil }
    let activity = RecordActivity.allCases.first { $0.name == values[0] }
    let misdeed = Misdeed(rawValue: String(values[2]))
    guard activity != nil || values[0] == "-", misdeed != nil || values[2] == "-" else {
      return nil
    }
    var steps: [(step: RecordStep, time: TimeBreakdown)] = []
    for value in values.dropFirst(5) {
      let parts = value.split(separator: ":")
      let times = parts.dropFirst().compactMap { Int64($0) }
      guard parts.count == 5, times.count == 4,
        let step = RecordStep.allCases.first(where: { $0.name == parts[0] })
      else { return nil }
      var time = TimeBreakdown()
      (time.crypto, time.consensus) = (times[0], times[1])
      (time.network, time.queueing) = (times[2], times[3])
      steps.append((step, time))
    }
    self.init(
      activity: activity, outcome: outcome, misdeed: misdeed,
      started: VirtualTime(nanoseconds: started), ended: VirtualTime(nanoseconds: ended),
      steps: steps)
  }
}
