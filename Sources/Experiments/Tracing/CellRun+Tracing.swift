import Faults
import Invariants
import PBFT
import ProofOfWork
import Raft
import SCPBFT
import Simulator

/// What a trace of one run came to.
public struct TraceEnd: Sendable {
  /// The rounds that were decided before it ended.
  public var rounds: Int
  /// The number of the system's error that kept it from being written, or 0.
  public var failure: Int32

  /// Creates an end.
  public init(rounds: Int, failure: Int32) {
    self.rounds = rounds
    self.failure = failure
  }
}

/// The run is the one that results are made of, probes included, so that a trace shows what broke.
extension CellRun {
  /// The kinds of message of a protocol.
  static func kinds(of protocolName: ProtocolName) -> [String] {
    switch protocolName {
    case .pbft: PBFTMessage<NoOversight>.kindNames
    case .scPBFT: PBFTMessage<NodeStateOversight>.kindNames
    case .raft: RaftMessage.kindNames
    case .pow: MinerMessage.kindNames
    }
  }

  /// Carries the run out and writes every event of `round`, or all, with these kinds of message.
  func trace(into stream: ByteStream, round: Int?, kinds: [String]) -> TraceEnd {
    switch cell.protocolName {
    case .pbft where hasTwins:
      trace(
        TwinReplica<ClassicPBFT>.self, twins(classicPBFT), probe: TwinProbe(classicProbe),
        JSONTrace(stream, round: round, kinds: kinds))
    case .scPBFT where hasTwins:
      trace(
        TwinReplica<CheckedPBFT>.self, twins(checkedPBFT), probe: TwinProbe(checkedProbe),
        JSONTrace(stream, round: round, kinds: kinds))
    case .pbft:
      trace(
        PBFTReplica.self, classicPBFT, probe: classicProbe,
        JSONTrace(stream, round: round, kinds: kinds))
    case .scPBFT:
      trace(
        PBFTReplica.self, checkedPBFT, probe: checkedProbe,
        JSONTrace(stream, round: round, kinds: kinds))
    case .raft:
      trace(
        RaftReplica.self, raft, probe: raftProbe, JSONTrace(stream, round: round, kinds: kinds))
    case .pow:
      trace(
        StrategicMiner.self, mining, probe: chainProbe,
        JSONTrace(stream, round: round, kinds: kinds))
    }
  }

  private func trace<R: Forgeable, P: Probe>(
    _ type: R.Type, _ configuration: R.Configuration, probe: P, _ sink: JSONTrace<R>
  ) -> TraceEnd where P.Subject == R {
    cell.settings.usesProbes
      ? trace(configuration, probe, sink) : trace(configuration, NoProbe<R>(), sink)
  }

  private func trace<R: Forgeable, P: Probe>(
    _ configuration: R.Configuration, _ probe: P, _ sink: JSONTrace<R>
  ) -> TraceEnd where P.Subject == R {
    var simulation = Simulation(runConfiguration(configuration), probe: probe, trace: sink)
    let outcome = simulation.run()
    var trace = simulation.trace
    trace.finish(outcome)
    return TraceEnd(rounds: trace.window.rounds, failure: trace.stream.failure)
  }
}
