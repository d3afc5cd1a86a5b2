import PairingCrypto

/// An artefact that can be read from bytes.
public protocol DecodableArtefact: Artefact where Elements == RealElements {
  /// Reads everything but the header.
  ///
  /// - Throws: the first thing that is wrong.
  init(from reader: inout ArtefactReader) throws(ArtefactFailure)
}

/// Reads what ``ArtefactWriter`` writes, from anybody: every length is bounded before it is used and
/// every element is checked to be in its group.
public struct ArtefactReader {
  private var reader: ByteReader
  private var group: PairingGroup

  /// Reads one artefact and nothing else.
  static func decode<A: DecodableArtefact>(
    _ type: A.Type, from bytes: [UInt8], in group: inout PairingGroup
  ) throws(ArtefactFailure) -> A {
    var reader = Self(reader: ByteReader(bytes), group: group)
    defer { group.tally = reader.group.tally }
    reader.reader = try wrapped { () throws(ByteProblem) in
      try ByteReader(bytes, A.kind, parameters: group.parameters)
    }
    let artefact = try A(from: &reader)
    try wrapped { () throws(ByteProblem) in try reader.reader.finish() }
    return artefact
  }

  private static func wrapped<Value>(
    _ body: () throws(ByteProblem) -> Value
  ) throws(ArtefactFailure) -> Value {
    do throws(ByteProblem) {
      return try body()
    } catch {
      throw .bytes(error)
    }
  }

  /// How many bytes are read.
  var offset: Int { reader.offset }

  mutating func uint8() throws(ArtefactFailure) -> UInt8 {
    do throws(ByteProblem) { return try reader.read() } catch { throw .bytes(error) }
  }

  mutating func uint16() throws(ArtefactFailure) -> UInt16 {
    do throws(ByteProblem) { return try reader.read() } catch { throw .bytes(error) }
  }

  mutating func uint32() throws(ArtefactFailure) -> UInt32 {
    do throws(ByteProblem) { return try reader.read() } catch { throw .bytes(error) }
  }

  mutating func uint64() throws(ArtefactFailure) -> UInt64 {
    do throws(ByteProblem) { return try reader.read() } catch { throw .bytes(error) }
  }

  mutating func epoch() throws(ArtefactFailure) -> Epoch { Epoch(try uint32()) }

  mutating func count(atMost allowed: Int, bytesEach width: Int) throws(ArtefactFailure) -> Int {
    do throws(ByteProblem) {
      return try reader.readCount(atMost: allowed, bytesEach: width)
    } catch {
      throw .bytes(error)
    }
  }

  mutating func fixed(_ count: Int) throws(ArtefactFailure) -> [UInt8] {
    do throws(ByteProblem) { return try reader.readFixed(count) } catch { throw .bytes(error) }
  }

  mutating func field(atMost allowed: Int) throws(ArtefactFailure) -> [UInt8] {
    do throws(ByteProblem) {
      return try reader.readField(atMost: allowed)
    } catch {
      throw .bytes(error)
    }
  }

  /// A number in one byte that has to lie in a range.
  mutating func uint8(in allowed: ClosedRange<Int>) throws(ArtefactFailure) -> Int {
    let start = offset
    let value = Int(try uint8())
    guard allowed.contains(value) else {
      let range = UInt64(allowed.lowerBound)...UInt64(allowed.upperBound)
      throw .bytes(ByteProblem(.valueOutOfRange(UInt64(value), allowed: range), offset: start))
    }
    return value
  }

  /// A text in UTF-8 of a bounded length.
  mutating func text() throws(ArtefactFailure) -> String {
    let start = offset
    let bytes = try field(atMost: SharingBounds.nameBytes)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .badText(offset: start)
    }
    return text
  }

  mutating func attribute() throws(ArtefactFailure) -> Attribute {
    let start = offset
    let bytes = try field(atMost: Attribute.maximumLength)
    let attribute: Attribute
    do throws(AttributeProblem) {
      attribute = try Attribute(utf8: bytes)
    } catch {
      throw .attribute(error, offset: start)
    }
    guard attribute.bytes == bytes else { throw .foldedName(offset: start) }
    return attribute
  }

  /// An attribute that has to follow on the one before it.
  mutating func attribute(after previous: Attribute?) throws(ArtefactFailure) -> Attribute {
    let start = offset
    let attribute = try attribute()
    if let previous, attribute <= previous { throw .notAscending(offset: start) }
    return attribute
  }

  mutating func digest() throws(ArtefactFailure) -> ContentDigest {
    let bytes = try fixed(ContentDigest.byteCount)
    guard let digest = ContentDigest(bytes) else {
      preconditionFailure("a digest of \(bytes.count) bytes")
    }
    return digest
  }

  mutating func point() throws(ArtefactFailure) -> GroupElement {
    let start = offset
    let bytes = try fixed(group.parameters.elementBytes)
    do throws(DecodingFailure) {
      return try group.element(bytes)
    } catch {
      throw .element(error, offset: start)
    }
  }

  mutating func points(_ count: Int) throws(ArtefactFailure) -> [GroupElement] {
    var points: [GroupElement] = []
    for _ in 0..<count { points.append(try point()) }
    return points
  }

  mutating func scalar() throws(ArtefactFailure) -> Scalar {
    let start = offset
    let bytes = try fixed(group.parameters.scalarBytes)
    do throws(DecodingFailure) {
      return try Scalar(bytes, group.parameters)
    } catch {
      throw .element(error, offset: start)
    }
  }

  mutating func target() throws(ArtefactFailure) -> TargetElement {
    let start = offset
    let bytes = try fixed(group.parameters.targetBytes)
    do throws(DecodingFailure) {
      return try group.targetElement(bytes)
    } catch {
      throw .element(error, offset: start)
    }
  }

  mutating func policy() throws(ArtefactFailure) -> SharingPolicy {
    let bytes = try field(atMost: PolicyLimits.standard.textLength)
    do throws(PolicyDecodingProblem) {
      let policy = try AccessPolicy(bytes: bytes)
      do throws(PolicyViolation) {
        return try SharingPolicy(policy)
      } catch {
        throw .violation(error)
      }
    } catch {
      throw .policy(error)
    }
  }

  mutating func sealed(atMost allowed: Int) throws(ArtefactFailure) -> SealedBytes {
    SealedBytes(try field(atMost: allowed + Symmetric.tagByteCount))
  }

  mutating func signature() throws(ArtefactFailure) -> RSASignature {
    RSASignature(try field(atMost: RSAKeySize.bits3072.byteCount))
  }

  mutating func key() throws(ArtefactFailure) -> RSAPublicKey {
    let start = offset
    let bytes = try field(atMost: RSAKeySize.bits3072.byteCount + 16)
    do throws(RSAFailure) {
      return try RSAPublicKey(encoded: bytes)
    } catch {
      throw .key(error, offset: start)
    }
  }

  /// The bytes of an element of G.
  var elementBytes: Int { group.parameters.elementBytes }

  /// The set whose elements are read.
  var parameters: ParameterSet { group.parameters }
}
