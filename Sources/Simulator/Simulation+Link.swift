import ConsensusCore
import DiscreteEvents

/// What becomes of a copy on its way over a link.
struct Crossing {
  /// When its last bit leaves the machine.
  var departure: Int64
  /// When it reaches the other machine, unless it is lost.
  var arrival: Int64 = 0
  /// Why it does not arrive, or nil.
  var loss: DropReason?
  /// When the second copy arrives that the link made of it, or nil.
  var duplicate: Int64?
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
    _ content: UInt64, from: Int, to: Int, transmission: Int64, leaving instant: Int64,
    hold: Int64, admitsDuplicate: Bool
  ) -> Crossing {
    let sent = takeUplink(of: from, for: transmission, at: instant)
    var crossing = Crossing(departure: later(sent, hold))
    let law = network.law(from: from, to: to, at: crossing.departure)
    let key = mix(
      mix(mix(latencyKey, content), UInt64(bitPattern: crossing.departure)),
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
      law, key, from: from, to: to, at: crossing.departure, isHeld: hold > 0)
    return crossing
  }

  /// When the last bit of a copy has left a machine; copies leave one after the other.
  @inline(__always)
  private func takeUplink(of node: Int, for span: Int64, at instant: Int64) -> Int64 {
    guard span > 0 else { return instant }
    let departure = later(max(instant, nodes[node].uplinkFree), span)
    nodes[node].uplinkFree = departure
    return departure
  }

  /// When the second copy arrives, if the link makes one.
  private mutating func duplicate(
    _ law: CompiledLaw, _ key: UInt64, from: Int, to: Int, at departure: Int64
  ) -> Int64? {
    var draw = seed.draw(.duplication, key)
    guard draw.chance(law.duplication) else { return nil }
    return propagate(law, draw.next(), from: from, to: to, at: departure, isHeld: false)
  }

  /// When a copy that leaves a machine at `departure` reaches the other one.
  @inline(__always)
  private mutating func propagate(
    _ law: CompiledLaw, _ key: UInt64, from: Int, to: Int, at departure: Int64, isHeld: Bool
  ) -> Int64 {
    var draw = Draw(state: key)
    let latency = law.latency.sample(&draw)
    var arrival = VirtualTime(nanoseconds: departure) + latency
    if law.extraNanoseconds > 0 {
      arrival = arrival + VirtualDuration(nanoseconds: law.extraNanoseconds)
    }
    guard law.isFIFO && !isHeld else { return arrival.nanoseconds }
    return network.orderedArrival(from: from, to: to, at: arrival.nanoseconds)
  }

  /// When a copy of so many bytes that arrives now has passed the downlink of its receiver.
  @inline(__always)
  func takeDownlink(of node: Int, bytes: Int) -> Int64 {
    let span = transmissionTime(bytes: bytes, bitsPerSecond: nodes[node].downlinkRate)
    let done = later(max(now, nodes[node].downlinkFree), span)
    nodes[node].downlinkFree = done
    return done
  }

  /// Whether a link is cut now.
  @inline(__always)
  mutating func isCut(from: Int, to: Int) -> Bool {
    network.hasCuts && network.law(from: from, to: to, at: now).isCut
  }
}
