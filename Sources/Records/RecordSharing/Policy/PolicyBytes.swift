/// Why bytes are no policy.
public enum PolicyDecodingProblem: Error, Hashable, Sendable {
  /// The bytes themselves are not right.
  case bytes(ByteProblem)
  /// A name of an attribute is not right.
  case attribute(AttributeProblem, offset: Int)
  /// A name has upper case letters, which names in bytes don't have.
  case foldedName(offset: Int)
  /// The system doesn't know an attribute.
  case unknownAttribute(Attribute, offset: Int)
  /// The tree is not in normal form, so that other bytes stand for the same policy.
  case notNormal(offset: Int)
  /// The tree exceeds a limit.
  case violation(PolicyViolation)
}

extension PolicyDecodingProblem: CustomStringConvertible {
  /// The problem in a sentence.
  public var description: String {
    switch self {
    case .bytes(let problem): problem.description
    case .attribute(let problem, let offset): "offset \(offset): \(problem)"
    case .foldedName(let offset): "offset \(offset): a name in upper case"
    case .unknownAttribute(let attribute, let offset):
      "offset \(offset): nobody issues the attribute '\(attribute)'"
    case .notNormal(let offset): "offset \(offset): a gate that is not in normal form"
    case .violation(let violation): violation.description
    }
  }
}

/// What a node of a policy is in bytes.
private enum NodeTag: UInt8 {
  /// Length of the name in one byte, then the name.
  case attribute = 0
  /// Number of children in two bytes, then the children.
  case all = 1
  /// Number of children in two bytes, then the children.
  case any = 2
  /// Threshold and number of children in two bytes each, then the children.
  case atLeast = 3
}

extension AccessPolicy {
  /// The one encoding of a policy in normal form: header, then the tree from the root down.
  ///
  /// It stands for (M, ρ) too, which are functions of it. The policy has to keep the standard
  /// limits.
  public var bytes: [UInt8] {
    var writer = ByteWriter(.policy, parameters: nil)
    var pending = [self]
    while let node = pending.popLast() {
      node.writeTag(to: &writer)
      pending.append(contentsOf: node.children.reversed())
    }
    return writer.bytes
  }

  private func writeTag(to writer: inout ByteWriter) {
    switch self {
    case .attribute(let attribute):
      writer.write(NodeTag.attribute.rawValue)
      writer.write(UInt8(attribute.bytes.count))
      writer.writeFixed(attribute.bytes)
    case .all(let children):
      writer.write(NodeTag.all.rawValue)
      writer.write(UInt16(children.count))
    case .any(let children):
      writer.write(NodeTag.any.rawValue)
      writer.write(UInt16(children.count))
    case .atLeast(let threshold, let children):
      writer.write(NodeTag.atLeast.rawValue)
      writer.write(UInt16(threshold))
      writer.write(UInt16(children.count))
    }
  }

  /// Reads what ``bytes`` writes, and nothing else.
  ///
  /// - Parameters:
  ///   - bytes: the encoding, from anybody.
  ///   - universe: the attributes that exist, or nil to admit all names.
  ///   - limits: how large the policy may be.
  /// - Throws: the first problem that is found.
  public init(
    bytes: [UInt8], universe: AttributeSet? = nil, limits: PolicyLimits = .standard
  ) throws(PolicyDecodingProblem) {
    let reader = try reading { () throws(ByteProblem) in
      try ByteReader(bytes, .policy, parameters: nil)
    }
    var decoder = PolicyDecoder(reader: reader, universe: universe, limits: limits)
    let policy = try decoder.decode()
    do throws(PolicyViolation) {
      self = try policy.normalised(within: limits)
    } catch {
      throw .violation(error)
    }
  }
}

/// Names a problem with bytes as one with a policy.
private func reading<Value>(
  _ read: () throws(ByteProblem) -> Value
) throws(PolicyDecodingProblem) -> Value {
  do throws(ByteProblem) { return try read() } catch { throw .bytes(error) }
}

/// Builds a tree with its own stack.
private struct PolicyDecoder {
  /// A gate whose children are not complete.
  struct Gate {
    let tag: NodeTag
    let threshold: Int
    let count: Int
    var children: [AccessPolicy] = []

    var policy: AccessPolicy {
      switch tag {
      case .all: .all(children)
      case .any: .any(children)
      case .attribute, .atLeast: .atLeast(threshold, of: children)
      }
    }
  }

  var reader: ByteReader
  let universe: AttributeSet?
  let limits: PolicyLimits
  var gates: [Gate] = []
  var leaves = 0

  mutating func decode() throws(PolicyDecodingProblem) -> AccessPolicy {
    while true {
      guard var node = try decodeNode() else { continue }
      while var gate = gates.popLast() {
        gate.children.append(node)
        guard gate.children.count == gate.count else {
          gates.append(gate)
          break
        }
        node = gate.policy
      }
      guard gates.isEmpty else { continue }
      try reading { () throws(ByteProblem) in try reader.finish() }
      return node
    }
  }

  /// A leaf, or nil after a gate was begun.
  private mutating func decodeNode() throws(PolicyDecodingProblem) -> AccessPolicy? {
    let start = reader.offset
    let code = try reading { () throws(ByteProblem) -> UInt8 in try reader.read() }
    guard let tag = NodeTag(rawValue: code) else {
      throw .bytes(ByteProblem(.valueOutOfRange(UInt64(code), allowed: 0...3), offset: start))
    }
    if tag == .attribute { return .attribute(try decodeAttribute()) }
    let threshold = tag == .atLeast ? try decodeNumber() : 0
    let count = try decodeNumber()
    let isNormal =
      count >= 2 && (gates.last?.tag != tag || tag == .atLeast)
      && (tag != .atLeast || (2..<count).contains(threshold))
    guard isNormal else { throw .notNormal(offset: start) }
    guard gates.count < limits.depth else { throw .violation(.tooDeep(allowed: limits.depth)) }
    guard count <= limits.leaves else {
      throw .violation(.tooManyLeaves(allowed: limits.leaves))
    }
    gates.append(Gate(tag: tag, threshold: threshold, count: count))
    return nil
  }

  private mutating func decodeNumber() throws(PolicyDecodingProblem) -> Int {
    Int(try reading { () throws(ByteProblem) -> UInt16 in try reader.read() })
  }

  private mutating func decodeAttribute() throws(PolicyDecodingProblem) -> Attribute {
    let start = reader.offset
    leaves += 1
    guard leaves <= limits.leaves else {
      throw .violation(.tooManyLeaves(allowed: limits.leaves))
    }
    let name = try reading { () throws(ByteProblem) -> [UInt8] in
      let length: UInt8 = try reader.read()
      return try reader.readFixed(Int(length))
    }
    let attribute: Attribute
    do throws(AttributeProblem) { attribute = try Attribute(utf8: name) } catch {
      throw .attribute(error, offset: start)
    }
    guard attribute.bytes == name else { throw .foldedName(offset: start) }
    if let universe, !universe.contains(attribute) {
      throw .unknownAttribute(attribute, offset: start)
    }
    return attribute
  }
}
