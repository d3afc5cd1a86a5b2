import ConsensusCore
import DiscreteEvents
import Exploration
import Invariants

/// What one replica of Streamlet voted for, has notarised, has final and executed.
package struct StreamletRecord: Facts {
  /// A request that took effect.
  struct Execution: Hashable, Sendable {
    let client: ClientID
    let timestamp: UInt64
    let result: Digest
    let height: UInt64
  }

  var history = StreamletHistory()
  /// The blocks on disk that were judged.
  var written = 0
  /// The final blocks by height.
  var final: [Digest] = []
  var executions: [Execution] = []
  /// The invariants that this replica broke by itself.
  package var breaches: [Breach] = []

  /// Nothing done yet.
  package init() {}

  mutating func enter(_ problem: StreamletHistory.Problem?, of replica: ReplicaID) {
    guard let problem else { return }
    breaches.append(Breach(problem.invariant, "replica \(replica) \(problem.detail)"))
  }
}

extension StreamletModel {
  /// S-2 to S-7: what one replica can break by itself.
  package func record(_ transition: Transition<Subject>, in record: inout StreamletRecord) {
    let id = transition.replica
    for block in transition.disk.notarised.dropFirst(record.written) {
      record.enter(problem(of: block), of: id)
    }
    record.written = transition.disk.notarised.count
    for observation in transition.observations { enter(observation, by: id, in: &record) }
  }

  /// S-3: whose votes are signed has cast them, and a quorum must have.
  private func problem(of block: VotedBlock) -> StreamletHistory.Problem? {
    let proposal = block.proposal.block
    let votes = block.votes.filter {
      $0.block == proposal.digest && $0.epoch == proposal.epoch && $0.isAuthentic(verifier)
    }
    return StreamletHistory.problem(
      of: ReplicaSet(votes.map(\.replica)), for: proposal.digest, among: replicas)
  }

  private func enter(
    _ observation: StreamletObservation, by id: ReplicaID, in record: inout StreamletRecord
  ) {
    switch observation {
    case .voted(let epoch, _, let proposer, let height):
      for problem in record.history.vote(in: epoch, by: proposer, above: height, configuration) {
        record.enter(problem, of: id)
      }
    case .notarised(let digest, let parent, let epoch, let height, let voters):
      record.enter(StreamletHistory.problem(of: voters, for: digest, among: replicas), of: id)
      record.history.notarise(digest, parent: parent, epoch, height: height)
    case .finalised(let digest, _, let height, _):
      for problem in record.history.finalise(digest, height: height) {
        record.enter(problem, of: id)
      }
      record.final.append(digest)
    case .executed(let client, let timestamp, let result):
      let last = record.executions.last { $0.client == client }?.timestamp ?? 0
      record.enter(
        StreamletHistory.problem(ofExecuting: client, timestamp: timestamp, after: last), of: id)
      record.executions.append(
        .init(
          client: client, timestamp: timestamp, result: result, height: record.history.final))
    case .enteredEpoch, .proposed, .asked, .restarted, .rejected: break
    }
  }

  // MARK: All replicas together

  /// S-1 and S-7: what takes several replicas to break.
  package func judge(_ records: [StreamletRecord?]) -> [Breach] {
    var breaches: [Breach] = []
    var final: [Digest] = []
    for (replica, record) in records.enumerated() {
      guard let record else { continue }
      for (place, digest) in record.final.enumerated() {
        if place == final.count { final.append(digest) }
        let problem = StreamletHistory.problem(
          ofFinal: digest, and: final[place], at: UInt64(place + 1))
        if let problem {
          breaches.append(Breach(problem.invariant, "replica \(replica) \(problem.detail)"))
        }
      }
    }
    return breaches + judgeExecutions(records)
  }

  /// S-7: all replicas that execute a request compute the same result.
  private func judgeExecutions(_ records: [StreamletRecord?]) -> [Breach] {
    guard records.contains(where: { $0?.executions.isEmpty == false }) else { return [] }
    var book = RequestBook()
    for request in requests { book.issue(request) }
    return records.compactMap { $0 }.flatMap(\.executions).flatMap { execution in
      book.execute(
        execution.client, timestamp: execution.timestamp, result: execution.result,
        at: execution.height)
    }.map { Breach(.s7, $0) }
  }

  /// The votes of a replica, how long its longest notarised chain is, and what it has final.
  package func outcome(_ record: StreamletRecord) -> String {
    "notarised h\(record.history.longest) final \(record.final.map(\.description))"
      + " executed \(record.executions.count)"
  }
}
