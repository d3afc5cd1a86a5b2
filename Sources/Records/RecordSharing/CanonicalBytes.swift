import PairingCrypto

/// What a sequence of bytes stands for, the third byte of its header.
///
/// Codes below 16 belong to policies, matrices and Merkle proofs; others are added by extension.
public struct ArtefactKind: RawRepresentable, Hashable, Sendable {
  /// The code in the header.
  public let rawValue: UInt8

  /// The kind with a code.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// An ``AccessPolicy``.
  public static let policy = Self(rawValue: 1)
  /// A ``LabelledMatrix``.
  public static let matrix = Self(rawValue: 2)
  /// A ``MerkleHead``.
  public static let merkleHead = Self(rawValue: 3)
  /// An ``InclusionProof``.
  public static let inclusionProof = Self(rawValue: 4)
  /// A ``ConsistencyProof``.
  public static let consistencyProof = Self(rawValue: 5)
}

/// Writes values so that each has exactly one encoding: fixed-width big-endian numbers and fields
/// with their length before them.
///
/// A complete artefact begins with a header of three bytes: version, parameter set (0 when it
/// depends on none) and kind. Too large a count is a mistake of the program and stops it.
public struct ByteWriter: Sendable {
  /// The version in every header.
  public static let version: UInt8 = 1

  /// What is written so far.
  public private(set) var bytes: [UInt8]

  /// Begins with nothing, for a part of an artefact.
  public init() { bytes = [] }

  /// Begins with the header of an artefact.
  public init(_ kind: ArtefactKind, parameters: ParameterSet?) {
    bytes = [Self.version, parameters?.rawValue ?? 0, kind.rawValue]
  }

  /// Writes one byte.
  public mutating func write(_ value: UInt8) { bytes.append(value) }

  /// Writes two bytes, the high one first.
  public mutating func write(_ value: UInt16) { writeBigEndian(UInt64(value), width: 2) }

  /// Writes four bytes, the high one first.
  public mutating func write(_ value: UInt32) { writeBigEndian(UInt64(value), width: 4) }

  /// Writes eight bytes, the high one first.
  public mutating func write(_ value: UInt64) { writeBigEndian(value, width: 8) }

  /// Writes bytes whose number the reader knows.
  public mutating func writeFixed(_ content: [UInt8]) { bytes += content }

  /// Writes the length in four bytes, then the bytes.
  public mutating func writeField(_ content: [UInt8]) {
    writeCount(content.count)
    bytes += content
  }

  /// Writes how many elements follow, in four bytes.
  public mutating func writeCount(_ count: Int) {
    precondition(count <= Int(UInt32.max), "a count of \(count) does not fit four bytes")
    write(UInt32(count))
  }

  private mutating func writeBigEndian(_ value: UInt64, width: Int) {
    for index in 1...width {
      bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * (width - index))))
    }
  }
}

/// Why bytes are no artefact, and the offset of the part that isn't right.
public struct ByteProblem: Error, Hashable, Sendable {
  /// What isn't right.
  public enum Kind: Hashable, Sendable {
    /// The bytes end too early.
    case truncated(needed: Int, left: Int)
    /// Bytes follow the last part.
    case trailing(Int)
    /// A field is longer than it may be.
    case fieldTooLong(Int, allowed: Int)
    /// A count is larger than it may be.
    case countTooLarge(Int, allowed: Int)
    /// A number is larger than it may be, or otherwise outside what it stands for.
    case valueOutOfRange(UInt64, allowed: ClosedRange<UInt64>)
    /// The version is not ours.
    case wrongVersion(UInt8)
    /// The parameter set is another one, or none where one is needed; nil for none.
    case wrongParameters(UInt8, expected: ParameterSet?)
    /// The artefact is of another kind.
    case wrongKind(ArtefactKind, expected: ArtefactKind)
  }

  /// What isn't right.
  public let kind: Kind
  /// The bytes before the part.
  public let offset: Int

  /// A problem with the part at an offset.
  public init(_ kind: Kind, offset: Int) {
    self.kind = kind
    self.offset = offset
  }
}

extension ByteProblem: CustomStringConvertible {
  /// The problem in a sentence.
  public var description: String {
    let problem =
      switch kind {
      case .truncated(let needed, let left): "\(needed) bytes are needed, \(left) are left"
      case .trailing(let count): "\(count) bytes follow the end"
      case .fieldTooLong(let length, let allowed):
        "a field of \(length) bytes, at most \(allowed) are allowed"
      case .countTooLarge(let count, let allowed):
        "a count of \(count), at most \(allowed) is allowed"
      case .valueOutOfRange(let value, let allowed):
        "the number \(value) is not between \(allowed.lowerBound) and \(allowed.upperBound)"
      case .wrongVersion(let version): "version \(version), expected \(ByteWriter.version)"
      case .wrongParameters(let code, let expected):
        "parameter set \(ParameterSet(rawValue: code)?.name ?? "number \(code)"),"
          + " expected \(expected?.name ?? "none")"
      case .wrongKind(let kind, let expected):
        "an artefact of kind \(kind.rawValue), expected \(expected.rawValue)"
      }
    return "offset \(offset): \(problem)"
  }
}

/// Reads what ``ByteWriter`` writes; every length is checked before it is used, so that no bytes
/// trap it or make it reserve much memory.
public struct ByteReader: Sendable {
  private let bytes: [UInt8]
  /// How many bytes are read.
  public private(set) var offset = 0

  /// Begins at the first byte, for a part of an artefact.
  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Begins after the header of an artefact, which has to be the one expected.
  public init(
    _ bytes: [UInt8], _ kind: ArtefactKind, parameters: ParameterSet?
  ) throws(ByteProblem) {
    self.init(bytes)
    let version: UInt8 = try read()
    guard version == ByteWriter.version else {
      throw ByteProblem(.wrongVersion(version), offset: 0)
    }
    let code: UInt8 = try read()
    guard code == parameters?.rawValue ?? 0 else {
      throw ByteProblem(.wrongParameters(code, expected: parameters), offset: 1)
    }
    let found = ArtefactKind(rawValue: try read())
    guard found == kind else { throw ByteProblem(.wrongKind(found, expected: kind), offset: 2) }
  }

  /// How many bytes are left.
  public var left: Int { bytes.count - offset }

  /// Reads one byte.
  public mutating func read() throws(ByteProblem) -> UInt8 {
    UInt8(truncatingIfNeeded: try readBigEndian(width: 1))
  }

  /// Reads two bytes, the high one first.
  public mutating func read() throws(ByteProblem) -> UInt16 {
    UInt16(truncatingIfNeeded: try readBigEndian(width: 2))
  }

  /// Reads four bytes, the high one first.
  public mutating func read() throws(ByteProblem) -> UInt32 {
    UInt32(truncatingIfNeeded: try readBigEndian(width: 4))
  }

  /// Reads eight bytes, the high one first.
  public mutating func read() throws(ByteProblem) -> UInt64 { try readBigEndian(width: 8) }

  /// Reads a number of eight bytes that has to lie in a range.
  public mutating func readNumber(
    in allowed: ClosedRange<UInt64>
  ) throws(ByteProblem) -> UInt64 {
    let start = offset
    let value: UInt64 = try read()
    guard allowed.contains(value) else {
      throw ByteProblem(.valueOutOfRange(value, allowed: allowed), offset: start)
    }
    return value
  }

  /// Reads a given number of bytes, not below 0.
  public mutating func readFixed(_ count: Int) throws(ByteProblem) -> [UInt8] {
    guard count <= left else {
      throw ByteProblem(.truncated(needed: count, left: left), offset: offset)
    }
    defer { offset += count }
    return Array(bytes[offset..<offset + count])
  }

  /// Reads a field with its length before it.
  public mutating func readField(atMost allowed: Int) throws(ByteProblem) -> [UInt8] {
    let start = offset
    let length = Int(try readBigEndian(width: 4))
    guard length <= allowed else {
      throw ByteProblem(.fieldTooLong(length, allowed: allowed), offset: start)
    }
    return try readFixed(length)
  }

  /// Reads how many elements follow, each of which takes some bytes at least.
  public mutating func readCount(
    atMost allowed: Int, bytesEach width: Int = 1
  ) throws(ByteProblem) -> Int {
    let start = offset
    let count = Int(try readBigEndian(width: 4))
    guard count <= allowed else {
      throw ByteProblem(.countTooLarge(count, allowed: allowed), offset: start)
    }
    guard count <= left / max(width, 1) else {
      let (needed, overflows) = count.multipliedReportingOverflow(by: width)
      throw ByteProblem(.truncated(needed: overflows ? .max : needed, left: left), offset: offset)
    }
    return count
  }

  /// Requires that nothing is left.
  public func finish() throws(ByteProblem) {
    guard left == 0 else { throw ByteProblem(.trailing(left), offset: offset) }
  }

  private mutating func readBigEndian(width: Int) throws(ByteProblem) -> UInt64 {
    guard width <= left else {
      throw ByteProblem(.truncated(needed: width, left: left), offset: offset)
    }
    var value: UInt64 = 0
    for index in offset..<offset + width { value = value << 8 | UInt64(bytes[index]) }
    offset += width
    return value
  }
}
