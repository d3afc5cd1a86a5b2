import CGMP

// Inversion, powers, square roots and conversion.
extension Field {
  /// The inverse of a nonzero element.
  func invert(_ r: Limbs, _ a: ConstantLimbs) {
    Integers.invert(r, a, modulo: modulus, n)
    multiply(r, r, afterInversion)
  }

  /// Inverts elements at equal distances with one inversion; those that are zero stay.
  ///
  /// - Parameters:
  ///   - elements: The first element.
  ///   - stride: Limbs from one element to the next.
  ///   - count: How many elements.
  ///   - prefixes: Scratch for `count + 2` elements.
  func invertAll(_ elements: Limbs, stride: Int, count: Int, prefixes: Limbs) {
    guard count > 0 else { return }
    let running = prefixes + count * n
    let saved = running + n
    copy(running, one)
    for index in 0..<count where !isZero(elements + index * stride) {
      copy(prefixes + index * n, running)
      multiply(running, running, elements + index * stride)
    }
    invert(running, running)
    for index in (0..<count).reversed() where !isZero(elements + index * stride) {
      let element = elements + index * stride
      copy(saved, element)
      multiply(element, running, prefixes + index * n)
      multiply(running, running, saved)
    }
  }

  /// A power with windows of five bits; r is none of the others, scratch is 16 elements.
  func power(_ r: Limbs, _ base: ConstantLimbs, _ exponent: [UInt], scratch: Limbs) {
    copy(scratch, base)
    square(r, base)
    for index in 1..<16 { multiply(scratch + index * n, scratch + (index - 1) * n, r) }
    exponent.withLimbs { limbs in
      let reader = BitReader(limbs: limbs, count: exponent.count)
      var position = exponent.bitWidth - 1
      var isStarted = false
      if position < 0 { copy(r, one) }
      while position >= 0 {
        guard reader.bits(at: position, width: 1) == 1 else {
          square(r, r)
          position -= 1
          continue
        }
        var low = Swift.max(position - 4, 0)
        while reader.bits(at: low, width: 1) == 0 { low += 1 }
        let window = reader.bits(at: low, width: position - low + 1)
        let entry = scratch + (window >> 1) * n
        if isStarted {
          for _ in low...position { square(r, r) }
          multiply(r, r, entry)
        } else {
          copy(r, entry)
          isStarted = true
        }
        position = low - 1
      }
    }
  }

  /// Brings a number below q into Montgomery form.
  func enter(_ r: Limbs, _ a: [UInt]) {
    a.withLimbs { multiply(r, $0, entering) }
  }

  /// The number that an element stands for, below q.
  func leave(_ r: Limbs, _ a: ConstantLimbs) {
    copy(wide0, a)
    (wide0 + n).update(repeating: 0, count: n)
    reduce(r, wide0)
  }

  /// The number that an element stands for, as limbs.
  func number(_ a: ConstantLimbs) -> [UInt] {
    [UInt](unsafeUninitializedCapacity: n) { buffer, count in
      guard let address = buffer.baseAddress else { return }
      leave(address, a)
      count = n
    }
  }

  /// Whether the number that an element stands for is odd.
  func isOdd(_ a: ConstantLimbs, scratch: Limbs) -> Bool {
    leave(scratch, a)
    return scratch[0] & 1 == 1
  }

  /// The limbs of some elements in a row, to be kept.
  func keep(_ a: ConstantLimbs, elements: Int) -> [UInt] {
    [UInt](UnsafeBufferPointer(start: a, count: elements * n))
  }
}
