import ConsensusCore
import DiscreteEvents

/// The ring buffer of the watermark window: sequence number n lives in slot n mod L (PBFT §4.3).
struct MessageLog: Sendable {
  private(set) var low: SequenceNumber = .zero
  let window: UInt64
  /// L - 1 when L is a power of two, which spares every vote a division, else 0.
  private let mask: UInt64
  private var slots: [Slot]

  init(window: UInt64) {
    self.window = window
    mask = window & (window &- 1) == 0 ? window &- 1 : 0
    slots = Array(repeating: Slot(), count: Int(window))
  }

  // MARK: PBFT §4.2: the watermarks

  // Rule: PBFT 4.3-6
  /// h + L, the last sequence number inside the window.
  @inline(__always)
  var high: SequenceNumber { SequenceNumber(low.number + window) }

  // Rule: PBFT 4.2-5
  /// Whether h < n <= h + L.
  @inline(__always)
  func contains(_ sequence: SequenceNumber) -> Bool { sequence > low && sequence <= high }

  @inline(__always)
  private func place(_ number: UInt64) -> Int {
    Int(truncatingIfNeeded: mask != 0 ? number & mask : number % window)
  }

  // MARK: PBFT §4.2: the message log

  /// The slot of `sequence`, which is inside the window, made ready for votes of `view`.
  @inline(__always)
  mutating func open(_ sequence: SequenceNumber, in view: View) -> Int {
    let index = place(sequence.number)
    assert(contains(sequence), "PBFT §4.2: h < n <= H")
    assert(slots[index].sequence == sequence || slots[index].sequence == .zero)
    if slots[index].sequence != sequence {
      slots[index].reset(for: sequence, in: view)
    } else if slots[index].view != view {
      slots[index].enter(view)
    }
    return index
  }

  /// The slot of `sequence` if anything is known about it.
  @inline(__always)
  func find(_ sequence: SequenceNumber) -> Int? {
    let index = place(sequence.number)
    return slots[index].sequence == sequence && contains(sequence) ? index : nil
  }

  @inline(__always)
  subscript(index: Int) -> Slot {
    _read { yield slots[index] }
    _modify { yield &slots[index] }
  }

  // MARK: PBFT §4.3: messages below a stable checkpoint are discarded

  // Rule: PBFT 4.3-5, PBFT 4.3-6
  /// Moves the window up to a stable checkpoint; slots at or below it are dead.
  mutating func advance(to stable: SequenceNumber) {
    guard stable > low else { return }
    let dead = min(stable.number, low.number + window)
    var number = low.number + 1
    while number <= dead {
      let index = place(number)
      if slots[index].sequence.number <= dead { slots[index] = Slot() }
      number += 1
    }
    low = stable
  }

  /// Forgets everything above the low watermark: a new epoch starts with an empty log.
  mutating func clear() {
    for index in slots.indices where slots[index].sequence > .zero { slots[index] = Slot() }
  }

  // MARK: PBFT §4.4: the set P

  // Rule: PBFT 4.4-6, PBFT 4.4-7
  /// The highest-view certificate of every sequence number in the window, ascending.
  var certificates: [PreparedCertificate] {
    var result: [PreparedCertificate] = []
    var number = low.number + 1
    while number <= high.number {
      if let index = find(SequenceNumber(number)), let certificate = slots[index].certificate {
        result.append(certificate)
      }
      number += 1
    }
    return result
  }
}

extension MessageLog: StateHashable {
  func hashState(into hasher: inout StateHasher) {
    hasher.add(low, window, mask, slots)
  }
}
