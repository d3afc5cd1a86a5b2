import PairingCrypto

/// A matrix (M, ρ) over Z_p written out entry by entry, as it may come from someone else.
///
/// Whoever trusts nobody's matrix takes the policy's bytes and derives a ``ShareMatrix`` instead.
/// This type is for matrices that no policy text stands for, and for checking the other.
public struct LabelledMatrix: Equatable, Sendable {
  /// The most products in Z_p that elimination may take, rows × columns × the lesser of both: 2²⁰, under a second.
  public static let maximumWork = 1 << 20

  /// The set whose order is the modulus.
  public let parameters: ParameterSet
  /// ρ: the label of each row, each once.
  public let labels: [RowLabel]
  /// M, row by row.
  public let rows: [[Scalar]]

  /// How many columns there are.
  public var columnCount: Int { rows.first?.count ?? 0 }

  /// Checks a matrix.
  ///
  /// - Parameters:
  ///   - labels: ρ, one a row.
  ///   - rows: M over the group's Z_p.
  ///   - universe: the attributes that exist, or nil to admit all.
  ///   - limits: how many rows there may be and how often an attribute labels one.
  ///   - group: inverts and counts it, once a pivot.
  /// - Throws: the first problem that is found.
  public init(
    labels: [RowLabel], rows: [[Scalar]], universe: AttributeSet?,
    limits: PolicyLimits = .standard, in group: inout PairingGroup
  ) throws(MatrixProblem) {
    try Self.check(rows: rows.count, columns: rows.first?.count ?? 0, limits: limits)
    for (index, row) in rows.enumerated() where row.count != rows[0].count {
      throw .unevenRow(index, found: row.count, expected: rows[0].count)
    }
    guard labels.count == rows.count else { throw .labelCount(labels.count, rows: rows.count) }
    try Self.check(labels, universe: universe, limits: limits)
    self.init(unchecked: rows, labels: labels, parameters: group.parameters)
    // Nobody could ever decrypt.
    guard combination(of: Array(rows.indices), in: &group) != nil else { throw .targetNotInSpan }
  }

  /// Writes out the matrix of a policy; memory is rows × columns.
  public init(_ matrix: ShareMatrix, parameters: ParameterSet) {
    let empty = [Scalar](repeating: .zero(parameters), count: matrix.columnCount)
    let rows = (0..<matrix.rowCount).map { row in
      var values = empty
      for entry in matrix.entries(ofRow: row) {
        values[entry.column] = entry.value(in: parameters)
      }
      return values
    }
    self.init(unchecked: rows, labels: matrix.labels, parameters: parameters)
  }

  private init(unchecked rows: [[Scalar]], labels: [RowLabel], parameters: ParameterSet) {
    self.rows = rows
    self.labels = labels
    self.parameters = parameters
  }

  static func check(
    rows: Int, columns: Int, limits: PolicyLimits
  ) throws(MatrixProblem) {
    guard rows > 0, columns > 0 else { throw .empty }
    guard rows <= limits.leaves else { throw .tooManyRows(rows, allowed: limits.leaves) }
    guard columns <= limits.leaves else {
      throw .tooManyColumns(columns, allowed: limits.leaves)
    }
    let work = rows * columns * min(rows, columns)
    guard work <= maximumWork else { throw .tooMuchWork(work, allowed: maximumWork) }
  }

  private static func check(
    _ labels: [RowLabel], universe: AttributeSet?, limits: PolicyLimits
  ) throws(MatrixProblem) {
    var seen: Set<RowLabel> = []
    for (row, label) in labels.enumerated() {
      guard label.occurrence <= limits.occurrences else {
        throw .occurrenceTooLarge(label.occurrence, row: row, allowed: limits.occurrences)
      }
      if let universe, !universe.contains(label.attribute) {
        throw .unknownAttribute(label.attribute, row: row)
      }
      guard seen.insert(label).inserted else { throw .repeatedLabel(label, row: row) }
    }
  }

  /// The rows whose attribute is held.
  public func rows(heldWith attributes: AttributeSet) -> [Int] {
    labels.indices.filter { attributes.contains(labels[$0].attribute) }
  }

  /// Rows and weights w, none 0, with Σ wᵢ Mᵢ = (1, 0, ..., 0), or nil when these attributes don't
  /// suffice.
  ///
  /// By elimination, so not a smallest set of rows; ``ShareMatrix/reconstruction(for:)`` finds
  /// that.
  public func reconstruction(
    for held: AttributeSet, in group: inout PairingGroup
  ) -> [(row: Int, weight: Scalar)]? {
    let candidates = rows(heldWith: held)
    guard let weights = combination(of: candidates, in: &group) else { return nil }
    return zip(candidates, weights).filter { !$0.1.isZero }.map { (row: $0, weight: $1) }
  }

  /// One weight for each given row with Σ wᵢ Mᵢ = (1, 0, ..., 0), or nil when there is none.
  public func combination(of chosen: [Int], in group: inout PairingGroup) -> [Scalar]? {
    var target = [Scalar](repeating: .zero(parameters), count: columnCount)
    target[0] = .one(parameters)
    return solveCombination(of: chosen.map { rows[$0] }, equalTo: target, in: &group)
  }

  /// Σ wᵢ Mᵢ over given rows.
  public func product(of weights: [Scalar], rows chosen: [Int]) -> [Scalar] {
    var sum = [Scalar](repeating: .zero(parameters), count: columnCount)
    for (weight, row) in zip(weights, chosen) {
      for column in sum.indices { sum[column] = sum[column] + weight * rows[row][column] }
    }
    return sum
  }
}

/// Weights w with Σ wᵢ vᵢ = target over Z_p, or nil when the target is not in the span; weights
/// that are free are 0.
///
/// Gauss-Jordan elimination of the system with one equation for each coordinate.
///
/// - Parameters:
///   - vectors: v, all as long as the target.
///   - target: what the weighted sum has to be.
///   - group: inverts each pivot, and counts it.
/// - Returns: one weight for each vector, or nil.
public func solveCombination(
  of vectors: [[Scalar]], equalTo target: [Scalar], in group: inout PairingGroup
) -> [Scalar]? {
  // Each equation: the coefficients of the unknown weights, then the right side.
  var equations = target.indices.map { index in vectors.map { $0[index] } + [target[index]] }
  var pivots: [Int] = []
  for unknown in vectors.indices {
    let next = pivots.count
    guard let pivot = (next..<equations.count).first(where: { !equations[$0][unknown].isZero })
    else { continue }
    equations.swapAt(next, pivot)
    let inverse = group.inverse(equations[next][unknown])
    let row = equations[next].map { $0 * inverse }
    equations[next] = row
    for index in equations.indices where index != next {
      let factor = equations[index][unknown]
      guard !factor.isZero else { continue }
      for column in unknown..<row.count where !row[column].isZero {
        equations[index][column] = equations[index][column] - factor * row[column]
      }
    }
    pivots.append(unknown)
    if pivots.count == equations.count { break }
  }
  // An equation without unknowns is a contradiction unless its right side is 0.
  let last = vectors.count
  guard equations[pivots.count...].allSatisfy({ $0[last].isZero }) else { return nil }
  var weights = [Scalar](repeating: .zero(group.parameters), count: last)
  for (index, unknown) in pivots.enumerated() { weights[unknown] = equations[index][last] }
  return weights
}
