/// Who may read a record: a monotone formula over attributes.
///
/// Text, bytes and matrix belong to the *normal form* of a policy: gates have at least two
/// children, an AND has no AND and an OR no OR for a child, `1 of` is an OR and `n of n` an AND.
/// Reading text or bytes gives the normal form; ``normalised(within:)`` brings a policy built in
/// memory to it. The order of children counts: it numbers the rows of the matrix.
public indirect enum AccessPolicy: Hashable, Sendable {
  /// Whoever holds the attribute.
  case attribute(Attribute)
  /// Whoever satisfies every one of these.
  case all([AccessPolicy])
  /// Whoever satisfies one of these.
  case any([AccessPolicy])
  /// Whoever satisfies that many of these.
  case atLeast(Int, of: [AccessPolicy])
}

/// How large a policy may be; what lies beyond is refused before work is spent on it.
///
/// A policy has no more columns than leaves, so columns need no bound of their own.
public struct PolicyLimits: Hashable, Sendable {
  /// The most bytes of a text, 512 KiB: room for the text of every policy within the other limits.
  public var textLength = 512 * 1024
  /// The most leaves, that is rows of the matrix, 4096.
  public var leaves = 4096
  /// The most gates above a leaf, and the most parentheses around one, 64.
  public var depth = 64
  /// The most rows that one attribute labels, 16; each needs a part of the user's key.
  public var occurrences = 16
  /// The most terms of powers that threshold gates add to shares, Σ n (k - 1), 2²⁰.
  public var thresholdTerms = 1 << 20
  /// The most problems of a text that are reported at once, 20.
  public var problems = 20

  /// The limits that everybody keeps.
  public static let standard = Self()

  /// Limits that may be lowered one by one.
  public init() {}
}

/// Why a tree is no policy, wherever it came from.
public enum PolicyViolation: Error, Hashable, Sendable {
  /// There are more leaves than the limit.
  case tooManyLeaves(allowed: Int)
  /// There are more gates above a leaf, or parentheses around it, than the limit.
  case tooDeep(allowed: Int)
  /// An attribute labels more rows than the limit.
  case tooManyOccurrences(Attribute, allowed: Int)
  /// Threshold gates have more terms than the limit.
  case tooManyThresholdTerms(allowed: Int)
  /// A gate has no children.
  case emptyGate
  /// A threshold is not between 1 and the number of children.
  case thresholdOutOfRange(Int, children: Int)
}

extension PolicyViolation: CustomStringConvertible {
  /// The problem in a sentence.
  public var description: String {
    switch self {
    case .tooManyLeaves(let allowed):
      "the policy names more than \(allowed) attributes, repeats included"
    case .tooDeep(let allowed): "the policy is nested more than \(allowed) deep"
    case .tooManyOccurrences(let attribute, let allowed):
      "the policy names '\(attribute)' more than \(allowed) times"
    case .tooManyThresholdTerms(let allowed):
      "the thresholds of the policy are too large: the sum of n (k - 1) over all 'k of' with n"
        + " members exceeds \(allowed)"
    case .emptyGate: "a gate of the policy has no members"
    case .thresholdOutOfRange(let threshold, let children):
      "\(threshold) of \(children) members is not between 1 and \(children)"
    }
  }
}

extension AccessPolicy {
  /// The policy in normal form, after checking that it is one and keeps the limits.
  ///
  /// - Throws: the first violation that is found.
  public func normalised(
    within limits: PolicyLimits = .standard
  ) throws(PolicyViolation) -> AccessPolicy {
    try checkShape(within: limits)
    let normal = normalForm
    try normal.checkThresholds(within: limits)
    return normal
  }

  /// Walks with its own stack, so that no tree overflows the thread's.
  private func checkShape(within limits: PolicyLimits) throws(PolicyViolation) {
    var pending = [(node: self, depth: 0)]
    var leaves = 0
    var occurrences: [Attribute: Int] = [:]
    while let (node, depth) = pending.popLast() {
      guard depth <= limits.depth else { throw .tooDeep(allowed: limits.depth) }
      if case .attribute(let attribute) = node {
        leaves += 1
        occurrences[attribute, default: 0] += 1
        guard occurrences[attribute, default: 0] <= limits.occurrences else {
          throw .tooManyOccurrences(attribute, allowed: limits.occurrences)
        }
      }
      // Every child leads to a leaf, else the policy is refused anyway.
      guard leaves + pending.count + node.children.count <= limits.leaves else {
        throw .tooManyLeaves(allowed: limits.leaves)
      }
      try node.checkGate()
      for child in node.children.reversed() { pending.append((child, depth + 1)) }
    }
  }

  private func checkGate() throws(PolicyViolation) {
    switch self {
    case .attribute: return
    case .all(let children), .any(let children):
      guard !children.isEmpty else { throw .emptyGate }
    case .atLeast(let threshold, let children):
      guard !children.isEmpty else { throw .emptyGate }
      guard (1...children.count).contains(threshold) else {
        throw .thresholdOutOfRange(threshold, children: children.count)
      }
    }
  }

  private func checkThresholds(within limits: PolicyLimits) throws(PolicyViolation) {
    var pending = [self]
    var terms = 0
    while let node = pending.popLast() {
      if case .atLeast(let threshold, let children) = node {
        terms += children.count * (threshold - 1)
        guard terms <= limits.thresholdTerms else {
          throw .tooManyThresholdTerms(allowed: limits.thresholdTerms)
        }
      }
      pending.append(contentsOf: node.children)
    }
  }

  /// The children of a gate, none for an attribute.
  public var children: [AccessPolicy] {
    switch self {
    case .attribute: []
    case .all(let children), .any(let children), .atLeast(_, let children): children
    }
  }

  /// Recursive: the depth was checked.
  private var normalForm: AccessPolicy {
    switch self {
    case .attribute: self
    case .all(let children): Self.conjunction(of: children.map(\.normalForm))
    case .any(let children): Self.disjunction(of: children.map(\.normalForm))
    case .atLeast(let threshold, let children):
      Self.threshold(threshold, of: children.map(\.normalForm))
    }
  }

  /// The AND of policies in normal form, at least one.
  static func conjunction(of members: [AccessPolicy]) -> AccessPolicy {
    if members.count == 1 { return members[0] }
    return .all(
      members.flatMap { member in
        if case .all(let inner) = member { inner } else { [member] }
      })
  }

  /// The OR of policies in normal form, at least one.
  static func disjunction(of members: [AccessPolicy]) -> AccessPolicy {
    if members.count == 1 { return members[0] }
    return .any(
      members.flatMap { member in
        if case .any(let inner) = member { inner } else { [member] }
      })
  }

  /// `threshold` of policies in normal form.
  static func threshold(_ threshold: Int, of members: [AccessPolicy]) -> AccessPolicy {
    if threshold == 1 { return disjunction(of: members) }
    if threshold == members.count { return conjunction(of: members) }
    return .atLeast(threshold, of: members)
  }
}

extension AccessPolicy {
  /// The attributes that the policy names, each once.
  public var attributes: AttributeSet { AttributeSet(leaves) }

  /// The attributes from left to right, as often as they are named.
  public var leaves: [Attribute] {
    var found: [Attribute] = []
    var pending = [self]
    while let node = pending.popLast() {
      if case .attribute(let attribute) = node { found.append(attribute) }
      pending.append(contentsOf: node.children.reversed())
    }
    return found
  }
}

extension AccessPolicy: CustomStringConvertible {
  /// The text of the policy, which reads back as its normal form.
  ///
  /// Keywords are in upper case, one blank separates words, and parentheses stand around a gate
  /// inside another one, except around `k of (...)`, which has its own.
  public var description: String {
    var text = ""
    write(to: &text, nested: false)
    return text
  }

  private func write(to text: inout String, nested: Bool) {
    switch self {
    case .attribute(let attribute): text += attribute.name
    case .all(let children): Self.write(children, " AND ", nested ? "(" : "", to: &text)
    case .any(let children), .atLeast(1, let children):
      Self.write(children, " OR ", nested ? "(" : "", to: &text)
    case .atLeast(let threshold, let children):
      Self.write(children, ", ", "\(threshold) of (", to: &text)
    }
  }

  private static func write(
    _ children: [AccessPolicy], _ separator: String, _ opening: String, to text: inout String
  ) {
    // In a list of members a comma separates, so that nothing there needs parentheses.
    let nested = separator != ", "
    text += opening
    for (index, child) in children.enumerated() {
      if index > 0 { text += separator }
      child.write(to: &text, nested: nested)
    }
    if !opening.isEmpty { text += ")" }
  }
}
