import DiscreteEvents

// Values that the states of all protocols are made of.

extension UInt64: WordHashable {
  package var stateWord: UInt64 { self }
}

extension UInt32: WordHashable {
  package var stateWord: UInt64 { UInt64(self) }
}

extension Int: WordHashable {
  package var stateWord: UInt64 { UInt64(bitPattern: Int64(self)) }
}

extension Bool: WordHashable {
  package var stateWord: UInt64 { self ? 1 : 0 }
}

extension VirtualTime: WordHashable {
  package var stateWord: UInt64 { UInt64(bitPattern: nanoseconds) }
}

extension VirtualDuration: WordHashable {
  package var stateWord: UInt64 { UInt64(bitPattern: nanoseconds) }
}

extension Digest: WordHashable {
  package var stateWord: UInt64 { value }
}

extension Signature: WordHashable {
  package var stateWord: UInt64 { tag }
}

extension ReplicaID: WordHashable {
  package var stateWord: UInt64 { index.stateWord }
}

extension ClientID: WordHashable {
  package var stateWord: UInt64 { index.stateWord }
}

extension Endpoint: WordHashable {
  package var stateWord: UInt64 { word }
}

extension View: WordHashable {
  package var stateWord: UInt64 { number }
}

extension SequenceNumber: WordHashable {
  package var stateWord: UInt64 { number }
}

extension Optional: StateHashable where Wrapped: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    guard let value = self else { return hasher.add(false) }
    hasher.add(true, value)
  }
}

extension Array: StateHashable where Element: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(count)
    for element in self { hasher.add(element) }
  }
}

extension Dictionary: StateHashable where Key: WordHashable, Value: StateHashable {
  /// Adds the entries by ascending word of their keys.
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(count)
    for entry in sorted(by: { $0.key.stateWord < $1.key.stateWord }) {
      hasher.add(entry.key, entry.value)
    }
  }
}
