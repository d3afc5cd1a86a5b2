import CGMP

/// A base in G_T with a table of powers; the conjugate serves for negative digits.
public struct TargetFixedBase: Sendable {
  /// The base itself.
  public let element: TargetElement
  /// Bits of a window.
  public let windowBits: Int
  /// For each window w the powers by 1, 2, 3 and so on times 2^(windowBits · w).
  let table: [UInt]

  /// The set of the base.
  public var parameters: ParameterSet { element.parameters }

  /// Computes the table.
  init(_ element: TargetElement, windowBits: Int) {
    precondition((2...10).contains(windowBits), "a window of \(windowBits) bits")
    self.element = element
    self.windowBits = windowBits
    let domain = element.parameters.domain
    let windows = Windows.count(domain, windowBits)
    let half = 1 << (windowBits - 1)
    let size = windows * half * 2 * domain.limbCount
    table = element.parameters.withField(elements: 0) { field in
      [UInt](unsafeUninitializedCapacity: size) { buffer, count in
        guard let address = buffer.baseAddress else { return }
        let width = 2 * field.n
        element.coordinates.withLimbs { limbs_copy(address, $0, width) }
        for window in 0..<windows {
          let row = address + window * half * width
          for entry in 1..<half {
            field.multiplyQuadratic(row + entry * width, row + (entry - 1) * width, row)
          }
          guard window + 1 < windows else { break }
          field.squareQuadratic(row + half * width, row + (half - 1) * width)
        }
        count = size
      }
    }
  }
}

extension Field {
  /// r = a power of a base with a table; scratch is two elements.
  func power(_ r: Limbs, _ base: TargetFixedBase, _ exponent: Scalar, scratch: Limbs) {
    setOneQuadratic(r)
    base.table.withLimbs { table in
      Windows.forEachEntry(of: exponent, windowBits: base.windowBits) { entry, isNegated in
        let address = table + entry * 2 * n
        if isNegated {
          conjugate(scratch, address)
          multiplyQuadratic(r, r, scratch)
        } else {
          multiplyQuadratic(r, r, address)
        }
      }
    }
  }
}
