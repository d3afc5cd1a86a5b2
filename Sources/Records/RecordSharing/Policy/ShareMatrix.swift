import PairingCrypto

/// The label ρ(i) of a row: an attribute, and which of its rows it is.
///
/// ρ is injective, as the proof of the scheme needs: when a policy names an attribute several
/// times, the first from the left is `x`, the next ones `x#2`, `x#3` and so on, by themselves. Each
/// label has its own hash to G and part of a key, and whoever holds `x` gets them all.
public struct RowLabel: Hashable, Sendable, CustomStringConvertible {
  /// What a user has to hold.
  public let attribute: Attribute
  /// 1 for the first row of the attribute.
  public let occurrence: Int

  /// The label of a row of an attribute, counted from 1.
  public init(_ attribute: Attribute, occurrence: Int) {
    precondition(occurrence >= 1, "occurrence \(occurrence)")
    self.attribute = attribute
    self.occurrence = occurrence
  }

  /// `x` or `x#2`; no two labels have one text, since names have no `#`.
  public var description: String {
    occurrence == 1 ? attribute.name : "\(attribute.name)#\(occurrence)"
  }

  /// The text in bytes, for hashing.
  public var bytes: [UInt8] { Array(description.utf8) }
}

/// A policy as a linear secret-sharing scheme (M, ρ): who satisfies the policy has rows whose
/// combination is (1, 0, ..., 0), and nobody else has.
///
/// After Lewko and Waters, "Decentralizing Attribute-Based Encryption", EUROCRYPT 2011. The root has
/// the vector (1). An OR hands its vector v to its children. An AND of L and R adds a column, L
/// gets (v, 1) and R gets (0, ..., 0, -1); longer ones fold from the left, so that all weights are
/// 1. `k of` adds k - 1 columns, and child j gets (v, j, j², ..., j^(k-1)), so that weights are
/// Lagrange coefficients. Rows are the leaves from left to right.
///
/// The matrix is kept as its tree: rows, shares and weights are computed from it when they are
/// asked for, and entries have no modulus until then.
///
/// Deviation: Paper §II-C takes M over the reals; shares are exact only over Z_p.
public struct ShareMatrix: Hashable, Sendable {
  /// The policy in normal form.
  public let policy: AccessPolicy
  /// ρ: the label of each row.
  public let labels: [RowLabel]
  /// How many columns there are, at most as many as rows.
  public let columnCount: Int
  /// The tree with parents before children.
  let nodes: [Node]
  /// The node of each row.
  let leaves: [Int]

  /// A leaf or a gate.
  struct Node: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
      case leaf(row: Int)
      case all
      case any
      case atLeast(Int)
    }

    let kind: Kind
    /// The node above, -1 for the root.
    let parent: Int
    /// The place among the children of the node above, from 0.
    let position: Int
    /// The first column that a gate added.
    let firstColumn: Int
    var children: [Int] = []
  }

  /// One entry that isn't 0: `base` to the power of `exponent`.
  public struct Entry: Hashable, Sendable {
    /// The column, from 0.
    public let column: Int
    /// 1, -1, or the place of a child of a threshold gate, from 1.
    public let base: Int
    /// From 1 to k - 1 below a gate `k of`, else 1.
    public let exponent: Int

    /// The entry modulo the order.
    public func value(in parameters: ParameterSet) -> Scalar {
      let factor = Scalar(UInt64(base.magnitude), parameters)
      var power = factor
      for _ in 1..<exponent { power = power * factor }
      return base < 0 ? -power : power
    }
  }

  /// The matrix of a policy, after bringing it to normal form.
  ///
  /// - Throws: a violation, for a policy that was built in memory.
  public init(
    _ policy: AccessPolicy, limits: PolicyLimits = .standard
  ) throws(PolicyViolation) {
    self.policy = try policy.normalised(within: limits)
    var nodes: [Node] = []
    var leaves: [Int] = []
    var labels: [RowLabel] = []
    var occurrences: [Attribute: Int] = [:]
    var columns = 1
    var pending = [(node: self.policy, parent: -1, position: 0)]
    while let (node, parent, position) = pending.popLast() {
      let index = nodes.count
      let kind: Node.Kind
      let firstColumn = columns
      switch node {
      case .attribute(let attribute):
        kind = .leaf(row: labels.count)
        occurrences[attribute, default: 0] += 1
        labels.append(RowLabel(attribute, occurrence: occurrences[attribute, default: 1]))
        leaves.append(index)
      case .all(let children):
        kind = .all
        columns += children.count - 1
      case .any: kind = .any
      case .atLeast(let threshold, _):
        kind = .atLeast(threshold)
        columns += threshold - 1
      }
      if parent >= 0 { nodes[parent].children.append(index) }
      nodes.append(
        Node(kind: kind, parent: parent, position: position, firstColumn: firstColumn))
      for (position, child) in node.children.enumerated().reversed() {
        pending.append((child, index, position))
      }
    }
    self.nodes = nodes
    self.leaves = leaves
    self.labels = labels
    columnCount = columns
  }

  /// How many rows there are: the leaves of the policy.
  public var rowCount: Int { labels.count }

  /// The entries of a row that aren't 0, by ascending column.
  public func entries(ofRow row: Int) -> [Entry] {
    var found: [Entry] = []
    var node = nodes[leaves[row]]
    while node.parent >= 0 {
      let gate = nodes[node.parent]
      switch gate.kind {
      case .leaf, .any: break
      case .all:
        let count = gate.children.count
        if node.position > 0 {
          // The last child was split off first. It does not get the gate's own vector.
          let column = gate.firstColumn + count - 1 - node.position
          found.append(Entry(column: column, base: -1, exponent: 1))
          return found.reversed()
        }
        for offset in (0..<count - 1).reversed() {
          found.append(Entry(column: gate.firstColumn + offset, base: 1, exponent: 1))
        }
      case .atLeast(let threshold):
        for exponent in (1..<threshold).reversed() {
          found.append(
            Entry(
              column: gate.firstColumn + exponent - 1, base: node.position + 1,
              exponent: exponent))
        }
      }
      node = gate
    }
    found.append(Entry(column: 0, base: 1, exponent: 1))
    return found.reversed()
  }

  /// The shares λ = M (s, y₂, ..., yₙ), one a row.
  ///
  /// - Parameters:
  ///   - secret: s.
  ///   - blinding: y₂, ..., yₙ, drawn uniformly from Z_p for this secret alone; one fewer than
  ///     columns.
  /// - Returns: the shares in the order of the rows.
  public func shares(of secret: Scalar, blinding: [Scalar]) -> [Scalar] {
    precondition(
      blinding.count == columnCount - 1,
      "\(blinding.count) blinding values for \(columnCount) columns")
    let parameters = secret.parameters
    var shares = [Scalar](repeating: secret, count: rowCount)
    // What a node's vector gives: the share of a leaf, the secret that a gate divides.
    var values = [Scalar](repeating: secret, count: nodes.count)
    for (index, node) in nodes.enumerated() {
      if node.parent >= 0 {
        let gate = nodes[node.parent]
        let value = values[node.parent]
        // Column c has the blinding value c - 1.
        let first = gate.firstColumn - 1
        switch gate.kind {
        case .leaf, .any: values[index] = value
        case .all where node.position > 0:
          values[index] = -blinding[first + gate.children.count - 1 - node.position]
        case .all:
          values[index] = blinding[first..<first + gate.children.count - 1].reduce(value, +)
        case .atLeast(let threshold):
          let place = Scalar(UInt64(node.position + 1), parameters)
          let tail = blinding[first..<first + threshold - 1].reversed()
          values[index] = tail.reduce(Scalar.zero(parameters)) { ($0 + $1) * place } + value
        }
      }
      if case .leaf(let row) = node.kind { shares[row] = values[index] }
    }
    return shares
  }
}
