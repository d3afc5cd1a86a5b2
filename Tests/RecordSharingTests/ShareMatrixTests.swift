import PairingCrypto
import RecordSharing
import Testing

@Suite struct ShareMatrixTests {
  /// The rows of a policy's matrix as numbers.
  private func rows(_ text: String) throws -> [[Int]] {
    let matrix = try ShareMatrix(try AccessPolicy.parse(text, limits: manyRepeats))
    return (0..<matrix.rowCount).map { row in
      var values = [Int](repeating: 0, count: matrix.columnCount)
      for entry in matrix.entries(ofRow: row) {
        values[entry.column] = (0..<entry.exponent).reduce(1) { power, _ in power * entry.base }
      }
      return values
    }
  }

  @Test("The matrix is that of Lewko and Waters, thresholds with powers")
  func rows() throws {
    #expect(try rows("a") == [[1]])
    #expect(try rows("a OR b OR c") == [[1], [1], [1]])
    #expect(try rows("a AND b") == [[1, 1], [0, -1]])
    // ((a AND b) AND c): c is split off first.
    #expect(try rows("a AND b AND c") == [[1, 1, 1], [0, 0, -1], [0, -1, 0]])
    #expect(
      try rows("(a AND b) OR (c AND d)") == [[1, 1, 0], [0, -1, 0], [1, 0, 1], [0, 0, -1]])
    #expect(try rows("a AND (b OR c)") == [[1, 1], [0, -1], [0, -1]])
    #expect(
      try rows("a AND (b AND c OR d)") == [[1, 1, 0], [0, -1, 1], [0, 0, -1], [0, -1, 0]])
    #expect(try rows("2 of (a, b, c)") == [[1, 1], [1, 2], [1, 3]])
    #expect(
      try rows("3 of (a, b, c, d)") == [[1, 1, 1], [1, 2, 4], [1, 3, 9], [1, 4, 16]])
    #expect(
      try rows("x AND 2 of (a, b AND c, d)")
        == [[1, 1, 0, 0], [0, -1, 1, 0], [0, -1, 2, 1], [0, 0, 0, -1], [0, -1, 3, 0]])
  }

  @Test("Repeats of an attribute are numbered from the left and belong to the same attribute")
  func repeats() throws {
    let matrix = try ShareMatrix(try AccessPolicy.parse("(x AND a) OR (x AND b) OR 2 of (x, a, c)"))
    #expect(matrix.labels.map(\.description) == ["x", "a", "x#2", "b", "x#3", "a#2", "c"])
    #expect(Set(matrix.labels).count == matrix.rowCount)
    #expect(matrix.reconstruction(for: try attributes("x b"))?.rows == [2, 3])
    #expect(matrix.reconstruction(for: try attributes("x c"))?.rows == [4, 6])
  }

  @Test(
    "The fewest rows are used, then the fewest weights, then those to the left",
    arguments: [
      ("(a AND b AND c) OR (d AND e) OR (f AND g)", "a b c d e f g", [3, 4]),
      ("a OR (b AND c)", "b c", [1, 2]),
      ("(a OR (b AND c)) AND (d AND e OR f)", "a b c d e f", [0, 5]),
      ("2 of (a AND b, c, d AND e AND f, g)", "a b c d e f g", [2, 6]),
      ("2 of (a AND b, c, d AND e AND f)", "a b c d e f", [0, 1, 2]),
      ("2 of (a, b, c) OR (d AND e)", "a b c d e", [3, 4]),
      ("2 of (a, b, c) OR (d AND e)", "a b c d", [0, 1]),
      ("3 of (a, b, c, d, e)", "e c b a", [0, 1, 2]),
    ])
  func minimal(text: String, held: String, rows: [Int]) throws {
    let matrix = try ShareMatrix(try AccessPolicy.parse(text))
    let found = try #require(matrix.reconstruction(for: try attributes(held)))
    #expect(found.rows == rows)
  }

  @Test("Whoever does not satisfy the policy has no rows")
  func unsatisfied() throws {
    let matrix = try ShareMatrix(try AccessPolicy.parse("a AND (b OR 2 of (c, d, e))"))
    for held in ["", "a", "b c d e", "a c", "x"] {
      #expect(matrix.reconstruction(for: try attributes(held)) == nil)
    }
  }

  @Test("Weights of a threshold are Lagrange coefficients, and take one inversion in all")
  func lagrange() throws {
    var group = PairingGroup(.toy)
    func scalar(_ value: Int) -> Scalar {
      let magnitude = Scalar(UInt64(value.magnitude), .toy)
      return value < 0 ? -magnitude : magnitude
    }
    let matrix = try ShareMatrix(try AccessPolicy.parse("z AND 3 of (a, b, c, 2 of (d, e, f))"))
    let plan = try #require(matrix.reconstruction(for: try attributes("z a b d f")))
    #expect(plan.rows == [0, 1, 2, 4, 6])
    #expect(!plan.hasUnitWeights && plan.weightedRowCount == 4)
    #expect((0..<5).map(plan.isWeighted) == [false, true, true, true, true])
    let weights = plan.weights(in: &group)
    #expect(group.tally[.scalarInversion] == 1 && plan.scalarInversionCount == 1)
    // Points 1, 2, 4: 8/3, -2, 1/3; points 1, 3 below 4: 3/2 and -1/2.
    #expect(weights[0] == scalar(1))
    #expect(weights[1] * scalar(3) == scalar(8))
    #expect(weights[2] == scalar(-2))
    #expect(weights[3] * scalar(2) == scalar(1))
    #expect(weights[4] * scalar(6) == scalar(-1))
  }

  @Test("The largest threshold shares and reconstructs", arguments: [ParameterSet.toy, .ss512])
  func large(parameters: ParameterSet) throws {
    var generator = SeededGenerator(7)
    var group = PairingGroup(parameters)
    let names = try universe(of: 60)
    let matrix = try ShareMatrix(.atLeast(40, of: names.map(AccessPolicy.attribute)))
    let secret = Scalar.random(in: parameters, using: &generator)
    let blinding = generator.scalars(matrix.columnCount - 1, parameters)
    let shares = matrix.shares(of: secret, blinding: blinding)
    let plan = try #require(matrix.reconstruction(for: AttributeSet(names.suffix(45))))
    #expect(plan.rows == Array(15..<55))
    var sum = Scalar.zero(parameters)
    for (row, weight) in zip(plan.rows, plan.weights(in: &group)) {
      sum = sum + shares[row] * weight
    }
    #expect(sum == secret)
  }

  @Test("A matrix of 4096 rows and columns shares and reconstructs without being written out")
  func wide() throws {
    let names = try universe(of: 4096)
    let matrix = try ShareMatrix(.all(names.map(AccessPolicy.attribute)))
    #expect(matrix.rowCount == 4096 && matrix.columnCount == 4096)
    var generator = SeededGenerator(9)
    let secret = Scalar.random(in: .toy, using: &generator)
    let shares = matrix.shares(of: secret, blinding: generator.scalars(4095, .toy))
    #expect(shares.reduce(Scalar.zero(.toy), +) == secret)
    #expect(matrix.reconstruction(for: AttributeSet(names))?.hasUnitWeights == true)
    #expect(matrix.reconstruction(for: AttributeSet(names.dropFirst())) == nil)
  }
}

@Suite struct ShareMatrixPropertyTests {
  @Test(
    "Tree, reconstruction and elimination agree on random policies and sets",
    arguments: [ParameterSet.toy, .ss512], 0..<60)
  func agreement(parameters: ParameterSet, seed: Int) throws {
    var generator = SeededGenerator(UInt64(seed) &+ 1000)
    var group = PairingGroup(parameters)
    let names = try universe(of: 2 + seed % 8)
    let policy = generator.policy(over: names, depth: 1 + seed % 3)
    let matrix = try ShareMatrix(policy, limits: manyRepeats)
    let written = LabelledMatrix(matrix, parameters: parameters)
    let target = unit(matrix.columnCount, parameters)
    #expect(matrix.columnCount <= matrix.rowCount)
    #expect(Set(matrix.labels).count == matrix.rowCount)

    // Shares are the product of the matrix and (s, y).
    let secret = Scalar.random(in: parameters, using: &generator)
    let blinding = generator.scalars(matrix.columnCount - 1, parameters)
    let shares = matrix.shares(of: secret, blinding: blinding)
    for (row, share) in shares.enumerated() {
      let product = zip(written.rows[row], [secret] + blinding)
        .reduce(Scalar.zero(parameters)) { $0 + $1.0 * $1.1 }
      #expect(product == share)
    }

    for percent in [0, 20, 40, 60, 80, 100] {
      let held = generator.subset(of: names, percent: percent)
      let satisfied = policy.isSatisfied(by: held)
      let plan = matrix.reconstruction(for: held)
      let solved = written.reconstruction(for: held, in: &group)
      #expect((plan != nil) == satisfied)
      #expect((solved != nil) == satisfied)
      if let solved {
        #expect(written.product(of: solved.map(\.weight), rows: solved.map(\.row)) == target)
      }
      guard let plan else { continue }
      group.tally = OperationTally()
      let weights = plan.weights(in: &group)
      #expect(group.tally[.scalarInversion] == plan.scalarInversionCount)
      #expect(written.product(of: weights, rows: plan.rows) == target)
      #expect(plan.rows == plan.rows.sorted() && Set(plan.rows).count == plan.rows.count)
      #expect(plan.rows.allSatisfy { held.contains(matrix.labels[$0].attribute) })
      // The weights of a minimal set are unique, so elimination finds the same.
      #expect(written.combination(of: plan.rows, in: &group) == weights)
      #expect(minimalCount(policy, held) == plan.rows.count)
      let one = Scalar.one(parameters)
      for (index, weight) in weights.enumerated() where !plan.isWeighted(at: index) {
        #expect(weight == one)
      }
      if plan.hasUnitWeights { #expect(weights.allSatisfy { $0 == one }) }
    }
  }

  @Test("Sets without one row of a minimal set are refused by elimination too", arguments: 0..<40)
  func minimality(seed: Int) throws {
    var generator = SeededGenerator(UInt64(seed) &+ 5000)
    var group = PairingGroup(.toy)
    let names = try universe(of: 8)
    let matrix = try ShareMatrix(generator.policy(over: names, depth: 3), limits: manyRepeats)
    let written = LabelledMatrix(matrix, parameters: .toy)
    let plan = try #require(matrix.reconstruction(for: AttributeSet(names)))
    for row in plan.rows {
      #expect(written.combination(of: plan.rows.filter { $0 != row }, in: &group) == nil)
    }
  }

  @Test("Policies without thresholds have weights 1 for every set", arguments: 0..<40)
  func units(seed: Int) throws {
    var generator = SeededGenerator(UInt64(seed) &+ 9000)
    let names = try universe(of: 6)
    let clauses = (0..<1 + generator.below(4)).map { _ in
      AccessPolicy.any(
        (0..<1 + generator.below(4)).map { _ in
          .all((0..<1 + generator.below(4)).map { _ in .attribute(names[generator.below(6)]) })
        })
    }
    let matrix = try ShareMatrix(.all(clauses), limits: manyRepeats)
    let written = LabelledMatrix(matrix, parameters: .toy)
    for _ in 0..<10 {
      let held = generator.subset(of: names, percent: 60)
      guard let plan = matrix.reconstruction(for: held) else { continue }
      #expect(plan.hasUnitWeights && plan.scalarInversionCount == 0)
      let ones = [Scalar](repeating: .one(.toy), count: plan.rows.count)
      #expect(
        written.product(of: ones, rows: plan.rows) == unit(matrix.columnCount, .toy))
    }
  }

  /// (1, 0, ..., 0).
  private func unit(_ count: Int, _ parameters: ParameterSet) -> [Scalar] {
    [.one(parameters)] + [Scalar](repeating: .zero(parameters), count: count - 1)
  }

  /// The least number of leaves that satisfy a policy, by trying all choices of children.
  private func minimalCount(_ policy: AccessPolicy, _ held: AttributeSet) -> Int? {
    let counts = policy.children.map { minimalCount($0, held) }
    let needed: Int
    switch policy {
    case .attribute(let attribute): return held.contains(attribute) ? 1 : nil
    case .all(let children): needed = children.count
    case .any: needed = 1
    case .atLeast(let threshold, _): needed = threshold
    }
    var best: Int?
    for mask in 0..<1 << counts.count where mask.nonzeroBitCount == needed {
      let chosen = counts.indices.filter { mask >> $0 & 1 == 1 }.map { counts[$0] }
      guard !chosen.contains(nil) else { continue }
      best = min(best ?? .max, chosen.compactMap(\.self).reduce(0, +))
    }
    return best
  }
}
