import ConsensusCore
import DiscreteEvents

/// One load that is timed: fault-free PBFT with a closed loop of ten connections, free CPUs and a
/// network without limits, so that nothing but the simulator is measured.
public struct BenchmarkCase: Hashable, Sendable {
  /// The delays of messages; the engine's cost depends on their shape.
  public enum Delays: String, CaseIterable, Hashable, Sendable {
    /// 100 to 200 us, all equally likely.
    case uniform
    /// 150 us: events at equal instants.
    case constant
    /// 50 us and an exponential part of 100 us on average.
    case exponential

    var law: Distribution {
      switch self {
      case .uniform: .uniform(from: .microseconds(100), to: .microseconds(200))
      case .constant: .constant(.microseconds(150))
      case .exponential:
        .exponential(minimum: .microseconds(50), mean: .microseconds(100))
      }
    }
  }

  /// The number of replicas, n.
  public let replicas: Int
  /// The delays of messages.
  public let delays: Delays
  /// Whether the invariants are checked.
  public let isProbed: Bool

  /// Creates a case.
  public init(replicas: Int, delays: Delays, isProbed: Bool) {
    self.replicas = replicas
    self.delays = delays
    self.isProbed = isProbed
  }

  /// The name on the command line, such as `pbft-64-uniform` or `pbft-64-uniform-probed`.
  public var name: String {
    "pbft-\(replicas)-\(delays.rawValue)" + (isProbed ? "-probed" : "")
  }

  /// All cases of the suite; groups grow, so that the peak of memory is that of the last one.
  public static var all: [BenchmarkCase] {
    [4, 16, 64, 128].flatMap { replicas in
      Delays.allCases.flatMap { delays in
        [false, true].map { BenchmarkCase(replicas: replicas, delays: delays, isProbed: $0) }
      }
    }
  }
}
