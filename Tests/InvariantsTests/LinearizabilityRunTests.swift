import ConsensusCore
import DiscreteEvents
import PBFT
import Raft
import SCPBFT
import Simulator
import TestSupport
import Testing

@testable import Invariants

/// A history of a ``HistoryApplication`` that was executed one request after the other, seen by
/// clients whose requests overlap at random.
struct OverlappingHistory {
  var operations: [HistoryOperation<HistoryObject>] = []
  var object: HistoryObject

  /// `pending` is the share of requests that are not answered, of which half take effect; `spread`
  /// how far invocation and response are from the effect, in requests.
  init(requests: Int, parts: Int, pending: Double, spread: UInt64, seed: UInt64) {
    object = HistoryObject(parts: parts)
    var application = HistoryApplication(parts: parts)
    var draw = Seed(seed).draw(.sampling, 7)
    let signer = Signer(endpoint: Endpoint(ClientID(0)), keys: Seed(1))
    for index in 0..<requests {
      let request = Request(
        client: ClientID(index % 7), timestamp: UInt64(index + 1), operation: draw.next(),
        operationBytes: 0, signedBy: signer)
      let isPending = draw.chance(pending)
      let takesEffect = !isPending || draw.chance(0.5)
      // Distinct positions: effects are 4 apart, the last two bits tell what it is.
      let scale = 4 * requests
      let effect = index * scale
      let invoked = effect - Int(draw.below(spread * UInt64(scale)) + 1) * 4 + index * 4 + 1
      let returned = effect + Int(draw.below(spread * UInt64(scale)) + 1) * 4 + index * 4 + 2
      let unique = (invoked * 8 * requests + index, returned * 8 * requests + index)
      guard takesEffect else {
        operations.append(HistoryOperation(pending: request, invoked: unique.0))
        continue
      }
      let execution = application.execute(request, at: SequenceNumber(UInt64(index + 1)))
      operations.append(
        isPending
          ? HistoryOperation(pending: request, invoked: unique.0)
          : HistoryOperation(
            input: request, output: execution.result, invoked: unique.0, returned: unique.1))
    }
  }

  func verdict(_ maximumSteps: Int = 1 << 19) -> LinearizabilityVerdict {
    Linearizability.check(operations, of: object, maximumSteps: maximumSteps)
  }
}

@Suite("Histories of results")
struct ResultHistoryTests {
  @Test(
    "What was executed in some order is accepted, and refused with one answer altered",
    arguments: [1, 3], [0, 0.2])
  func property(parts: Int, pending: Double) throws {
    for seed in 0..<30 as Range<UInt64> {
      var history = OverlappingHistory(
        requests: 60, parts: parts, pending: pending, spread: 4, seed: seed)
      #expect(history.verdict() == .linearizable, "seed \(seed)")
      let answered = history.operations.indices.filter { history.operations[$0].output != nil }
      let victim = answered[Int(seed) % answered.count]
      let result = try #require(history.operations[victim].output)
      history.operations[victim].output = Digest(result.value ^ 1 << (seed % 64))
      guard case .violated = history.verdict() else {
        Issue.record("seed \(seed): \(history.verdict())")
        continue
      }
    }
  }

  @Test("Two answers that are exchanged are refused, although both were given")
  func exchange() {
    var history = OverlappingHistory(requests: 30, parts: 1, pending: 0, spread: 3, seed: 5)
    let first = history.operations[10].output
    history.operations[10].output = history.operations[11].output
    history.operations[11].output = first
    guard case .violated = history.verdict() else { return #expect(Bool(false)) }
  }

  @Test("An answer that comes before what it tells of was asked is refused")
  func future() {
    var history = OverlappingHistory(requests: 30, parts: 1, pending: 0, spread: 1, seed: 5)
    // The first request is asked after the last was answered, whose answer counts it.
    let last = history.operations.compactMap(\.returned).max() ?? 0
    history.operations[0].invoked = last + 1
    history.operations[0].returned = last + 2
    guard case .violated = history.verdict() else { return #expect(Bool(false)) }
  }

  @Test("Ten thousand requests, a few at a time, take few steps")
  func length() {
    let history = OverlappingHistory(
      requests: 10_000, parts: 1, pending: 0.01, spread: 3, seed: 1)
    #expect(history.verdict(50_000) == .linearizable)
  }

  @Test("Requests beyond the capacity make the verdict unknown")
  func capacity() {
    var history = ClientHistory(HistoryApplication(parts: 1))
    let signer = Signer(endpoint: Endpoint(ClientID(0)), keys: Seed(1))
    for index in 0...ClientHistory.capacity {
      let request = Request(
        client: ClientID(index % 3), timestamp: UInt64(index + 1), operation: 1, operationBytes: 0,
        signedBy: signer)
      history.issue(request)
      history.accept(request, result: Digest(0))
    }
    #expect(history.verdict() == .unknown(steps: 0))
  }
}

@Suite("Runs are checked for linearizability")
struct LinearizabilityRunTests {
  @Test("PBFT", arguments: Disturbance.allCases, [1, 3])
  func classic(disturbance: Disturbance, parts: Int) {
    var parameters: PBFTConfiguration<RoundRobin> = pbft(4, RoundRobin.Options())
    parameters.application = HistoryApplication(parts: parts)
    var run = run(
      ClassicPBFT.self, replicas: 4, seed: 3, parameters, quorum: 2, dispatch: .multicast)
    // Requests that are given up may take effect anywhere later; with many of them at a time, as in
    // seconds of partitions, the search for their order is beyond its bound.
    run.clients[0].timeout = ms(1500)
    disturbance.apply(to: &run, faults: 1)
    let result = execute(run, ClassicPBFTInvariants(parameters, assumptions: .none(replyQuorum: 2)))
    #expect(result.probe.violations.isEmpty, "\(result.probe.violations.prefix(2))")
    #expect(result.probe.linearizability == .linearizable)
    #expect(result.outcome.requests.count { $0.ending == .accepted } > 20)
  }

  @Test("sc-PBFT", arguments: Disturbance.allCases)
  func checked(disturbance: Disturbance) {
    var parameters: PBFTConfiguration<StateSheetPolicy> = pbft(
      4, sheet(.certified), epochLength: 20)
    parameters.application = HistoryApplication(parts: 1)
    var run = run(
      CheckedPBFT.self, replicas: 4, seed: 3, parameters, quorum: 2, dispatch: .multicast)
    run.clients[0].timeout = ms(500)
    disturbance.apply(to: &run, faults: 1)
    let result = execute(run, CheckedPBFTInvariants(parameters, assumptions: .none(replyQuorum: 2)))
    #expect(result.probe.violations.isEmpty, "\(result.probe.violations.prefix(2))")
    #expect(result.probe.linearizability == .linearizable)
  }

  @Test("Raft", arguments: Disturbance.allCases)
  func raft(disturbance: Disturbance) {
    var parameters = RaftConfiguration(replicas: 4)
    parameters.shortestElectionTimeout = ms(300)
    parameters.longestElectionTimeout = ms(600)
    parameters.heartbeat = ms(50)
    parameters.snapshotThreshold = 20
    parameters.application = HistoryApplication(parts: 1)
    var run = run(RaftReplica.self, replicas: 4, seed: 3, parameters, dispatch: .leader)
    run.clients[0].timeout = ms(500)
    disturbance.apply(to: &run, faults: 1)
    run.faults.removeAll { $0.behaviour.isByzantine }
    let result = execute(
      run, RaftInvariants<RaftReplica>(parameters, assumptions: .none(replyQuorum: 1)))
    #expect(result.probe.violations.isEmpty, "\(result.probe.violations.prefix(2))")
    #expect(result.probe.linearizability == .linearizable)
  }

  @Test("A run of another application has no verdict")
  func other() {
    let parameters: PBFTConfiguration<RoundRobin> = pbft(4, RoundRobin.Options())
    let run = run(
      ClassicPBFT.self, replicas: 4, seed: 3, parameters, quorum: 2, seconds: 1,
      dispatch: .multicast)
    let result = execute(run, ClassicPBFTInvariants(parameters, assumptions: .none(replyQuorum: 2)))
    #expect(result.probe.linearizability == nil)
  }

  @Test("Raft: a leader that makes answers up is a violation of R-14 that the answers show")
  func lyingLeader() {
    var parameters = RaftConfiguration(replicas: 3)
    parameters.shortestElectionTimeout = ms(300)
    parameters.longestElectionTimeout = ms(600)
    parameters.heartbeat = ms(50)
    parameters.application = HistoryApplication(parts: 1)
    var run = run(RaftReplica.self, replicas: 3, seed: 3, parameters, dispatch: .leader)
    run.faults = (0..<3).map { rule([$0], .tamper, from: at(2_000)) }
    let result = execute(
      run, RaftInvariants<RaftReplica>(parameters, assumptions: .none(replyQuorum: 1)))
    guard case .violated? = result.probe.linearizability else {
      return #expect(Bool(false), "\(String(describing: result.probe.linearizability))")
    }
    #expect(
      result.probe.violations.contains { $0.invariant == "R-14" && $0.detail.hasPrefix("no order") }
    )
  }

  @Test("Raft: a group that lost all its disks answers nothing rather than something stale")
  func amnesia() {
    var parameters = RaftConfiguration(replicas: 3)
    parameters.application = HistoryApplication(parts: 1)
    var run = run(RaftReplica.self, replicas: 3, seed: 3, parameters, dispatch: .leader)
    run.faults = (0..<3).map {
      rule([$0], .crash(downFor: ms(700), disk: .lost), from: at(5_000))
    }
    let result = execute(
      run, RaftInvariants<RaftReplica>(parameters, assumptions: .none(replyQuorum: 1)))
    #expect(result.probe.violations.isEmpty)
    #expect(result.probe.linearizability == .linearizable)
  }

  @Test("PBFT: more liars than f are a violation of P-16 that the answers show")
  func liars() {
    var parameters: PBFTConfiguration<RoundRobin> = pbft(4, RoundRobin.Options())
    parameters.application = HistoryApplication(parts: 1)
    var run = run(
      ClassicPBFT.self, replicas: 4, seed: 3, parameters, quorum: 1, dispatch: .multicast)
    run.faults = [rule([1], .tamper, from: at(2_000))]
    let result = execute(run, ClassicPBFTInvariants(parameters, assumptions: .none(replyQuorum: 1)))
    guard case .violated? = result.probe.linearizability else {
      return #expect(Bool(false), "\(String(describing: result.probe.linearizability))")
    }
    #expect(result.probe.violations.contains { $0.detail.hasPrefix("no order") })
  }
}
