/// A first argument of pairings whose lines are known: slope and intercept of each.
///
/// 160 lines of 128 bytes in `ss512`, 257 of 384 in `ss1536`.
public struct PreparedElement: Sendable {
  /// The argument itself.
  public let element: GroupElement
  /// Slope and intercept of every line of the Miller loop; none for the identity.
  let lines: [UInt]

  /// The set of the argument.
  public var parameters: ParameterSet { element.parameters }

  /// Bytes that the lines take.
  public var lineBytes: Int { lines.count * 8 }

  /// Computes the lines.
  init(_ element: GroupElement) {
    self.element = element
    guard !element.isIdentity else {
      lines = []
      return
    }
    let domain = element.parameters.domain
    let count = domain.lineCount
    lines = element.parameters.withField(elements: 2 * count + 5) { field in
      let scratch = field.take(2 * count + 5)
      let size = 2 * count * field.n
      return [UInt](unsafeUninitializedCapacity: size) { buffer, initialised in
        guard let address = buffer.baseAddress else { return }
        element.coordinates.withLimbs {
          field.prepareLines(address, count: count, $0, domain, scratch: scratch)
        }
        initialised = size
      }
    }
  }
}

/// One factor of a product of pairings.
public enum PairingTerm: Sendable {
  /// e(a, b).
  case pair(GroupElement, GroupElement)
  /// e(a, b) with a prepared.
  case prepared(PreparedElement, GroupElement)
}
