import ConsensusCore
import DiscreteEvents

/// What becomes of a copy on its way over a link.
struct Crossing {
  /// When its last bit leaves the machine.
  var departure: VirtualTime
  /// When it reaches the other machine, unless it is lost.
  var arrival = VirtualTime.zero
  /// Why it does not arrive, or nil.
  var loss: DropReason?
  /// When the second copy arrives that the link made of it, or nil.
  var duplicate: VirtualTime?
}

// The way of a copy from machine to machine, whether replicas, clients or parties send it.
extension Simulation {
  /// Carries a copy over the sender's uplink and over the link.
  ///
  /// A copy held back by a fault rule takes its place on the uplink as if it were not, then waits
  /// `hold`, and is exempt from FIFO order: nothing overtakes on the wire, it was not on the wire.
  ///
  /// - Parameters:
  ///   - content: The part of the key of the copy's draws that neither instant nor recipient decide.
  ///   - from: The machine that sends.
  ///   - to: The machine that receives.
  ///   - transmission: The time on the uplink.
  ///   - instant: When the copy leaves the processor.
  ///   - hold: How long the copy waits before it leaves the machine.
  ///   - admitsDuplicate: Whether a second copy matters to the receiver.
  /// - Returns: When the copy departs and arrives, or why it does not arrive.
  @inline(__always)
  mutating func carry(
    _ content: UInt64, from: Int, to: Int, transmission: VirtualDuration,
    leaving instant: VirtualTime, hold: VirtualDuration, admitsDuplicate: Bool
  ) -> Crossing {
    let sent = takeUplink(of: from, for: transmission, at: instant)
    var crossing = Crossing(departure: sent + hold)
    let law = network.law(from: from, to: to, at: crossing.departure)
    let key = mix(
      mix(mix(latencyKey, content), UInt64(bitPattern: crossing.departure.nanoseconds)),
      UInt64(truncatingIfNeeded: to))
    if law.isCut {
      crossing.loss = .cut
      return crossing
    }
    if admitsDuplicate && law.duplication > 0 {
      crossing.duplicate = duplicate(law, key, from: from, to: to, at: crossing.departure)
    }
    if law.loss > 0 {
      var draw = seed.draw(.loss, key)
      if draw.chance(law.loss) {
        crossing.loss = .loss
        return crossing
      }
    }
    crossing.arrival = propagate(
      law, key, from: from, to: to, at: crossing.departure, isHeld: hold > .zero)
    return crossing
  }

  /// When the last bit of a copy has left a machine; copies leave one after the other.
  @inline(__always)
  private func takeUplink(of node: Int, for span: VirtualDuration, at instant: VirtualTime)
    -> VirtualTime
  {
    guard span > .zero else { return instant }
    return nodes[node].uplink.take(for: span, at: instant)
  }

  /// When the second copy arrives, if the link makes one.
  private mutating func duplicate(
    _ law: CompiledLaw, _ key: UInt64, from: Int, to: Int, at departure: VirtualTime
  ) -> VirtualTime? {
    var draw = seed.draw(.duplication, key)
    guard draw.chance(law.duplication) else { return nil }
    return propagate(law, draw.next(), from: from, to: to, at: departure, isHeld: false)
  }

  /// When a copy that leaves a machine at `departure` reaches the other one.
  @inline(__always)
  private mutating func propagate(
    _ law: CompiledLaw, _ key: UInt64, from: Int, to: Int, at departure: VirtualTime,
    isHeld: Bool
  ) -> VirtualTime {
    var draw = Draw(state: key)
    var arrival = departure + law.latency.sample(&draw)
    if law.extra > .zero { arrival = arrival + law.extra }
    guard law.isFIFO && !isHeld else { return arrival }
    return network.orderedArrival(from: from, to: to, at: arrival)
  }

  /// When a copy of so many bytes that arrives now has passed the downlink of its receiver.
  @inline(__always)
  func takeDownlink(of node: Int, bytes: Int) -> VirtualTime {
    let span = transmissionTime(bytes: bytes, bitsPerSecond: nodes[node].downlinkRate)
    return nodes[node].downlink.take(for: span, at: now)
  }

  /// Whether a link is cut now.
  @inline(__always)
  mutating func isCut(from: Int, to: Int) -> Bool {
    network.hasCuts && network.law(from: from, to: to, at: now).isCut
  }
}
