import PairingCrypto
import RecordSharing
import Testing

@Suite struct ShareMatrixValidationTests {
  private func scalars(_ rows: [[UInt64]]) -> [[Scalar]] {
    rows.map { $0.map { Scalar($0, .toy) } }
  }

  private func labels(_ names: String) throws -> [RowLabel] {
    try names.split(separator: " ").map { RowLabel(try Attribute(String($0)), occurrence: 1) }
  }

  private func problem(
    _ names: String, _ rows: [[UInt64]], universe: AttributeSet? = nil
  ) throws -> MatrixProblem? {
    var group = PairingGroup(.toy)
    let labels = try labels(names)
    do throws(MatrixProblem) {
      _ = try LabelledMatrix(labels: labels, rows: scalars(rows), universe: universe, in: &group)
      return nil
    } catch { return error }
  }

  @Test("A received matrix is checked")
  func checks() throws {
    let a = try Attribute("a")
    #expect(try problem("a b", [[1, 1], [0, 5]]) == nil)
    #expect(try problem("", []) == .empty)
    #expect(try problem("a", [[]]) == .empty)
    #expect(try problem("a b", [[1, 1], [0]]) == .unevenRow(1, found: 1, expected: 2))
    #expect(try problem("a", [[1], [1]]) == .labelCount(1, rows: 2))
    #expect(
      try problem("a a", [[1], [1]]) == .repeatedLabel(RowLabel(a, occurrence: 1), row: 1))
    #expect(
      try problem("a b", [[1], [1]], universe: [a])
        == .unknownAttribute(try Attribute("b"), row: 1))
    // Nobody could decrypt: (1, 0) is not in the span.
    #expect(try problem("a b", [[1, 1], [2, 2]]) == .targetNotInSpan)
    #expect(try problem("a", [[0]]) == .targetNotInSpan)
    #expect(
      try problem("a", Array(repeating: [1], count: 4097)) == .tooManyRows(4097, allowed: 4096))
    #expect(
      try problem("a", [Array(repeating: 1, count: 4097)])
        == .tooManyColumns(4097, allowed: 4096))
    #expect(
      try problem("a", Array(repeating: Array(repeating: 1, count: 200), count: 200))
        == .tooMuchWork(8_000_000, allowed: 1 << 20))
  }

  @Test("A matrix in bytes reads back", arguments: ParameterSet.allCases)
  func bytes(parameters: ParameterSet) throws {
    var group = PairingGroup(parameters)
    let policy = try AccessPolicy.parse("(a AND b) OR 2 of (a, c, d AND e)")
    let matrix = LabelledMatrix(try ShareMatrix(policy), parameters: parameters)
    let read = try LabelledMatrix(bytes: matrix.bytes, universe: nil, in: &group)
    #expect(read == matrix && read.bytes == matrix.bytes)
    #expect(matrix.labels[2].description == "a#2")
    let weights = read.reconstruction(for: try attributes("a c"), in: &group)
    #expect(weights?.map(\.row) == [2, 3])
  }

  @Test("A matrix of another set, or an entry not below the order, is refused")
  func foreign() throws {
    var group = PairingGroup(.toy)
    let matrix = LabelledMatrix(try ShareMatrix(try leaf("a")), parameters: .toy)
    var other = PairingGroup(.ss512)
    #expect(
      throws: MatrixProblem.bytes(ByteProblem(.wrongParameters(1, expected: .ss512), offset: 1))
    ) { try LabelledMatrix(bytes: matrix.bytes, universe: nil, in: &other) }
    var bytes = matrix.bytes
    for index in bytes.indices.suffix(Scalar.zero(.toy).bytes.count) { bytes[index] = 0xFF }
    #expect(throws: MatrixProblem.entry(.scalarTooLarge(.toy), row: 0, column: 0)) {
      try LabelledMatrix(bytes: bytes, universe: nil, in: &group)
    }
    // The label: length 1, "a", number 1.
    var folded = matrix.bytes
    folded[15] = UInt8(ascii: "A")
    #expect(throws: MatrixProblem.foldedName(row: 0)) {
      try LabelledMatrix(bytes: folded, universe: nil, in: &group)
    }
    var numbered = matrix.bytes
    numbered[19] = 0
    #expect(throws: MatrixProblem.occurrenceTooLarge(0, row: 0, allowed: 16)) {
      try LabelledMatrix(bytes: numbered, universe: nil, in: &group)
    }
  }

  @Test("Elimination finds weights exactly when the target is in the span", arguments: 0..<60)
  func elimination(seed: Int) {
    var generator = SeededGenerator(UInt64(seed) &+ 77)
    var group = PairingGroup(.toy)
    let (count, width) = (1 + generator.below(6), 1 + generator.below(6))
    let vectors = (0..<count).map { _ in generator.scalars(width, .toy) }
    let factors = generator.scalars(count, .toy)
    func sum(_ weights: [Scalar]) -> [Scalar] {
      (0..<width).map { column in
        zip(weights, vectors).reduce(Scalar.zero(.toy)) { $0 + $1.0 * $1.1[column] }
      }
    }
    let target = sum(factors)
    let solved = solveCombination(of: vectors, equalTo: target, in: &group)
    #expect(solved.map(sum) == target)
    // Fewer random vectors than coordinates miss a random target, up to chance 2⁻⁶¹.
    let other = generator.scalars(width, .toy)
    #expect((solveCombination(of: vectors, equalTo: other, in: &group) != nil) == (count >= width))
  }

  @Test("Altered bytes of policies and matrices never trap", arguments: 0..<4)
  func mutations(seed: Int) throws {
    var generator = SeededGenerator(UInt64(seed) &+ 31)
    var group = PairingGroup(.toy)
    let policy = try AccessPolicy.parse("(a AND b) OR 2 of (a, cd, d OR e)")
    let matrix = LabelledMatrix(try ShareMatrix(policy), parameters: .toy)
    var accepted = 0
    for _ in 0..<1000 {
      let tree = generator.mutated(policy.bytes)
      if let read = try? AccessPolicy(bytes: tree) {
        #expect(read.bytes == tree, "two encodings of one policy")
        accepted += 1
      }
      let written = generator.mutated(matrix.bytes)
      if let read = try? LabelledMatrix(bytes: written, universe: nil, in: &group) {
        #expect(read.bytes == written, "two encodings of one matrix")
        accepted += 1
      }
    }
    #expect((1..<2000).contains(accepted))
  }
}

extension SeededGenerator {
  /// Some bytes with a few changed, dropped, inserted or cut off.
  mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
    var changed = bytes
    for _ in 0..<1 + below(3) {
      guard !changed.isEmpty else { return changed }
      let index = below(changed.count)
      switch below(6) {
      case 0: changed.remove(at: index)
      case 1: changed.insert(UInt8(below(256)), at: index)
      case 2: changed.removeLast(below(changed.count))
      case 3: changed[index] ^= 1 << below(8)
      default: changed[index] = UInt8(below(256))
      }
    }
    return changed
  }
}
