import DiscreteEvents
import Simulator

extension RunResult {
  /// The busy shares of some machines over the whole run, from 0 to 1; none where no time passed.
  func shares(
    _ nodes: Range<Int>, _ part: (NodeUsage) -> VirtualDuration
  ) -> [Double] {
    guard end > .zero, nodes.upperBound <= usage.count else { return [] }
    return usage[nodes].map { part($0).share(of: end - .zero) }
  }
}

extension VirtualDuration {
  /// The share that this is of a longer span, from 0 to 1.
  func share(of whole: VirtualDuration) -> Double {
    whole > .zero ? min(1, Double(nanoseconds) / Double(whole.nanoseconds)) : 0
  }
}
