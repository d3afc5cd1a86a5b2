import CGMP

/// A base in G with a table: all multiples below half a window, at every window of an exponent.
public struct FixedBase: Sendable {
  /// The base itself.
  public let element: GroupElement
  /// Bits of a window; a table has 2^(windowBits - 1) points a window.
  public let windowBits: Int
  /// Affine points: for each window w the multiples by 1, 2, 3 and so on of 2^(windowBits · w).
  let table: [UInt]

  /// The set of the base.
  public var parameters: ParameterSet { element.parameters }

  /// Bytes that the table takes.
  public var tableBytes: Int { table.count * 8 }

  /// Computes the table.
  ///
  /// The doubling chain is made affine with one inversion. Entries m+1 ... 2m of all windows are
  /// sums of entry m and entries 1 ... m, again with one inversion for each m = 1, 2, 4, ...; they
  /// meet no special case because multiples below half a window differ modulo the order.
  init(_ element: GroupElement, windowBits: Int) {
    precondition((2...10).contains(windowBits), "a window of \(windowBits) bits")
    precondition(!element.isIdentity, "the identity needs no table")
    self.element = element
    self.windowBits = windowBits
    let domain = element.parameters.domain
    let windows = Windows.count(domain, windowBits)
    let half = 1 << (windowBits - 1)
    let size = windows * half * 2 * domain.limbCount
    let scratch = max(3 * windows + windows + 2, windows * half / 2 + 2) + 3
    table = element.parameters.withField(elements: scratch) { field in
      let memory = field.take(scratch)
      return [UInt](unsafeUninitializedCapacity: size) { buffer, count in
        guard let address = buffer.baseAddress else { return }
        element.coordinates.withLimbs {
          field.fillFirstColumn(
            address, $0, windows: windows, windowBits: windowBits, scratch: memory)
        }
        var filled = 1
        while filled < half {
          field.doubleColumns(
            address, windows: windows, half: half, filled: filled, prefixes: memory)
          filled *= 2
        }
        count = size
      }
    }
  }
}

/// Exponents in signed windows, for bases with tables.
enum Windows {
  /// How many windows an exponent has: it is halved in magnitude first, so that the last window
  /// needs no carry.
  static func count(_ domain: Domain, _ windowBits: Int) -> Int {
    (domain.orderBits + windowBits - 1) / windowBits
  }

  /// Calls the body for each window whose digit is not zero, with the table's entry for the
  /// magnitude and whether the digit is negative.
  @inline(__always)
  static func forEachEntry(
    of exponent: Scalar, windowBits: Int, _ body: (_ entry: Int, _ isNegated: Bool) -> Void
  ) {
    let domain = exponent.parameters.domain
    let opposite = -exponent
    let isOpposite = opposite.words.isBelow(exponent.words)
    let words = isOpposite ? opposite.words : exponent.words
    let half = 1 << (windowBits - 1)
    words.withLimbs { limbs in
      let reader = BitReader(limbs: limbs, count: words.count)
      var carry = 0
      for window in 0..<count(domain, windowBits) {
        var digit = reader.bits(at: window * windowBits, width: windowBits) + carry
        carry = digit > half ? 1 : 0
        digit -= carry << windowBits
        guard digit != 0 else { continue }
        body(window * half + abs(digit) - 1, (digit < 0) != isOpposite)
      }
    }
  }
}

extension Field {
  /// Writes the first entry of every window: 2^(windowBits · window) times the point.
  fileprivate func fillFirstColumn(
    _ table: Limbs, _ point: ConstantLimbs, windows: Int, windowBits: Int, scratch: Limbs
  ) {
    let half = 1 << (windowBits - 1)
    let running = scratch
    let chain = scratch + 3 * n
    set(point: running, point, point + n)
    for window in 0..<windows {
      limbs_copy(chain + window * 3 * n, running, 3 * n)
      guard window + 1 < windows else { break }
      for _ in 0..<windowBits { double(point: running) }
    }
    normalise(chain, count: windows, prefixes: chain + windows * 3 * n)
    for window in 0..<windows {
      limbs_copy(table + window * half * 2 * n, chain + window * 3 * n, 2 * n)
    }
  }

  /// Doubles the number of entries of every window; denominators wait where x will be.
  fileprivate func doubleColumns(
    _ table: Limbs, windows: Int, half: Int, filled m: Int, prefixes: Limbs
  ) {
    for window in 0..<windows {
      let row = table + window * half * 2 * n
      let last = row + (m - 1) * 2 * n
      for k in 1..<m {
        subtract(row + (m + k - 1) * 2 * n, row + (k - 1) * 2 * n, last)
      }
      double(row + (2 * m - 1) * 2 * n, last + n)
    }
    invertColumns(table, windows: windows, half: half, filled: m, prefixes: prefixes)
    for window in 0..<windows {
      let row = table + window * half * 2 * n
      let last = row + (m - 1) * 2 * n
      for k in 1...m {
        let entry = row + (m + k - 1) * 2 * n
        addAffine(entry, last, row + (k - 1) * 2 * n, inverse: entry, isDoubling: k == m)
      }
    }
  }

  /// Inverts the denominators that wait in the new entries.
  private func invertColumns(
    _ table: Limbs, windows: Int, half: Int, filled m: Int, prefixes: Limbs
  ) {
    let running = prefixes + windows * m * n
    let saved = running + n
    copy(running, one)
    for index in 0..<(windows * m) {
      let entry = table + (index / m * half + m + index % m) * 2 * n
      copy(prefixes + index * n, running)
      multiply(running, running, entry)
    }
    invert(running, running)
    for index in (0..<(windows * m)).reversed() {
      let entry = table + (index / m * half + m + index % m) * 2 * n
      copy(saved, entry)
      multiply(entry, running, prefixes + index * n)
      multiply(running, running, saved)
    }
  }

  /// Copies the entries of a table whose product is a power, or their inverses; returns how many.
  func gather(_ points: Limbs, _ base: FixedBase, _ exponent: Scalar) -> Int {
    var count = 0
    base.table.withLimbs { table in
      Windows.forEachEntry(of: exponent, windowBits: base.windowBits) { entry, isNegated in
        let address = table + entry * 2 * n
        let point = points + count * 2 * n
        copy(point, address)
        if isNegated { negate(point + n, address + n) } else { copy(point + n, address + n) }
        count += 1
      }
    }
    return count
  }
}
