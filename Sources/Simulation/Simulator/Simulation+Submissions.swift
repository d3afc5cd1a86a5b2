import ConsensusCore
import DiscreteEvents

// Submissions: requests of parties, which wait for a connection and for a test that admits them.
extension Simulation {
  /// Creates the connections of a party, all of them idle.
  mutating func createConnections(_ connections: Int, of machine: Int) {
    for connection in 0..<connections {
      let client = addClient(to: machine)
      if connection == 0 { clients.machines[machine].first = client }
      clients.machines[machine].idle.append(client)
      parties.outstanding.append(nil)
    }
    clients.machines[machine].idle.reverse()
  }

  /// A party submits a request; those that wait are served first.
  mutating func submit(_ submission: PendingSubmission, by party: Int) {
    parties.waiting[party].push(submission)
    serveSubmissions(of: party)
  }

  /// Issues what waits while there are connections and a test that admits it.
  mutating func serveSubmissions(of party: Int) {
    while harness.admits(at: now), !clients.machines[party].idle.isEmpty,
      let pending = parties.waiting[party].pop(),
      let client = clients.machines[party].idle.popLast()
    {
      let submission = Submission(
        ticket: pending.ticket, operation: pending.operation, client: client,
        timestamp: clients.states[client.index].request.timestamp + 1,
        submitted: pending.submitted,
        issued: now)
      parties.outstanding[client.index] = submission
      workload?.issued(submission)
      issue(client, operation: pending.operation, bytes: pending.bytes)
    }
  }

  /// A connection of a party is free, with or without a result; its submission becomes an input.
  mutating func endSubmission(of client: ClientID, result: Digest?) {
    let party = clients.states[client.index].machine
    guard party < parties.count, let submission = parties.outstanding[client.index] else { return }
    // The connection may be in use again; what it has outstanding now is another submission.
    parties.outstanding[client.index] = nil
    clients.machines[party].idle.append(client)
    serveSubmissions(of: party)
    let word = mix(mix(0x9A47_0005, submission.ticket), result?.value ?? 1)
    if let result {
      hand(.accepted(submission, result: result), to: party, fingerprint: word)
    } else {
      hand(.declined(submission), to: party, fingerprint: word)
    }
  }
}
