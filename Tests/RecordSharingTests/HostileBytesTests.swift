import PairingCrypto
import Testing

@testable import RecordSharing

@Suite("Hostile bytes")
struct HostileBytesTests {
  private func token(_ edit: (inout [UInt8]) -> Void) throws -> ArtefactFailure? {
    let sample = try #require(Sample.toy.first { $0.kind == .searchToken })
    var bytes = sample.bytes
    edit(&bytes)
    return sample.failure(bytes)
  }

  /// A token's first element begins behind header, user, count and two slots.
  private let first = 3 + 4 + 4 + 2

  @Test("Elements that are not in the group are refused, each for its reason")
  func elements() throws {
    let length = ParameterSet.toy.elementBytes
    func replaced(_ element: [UInt8]) throws -> ArtefactFailure? {
      try token { $0.replaceSubrange(first..<first + length, with: element) }
    }
    let zeros = [UInt8](repeating: 0, count: length - 1)
    func failure(_ reason: DecodingFailure) -> ArtefactFailure {
      .element(reason, offset: first)
    }
    #expect(try replaced([0] + zeros) == failure(.identity(.toy)))
    #expect(try replaced([4] + zeros) == failure(.badPrefix(found: 4)))
    #expect(
      try replaced([2] + zeros.map { _ in 0xFF }) == failure(.coordinateTooLarge(.toy)))
    // (0, 0) has order 2.
    #expect(try replaced([2] + zeros) == failure(.outsideSubgroup(.toy)))
    // x = 1 has order 4 where 2 is a square, and no point otherwise.
    let one = try replaced([2] + zeros.dropLast() + [1])
    #expect(one == failure(.outsideSubgroup(.toy)) || one == failure(.notOnCurve(.toy)))
  }

  @Test("An element of G_T outside the subgroup is refused")
  func targets() throws {
    let sample = try #require(Sample.toy.first { $0.kind == .publicParameters })
    let start = 3 + 2 + 4 + 2 * ParameterSet.toy.elementBytes
    var bytes = sample.bytes
    let length = ParameterSet.toy.targetBytes
    bytes.replaceSubrange(start..<start + length, with: [UInt8](repeating: 0, count: length))
    #expect(sample.failure(bytes) == .element(.normNotOne(.toy), offset: start))
    bytes = sample.bytes
    bytes[start] = 0xFF
    #expect(sample.failure(bytes) == .element(.coordinateTooLarge(.toy), offset: start))
  }

  @Test("Slots have to ascend and to be in range, and there is at least one")
  func slots() throws {
    #expect(try token { $0[11] = 1 } == .notAscending(offset: 12))
    #expect(
      try token { $0[12] = 64 }
        == .bytes(ByteProblem(.valueOutOfRange(64, allowed: 0...63), offset: 12)))
    #expect(
      try token { $0[10] = 65 }
        == .bytes(ByteProblem(.countTooLarge(65, allowed: 64), offset: 7)))
    #expect(
      try token {
        $0[10] = 0
        $0.removeSubrange(11..<13)
      } == .wrongCount(0, expected: 1, offset: 11))
  }

  /// A capsule with another policy in bytes.
  private func capsule(policy: [UInt8]) throws -> ArtefactFailure? {
    let sample = try #require(Sample.toy.first { $0.kind == .capsule })
    let old = Int(sample.bytes[5]) << 8 | Int(sample.bytes[6])
    var writer = ByteWriter()
    writer.writeField(policy)
    return sample.failure(
      Array(sample.bytes[..<3]) + writer.bytes + Array(sample.bytes[(7 + old)...]))
  }

  @Test("A policy with another number of rows than the capsule has is refused")
  func rows() throws {
    let policy = try AccessPolicy.parse("a and b")
    guard case .wrongCount(4, expected: 2, _) = try capsule(policy: policy.bytes) else {
      Issue.record("the rows were accepted")
      return
    }
  }

  @Test("A policy of a million leaves is refused before it is built")
  func manyLeaves() throws {
    var writer = ByteWriter(.policy, parameters: nil)
    for _ in 0..<1_000_000 {
      writer.write(UInt8(1))
      writer.write(UInt16(65535))
    }
    guard case .bytes(let problem) = try capsule(policy: writer.bytes),
      case .fieldTooLong = problem.kind
    else {
      Issue.record("a policy of \(writer.bytes.count) bytes was read")
      return
    }
  }

  @Test("Upper case, bad names and texts that are no UTF-8 are refused")
  func names() throws {
    let sample = try #require(Sample.toy.first { $0.kind == .registryEntry })
    // The first name begins behind header, user, count and its length.
    let place = 3 + 4 + 4 + 4
    func replaced(_ byte: UInt8) -> ArtefactFailure? {
      var bytes = sample.bytes
      bytes[place] = byte
      return sample.failure(bytes)
    }
    #expect(replaced(UInt8(ascii: "A")) == .foldedName(offset: place - 4))
    #expect(replaced(UInt8(ascii: "b")) == .notAscending(offset: place + 1))
    #expect(replaced(UInt8(ascii: "1")) == .attribute(.badStart("1"), offset: place - 4))
    let certificate = try #require(Sample.toy.first { $0.kind == .certificate })
    var bytes = certificate.bytes
    bytes[7] = 0xFF
    #expect(certificate.failure(bytes) == .badText(offset: 3))
  }

  @Test("An artefact of one parameter set is no artefact of another")
  func mixedSets() throws {
    let samples = try Sample.all(.ss512)
    for sample in samples {
      #expect(
        sample.failure(sample.bytes, .toy)
          == .bytes(ByteProblem(.wrongParameters(2, expected: .toy), offset: 1)))
      var disguised = sample.bytes
      disguised[1] = ParameterSet.toy.rawValue
      // A certificate has no element; its signature covers the header.
      #expect((sample.failure(disguised, .toy) == nil) == (sample.kind == .certificate))
    }
  }
}
