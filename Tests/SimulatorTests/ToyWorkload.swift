import ConsensusCore
import DiscreteEvents
import Simulator
import TestSupport

/// What makes a toy party act.
enum PartyTrigger: Hashable, Sendable {
  case started
  case message(UInt64)
  case alarm(UInt64)
  case accepted(UInt64)
  case declined(UInt64)
}

/// What a toy party does.
enum PartyAction: Sendable {
  case charge(milliseconds: Int64)
  case send(UInt64, to: Int, bytes: Int)
  case submit(UInt64)
  case alarm(UInt64, of: Int, after: VirtualDuration)
  case endRun
  case complain
}

/// Actions of one party, or of all, on one trigger.
struct PartyReaction: Sendable {
  var party: Int?
  var trigger: PartyTrigger
  var actions: [PartyAction]

  init(_ party: Int? = nil, on trigger: PartyTrigger, _ actions: [PartyAction]) {
    self.party = party
    self.trigger = trigger
    self.actions = actions
  }
}

/// A workload that carries out a script and keeps everything it is told.
struct ToyWorkload: Workload {
  struct Execution: Hashable, Sendable {
    var client: ClientID
    var timestamp: UInt64
    var result: Digest?
    var replica: ReplicaID
    var time: VirtualTime
  }

  let messageKinds = ["even", "odd"]
  var script: [PartyReaction]
  var jobs: [PartyJob] = []
  var submissions: [Submission] = []
  var executions: [Execution] = []
  var finished: VirtualTime?
  var violations: [Violation] = []

  init(_ script: [PartyReaction]) { self.script = script }

  mutating func issued(_ submission: Submission) { submissions.append(submission) }

  mutating func handle(_ job: PartyJob, into effects: inout PartyEffects) {
    jobs.append(job)
    let trigger = Self.trigger(job.input)
    for reaction in script where reaction.trigger == trigger {
      guard reaction.party ?? job.party.index == job.party.index else { continue }
      for action in reaction.actions { perform(action, job, &effects) }
    }
  }

  static func trigger(_ input: PartyInput) -> PartyTrigger {
    switch input {
    case .started: .started
    case .message(let message, _): .message(message.flow)
    case .alarm(let word): .alarm(word)
    case .accepted(let submission, _): .accepted(submission.ticket)
    case .declined(let submission): .declined(submission.ticket)
    }
  }

  private mutating func perform(
    _ action: PartyAction, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    switch action {
    case .charge(let milliseconds): effects.charge(nanoseconds: milliseconds * 1_000_000)
    case .send(let flow, let party, let bytes):
      effects.send(
        PartyMessage(kind: UInt8(flow % 2), flow: flow, content: 0, bytes: bytes),
        to: PartyID(party))
    case .submit(let ticket):
      effects.submit(operation: ticket * 100, bytes: 0, ticket: ticket)
    case .alarm(let word, let party, let span):
      effects.setAlarm(of: PartyID(party), after: span, word: word)
    case .endRun: effects.endRun()
    case .complain:
      violations.append(
        Violation(invariant: "E-0", replica: nil, time: job.begun, detail: "a party complains"))
    }
  }

  mutating func executed(
    client: ClientID, timestamp: UInt64, result: Digest, by replica: ReplicaID,
    at time: VirtualTime
  ) {
    executions.append(
      Execution(
        client: client, timestamp: timestamp, result: result, replica: replica, time: time))
  }

  mutating func undone(
    client: ClientID, timestamp: UInt64, by replica: ReplicaID, at time: VirtualTime
  ) {
    executions.append(
      Execution(client: client, timestamp: timestamp, result: nil, replica: replica, time: time))
  }

  mutating func finish(at time: VirtualTime) { finished = time }

  /// When, in whole milliseconds, a party's jobs on a trigger were sent, arrived and begun.
  func times(_ trigger: PartyTrigger, at party: Int) -> [[Int64]] {
    jobs.filter { $0.party.index == party && Self.trigger($0.input) == trigger }.map {
      [$0.sent, $0.arrived, $0.begun].map { $0.nanoseconds / 1_000_000 }
    }
  }
}

/// A client machine of a party.
func submitted(
  _ connections: Int = 1, quorum: Int = 1, timeout: VirtualDuration? = .seconds(10)
) -> ClientModel {
  ClientModel(
    load: .submitted(connections: connections), dispatch: .multicast, replyQuorum: quorum,
    timeout: timeout, retransmission: nil)
}

/// A run of a script by parties around scripted replicas that answer every request at once.
func parties(
  _ count: Int, replicas: Int = 1, client: ClientModel = submitted(),
  reactions: [Reaction] = [ClientTests.honest], _ script: [PartyReaction]
) -> RunConfiguration<ScriptedReplica> {
  var run = configuration(ScriptedReplica.self, replicas: replicas, reactions)
  run.clients = Array(repeating: client, count: count)
  run.nodes += (0..<count).map { _ in node() }
  run.workload = ToyWorkload(script)
  return run
}

/// Runs and answers the outcome and the workload as it is at the end.
func played<R: Forgeable>(_ configuration: RunConfiguration<R>) -> (Outcome, ToyWorkload) {
  var simulation = Simulation(configuration, probe: NoProbe<R>(), trace: NoTrace<R>())
  let outcome = simulation.run()
  return (outcome, simulation.workload as? ToyWorkload ?? ToyWorkload([]))
}
