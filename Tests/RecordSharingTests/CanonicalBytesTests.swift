import PairingCrypto
import RecordSharing
import Testing

@Suite struct CanonicalBytesTests {
  @Test("Numbers are big-endian and fields carry their length")
  func layout() {
    var writer = ByteWriter(.policy, parameters: .ss512)
    writer.write(UInt8(0xAB))
    writer.write(UInt16(0x0102))
    writer.write(UInt32(0x0304_0506))
    writer.write(UInt64(0x0708_090A_0B0C_0D0E))
    writer.writeFixed([9, 9])
    writer.writeField([7])
    writer.writeCount(3)
    #expect(
      writer.bytes == [
        1, 2, 1, 0xAB, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 9, 9, 0, 0, 0, 1, 7, 0, 0, 0,
        3,
      ])
  }

  @Test("What is written reads back, and then nothing is left")
  func roundTrip() throws {
    var writer = ByteWriter(.matrix, parameters: .toy)
    writer.write(UInt8(200))
    writer.write(UInt16.max)
    writer.write(UInt32.max)
    writer.write(UInt64.max)
    writer.writeFixed([1, 2, 3])
    writer.writeField([])
    writer.writeField([4, 5])
    writer.writeCount(2)
    writer.writeFixed([0, 0])
    var reader = try ByteReader(writer.bytes, .matrix, parameters: .toy)
    #expect(try reader.read() as UInt8 == 200)
    #expect(try reader.read() as UInt16 == .max)
    #expect(try reader.read() as UInt32 == .max)
    #expect(try reader.read() as UInt64 == .max)
    #expect(try reader.readFixed(3) == [1, 2, 3])
    #expect(try reader.readField(atMost: 0) == [])
    #expect(try reader.readField(atMost: 2) == [4, 5])
    #expect(try reader.readCount(atMost: 2) == 2)
    let unfinished = reader
    #expect(throws: ByteProblem(.trailing(2), offset: 35)) { try unfinished.finish() }
    #expect(try reader.readFixed(2) == [0, 0])
    try reader.finish()
  }

  @Test("Hostile bytes are refused with their offset")
  func refusals() throws {
    func problem(_ read: () throws(ByteProblem) -> Void) -> ByteProblem? {
      do throws(ByteProblem) {
        try read()
        return nil
      } catch { return error }
    }
    func header(_ bytes: [UInt8], _ parameters: ParameterSet?) -> ByteProblem? {
      problem { () throws(ByteProblem) in
        _ = try ByteReader(bytes, .policy, parameters: parameters)
      }
    }
    #expect(header([1, 0, 1], nil) == nil)
    #expect(header([], nil) == ByteProblem(.truncated(needed: 1, left: 0), offset: 0))
    #expect(header([1, 0], nil) == ByteProblem(.truncated(needed: 1, left: 0), offset: 2))
    #expect(header([2, 0, 1], nil) == ByteProblem(.wrongVersion(2), offset: 0))
    #expect(
      header([1, 2, 1], .toy) == ByteProblem(.wrongParameters(2, expected: .toy), offset: 1))
    #expect(header([1, 2, 1], nil) == ByteProblem(.wrongParameters(2, expected: nil), offset: 1))
    #expect(
      header([1, 0, 9], nil)
        == ByteProblem(.wrongKind(ArtefactKind(rawValue: 9), expected: .policy), offset: 2))

    var reader = ByteReader([0xFF, 0xFF, 0xFF, 0xFF, 1, 2])
    let start = reader
    #expect(
      problem { () throws(ByteProblem) in _ = try reader.readField(atMost: 10) }
        == ByteProblem(.fieldTooLong(0xFFFF_FFFF, allowed: 10), offset: 0))
    reader = start
    #expect(
      problem { () throws(ByteProblem) in _ = try reader.readField(atMost: .max) }
        == ByteProblem(.truncated(needed: 0xFFFF_FFFF, left: 2), offset: 4))
    reader = start
    #expect(
      problem { () throws(ByteProblem) in _ = try reader.readCount(atMost: 10) }
        == ByteProblem(.countTooLarge(0xFFFF_FFFF, allowed: 10), offset: 0))
    reader = start
    #expect(
      problem { () throws(ByteProblem) in
        _ = try reader.readCount(atMost: .max, bytesEach: .max)
      } == ByteProblem(.truncated(needed: .max, left: 2), offset: 4))
    reader = start
    #expect(
      problem { () throws(ByteProblem) in _ = try reader.read() as UInt64 }
        == ByteProblem(.truncated(needed: 8, left: 6), offset: 0))
    var number = ByteReader([0, 0, 0, 0, 0, 0, 0, 5])
    #expect(
      problem { () throws(ByteProblem) in _ = try number.readNumber(in: 6...9) }
        == ByteProblem(.valueOutOfRange(5, allowed: 6...9), offset: 0))
  }

  @Test("A policy in bytes is refused unless it is the one encoding of a normal form")
  func policies() throws {
    func problem(_ body: [UInt8], universe: AttributeSet? = nil) -> PolicyDecodingProblem? {
      do throws(PolicyDecodingProblem) {
        _ = try AccessPolicy(bytes: [1, 0, 1] + body, universe: universe)
        return nil
      } catch { return error }
    }
    let (a, b): ([UInt8], [UInt8]) = ([0, 1, 0x61], [0, 1, 0x62])
    #expect(problem([1, 0, 2] + a + b) == nil)
    #expect(problem([3, 0, 2, 0, 3] + a + b + a) == nil)
    #expect(problem([1, 0, 1] + a) == .notNormal(offset: 3))
    #expect(problem([1, 0, 0]) == .notNormal(offset: 3))
    #expect(problem([1, 0, 2] + a + [1, 0, 2] + a + b) == .notNormal(offset: 9))
    #expect(problem([2, 0, 2] + a + [2, 0, 2] + a + b) == .notNormal(offset: 9))
    #expect(problem([3, 0, 1, 0, 2] + a + b) == .notNormal(offset: 3))
    #expect(problem([3, 0, 2, 0, 2] + a + b) == .notNormal(offset: 3))
    #expect(problem([3, 0, 3, 0, 2] + a + b) == .notNormal(offset: 3))
    #expect(problem([0, 1, 0x41]) == .foldedName(offset: 4))
    #expect(problem([0, 2, 0x6F, 0x72]) == .attribute(.reserved("or"), offset: 4))
    #expect(problem([0, 0]) == .attribute(.empty, offset: 4))
    #expect(problem(a + [0]) == .bytes(ByteProblem(.trailing(1), offset: 6)))
    #expect(problem([4]) == .bytes(ByteProblem(.valueOutOfRange(4, allowed: 0...3), offset: 3)))
    #expect(
      problem([1, 0, 2] + a) == .bytes(ByteProblem(.truncated(needed: 1, left: 0), offset: 9)))
    #expect(problem([1, 0x10, 1] + a) == .violation(.tooManyLeaves(allowed: 4096)))
    #expect(
      problem(a, universe: [try Attribute("b")])
        == .unknownAttribute(try Attribute("a"), offset: 4))
    // Nested gates that never end: AND and OR in turn.
    let nested: [UInt8] = (0..<100).flatMap { [UInt8(1 + $0 % 2), 0, 2] }
    #expect(problem(nested) == .violation(.tooDeep(allowed: 64)))
    // Many gates on one level, each with leaves: the leaves are counted as they come.
    let wide = [1, 0x10, 0] + [UInt8]((0..<4096).flatMap { _ in [2, 0, 2] + a + b })
    #expect(problem(wide) == .violation(.tooManyLeaves(allowed: 4096)))
  }
}
