import PairingCrypto
import Testing

@testable import RecordSharing

/// One artefact of each kind, as bytes, with what decoding and encoding them again gives.
struct Sample: Sendable, CustomStringConvertible {
  let name: String
  let bytes: [UInt8]
  let kind: ArtefactKind
  /// The bytes of what was decoded, or why they are none.
  let recode: @Sendable ([UInt8], ParameterSet) -> Result<[UInt8], ArtefactFailure>

  var description: String { name }

  init<A: DecodableArtefact>(_ artefact: A, _ parameters: ParameterSet = .toy) {
    name = "\(A.self)".prefix { $0 != "<" } + ""
    bytes = artefact.encoded(parameters)
    kind = A.kind
    recode = { bytes, parameters in
      var scheme = real(parameters)
      do throws(ArtefactFailure) {
        return .success(try scheme.decode(A.self, from: bytes).encoded(parameters))
      } catch {
        return .failure(error)
      }
    }
  }

  func failure(_ bytes: [UInt8], _ parameters: ParameterSet = .toy) -> ArtefactFailure? {
    switch recode(bytes, parameters) {
    case .success: nil
    case .failure(let failure): failure
    }
  }

  static func all(_ parameters: ParameterSet) throws -> [Sample] {
    var world = try World(real(parameters), attributes: "a b c", slots: 2)
    let issued = try world.issue(1, "a b")
    let index = try world.scheme.index(
      ["x", nil], of: FileID(1), key: world.system.keywordKey, with: world.prepared)
    let file = try world.scheme.encrypt(
      Array("a record".utf8), under: try sharingPolicy("a and 2 of (a, b, c)"), as: FileID(1),
      of: OwnerID(1), index: index, tables: nil, with: world.prepared)
    let request = try world.scheme.storageRequest(file.ciphertext, signedBy: Keys.owner)
    let abstract = world.scheme.abstract(
      of: request, at: StorageLocation(5), keys: file.keys, ownerKey: Keys.owner.publicKey,
      hospital: "St. Anna", doctor: "Dr. Weiß")
    let transaction = try world.scheme.transaction(
      TransactionID(1), at: 9, abstracts: [abstract], signedBy: Keys.owner)
    let token = try world.scheme.token(
      for: [SlotWord(Slot(0), "x"), SlotWord(Slot(1), "y")], key: issued.key, occasion: 1, at: 1,
      keywordKey: world.system.keywordKey, with: world.prepared)
    let asking = try world.scheme.request(token, at: 1, signedBy: Keys.owner)
    let certificate = try world.scheme.certify(
      Keys.owner.publicKey, of: "owner 1", by: Keys.centre)
    let (announcement, secret) = try world.scheme.rekey(
      try Attribute("a"), master: &world.system.master, with: world.prepared)
    let made = world.scheme.update(of: FileID(1), abstract.capsule, secret: secret)
    let update = try #require(made)
    let keyUpdate = try world.scheme.keyUpdate(for: issued.key, of: issued.entry, secret: secret)
    return [
      Sample(world.system.parameters, parameters), Sample(issued.key, parameters),
      Sample(issued.entry, parameters), Sample(abstract.capsule, parameters),
      Sample(file.ciphertext, parameters), Sample(index, parameters), Sample(token, parameters),
      Sample(request, parameters), Sample(abstract, parameters), Sample(transaction, parameters),
      Sample(certificate, parameters), Sample(announcement, parameters),
      Sample(update, parameters), Sample(keyUpdate, parameters), Sample(asking, parameters),
    ]
  }

  static let toy: [Sample] = (try? all(.toy)) ?? []
}

@Suite("Encodings")
struct ArtefactTests {
  @Test("Every artefact is read back as it was written", arguments: [ParameterSet.toy, .ss512])
  func roundTrip(_ parameters: ParameterSet) throws {
    let samples = try Sample.all(parameters)
    #expect(samples.count == 15)
    #expect(Set(samples.map(\.kind)).count == 15)
    for sample in samples {
      let found = try sample.recode(sample.bytes, parameters).get()
      #expect(found == sample.bytes, "\(sample)")
    }
  }

  @Test("Bytes that end early are refused, wherever they end", arguments: Sample.toy)
  func truncated(_ sample: Sample) {
    for count in 0..<sample.bytes.count {
      let failure = sample.failure(Array(sample.bytes.prefix(count)))
      guard case .bytes(let problem) = failure, case .truncated = problem.kind else {
        Issue.record("\(count) of \(sample.bytes.count) bytes: \(String(describing: failure))")
        return
      }
    }
  }

  @Test("Bytes behind the end are refused", arguments: Sample.toy)
  func trailing(_ sample: Sample) {
    let expected = ByteProblem(.trailing(1), offset: sample.bytes.count)
    #expect(sample.failure(sample.bytes + [0]) == .bytes(expected))
  }

  @Test("Another version, parameter set or kind is refused", arguments: Sample.toy)
  func header(_ sample: Sample) {
    var version = sample.bytes
    version[0] = 2
    #expect(sample.failure(version) == .bytes(ByteProblem(.wrongVersion(2), offset: 0)))
    var set = sample.bytes
    set[1] = ParameterSet.ss512.rawValue
    #expect(
      sample.failure(set)
        == .bytes(ByteProblem(.wrongParameters(2, expected: .toy), offset: 1)))
    for other in Sample.toy where other.kind != sample.kind {
      #expect(
        sample.failure(other.bytes)
          == .bytes(ByteProblem(.wrongKind(other.kind, expected: sample.kind), offset: 2)))
    }
  }

  @Test("Any altered byte gives another artefact or none, never the same", arguments: Sample.toy)
  func alteredBytes(_ sample: Sample) throws {
    for index in sample.bytes.indices {
      var altered = sample.bytes
      altered[index] ^= index.isMultiple(of: 2) ? 0x01 : 0x80
      if case .success(let bytes) = sample.recode(altered, .toy) {
        #expect(bytes == altered, "byte \(index)")
      }
    }
  }

  @Test("Random alterations of every artefact are refused or read, without a trap")
  func mutations() {
    var generator = SeededGenerator(11)
    for sample in Sample.toy {
      for _ in 0..<150 {
        var bytes = sample.bytes
        for _ in 0...generator.below(4) {
          let index = generator.below(bytes.count)
          switch generator.below(4) {
          case 0: bytes[index] = UInt8(generator.below(256))
          case 1: bytes[index] = [0, 1, 0x7F, 0xFF][generator.below(4)]
          case 2: bytes.remove(at: index)
          default: bytes.insert(UInt8(generator.below(256)), at: index)
          }
        }
        if case .success(let found) = sample.recode(bytes, .toy) { #expect(found == bytes) }
      }
    }
  }

  @Test("Lengths of billions are refused before anything is reserved", arguments: Sample.toy)
  func lengths(_ sample: Sample) {
    for index in stride(from: 3, to: sample.bytes.count - 3, by: 3) {
      var bytes = sample.bytes
      bytes.replaceSubrange(index..<index + 4, with: [0xFF, 0xFF, 0xFF, 0xFF])
      if case .success(let found) = sample.recode(bytes, .toy) { #expect(found == bytes) }
    }
  }

  /// What alters the bytes of a part of an encoding, unless they are no encoding any more.
  private struct Part {
    let name: String
    let byteCount: Int
    let reason: String
  }

  /// Alters every byte of an encoding behind the header and compares what is thrown with the part it
  /// belongs to.
  private func checkEveryByte(
    of sample: Sample, _ parts: [Part], _ body: ([UInt8]) throws -> Void
  ) throws {
    try body(sample.bytes)
    #expect(parts.reduce(3) { $0 + $1.byteCount } == sample.bytes.count)
    var index = 3
    for part in parts {
      var reasons: [String: Int] = [:]
      for _ in 0..<part.byteCount {
        var bytes = sample.bytes
        bytes[index] ^= 1
        index += 1
        do {
          try body(bytes)
          Issue.record("byte \(index - 1) in \(part.name)")
        } catch is ArtefactFailure {
          reasons["no encoding", default: 0] += 1
        } catch {
          reasons["\(error)", default: 0] += 1
        }
      }
      reasons["no encoding"] = nil
      #expect(reasons.keys.sorted() == [part.reason], "\(part.name)")
    }
  }

  /// The bytes of C_i and epochs with their number, for the four rows of the samples' policy.
  private var rowBytes: Int { 4 + 4 * (4 + ParameterSet.toy.elementBytes) }

  @Test("Any altered byte of an upload is noticed by the cloud server, for the right reason")
  func alteredUpload() throws {
    var scheme = real()
    let registry = try scheme.registry(Keys.owner)
    let sample = try #require(Sample.toy.first { $0.kind == .storageRequest })
    let ciphertext = try #require(Sample.toy.first { $0.kind == .ciphertext })
    let parts = [
      Part(
        name: "what never changes", byteCount: ciphertext.bytes.count - 3 - rowBytes,
        reason: "digestMismatch"),
      Part(name: "rows", byteCount: rowBytes, reason: "rowDigestMismatch"),
      Part(name: "digest", byteCount: 32, reason: "digestMismatch"),
      Part(name: "digest of rows", byteCount: 32, reason: "rowDigestMismatch"),
      Part(name: "signature", byteCount: 4 + 256, reason: "badSignature"),
    ]
    try checkEveryByte(of: sample, parts) { bytes in
      let request = try scheme.decode(StorageRequest<RealElements>.self, from: bytes)
      try scheme.check(request, in: registry)
    }
  }

  @Test("Any altered byte of a ciphertext is noticed by its reader, for the right reason")
  func alteredCiphertext() throws {
    var scheme = real()
    let sample = try #require(Sample.toy.first { $0.kind == .ciphertext })
    let chain = try #require(Sample.toy.first { $0.kind == .abstract })
    let abstract = try scheme.decode(Abstract<RealElements>.self, from: chain.bytes)
    let parts = [
      Part(
        name: "what never changes", byteCount: sample.bytes.count - 3 - rowBytes,
        reason: "digestMismatch"),
      Part(name: "rows", byteCount: rowBytes, reason: "rowDigestMismatch"),
    ]
    try checkEveryByte(of: sample, parts) { bytes in
      let ciphertext = try scheme.decode(Ciphertext<RealElements>.self, from: bytes)
      try scheme.check(ciphertext, against: abstract)
    }
  }

  @Test("Any altered byte of a transaction is noticed by the nodes")
  func alteredTransaction() throws {
    var scheme = real()
    let registry = try scheme.registry(Keys.owner)
    let sample = try #require(Sample.toy.first { $0.kind == .transaction })
    for index in sample.bytes.indices {
      var bytes = sample.bytes
      bytes[index] ^= 1
      var failure: (any Error)?
      do {
        let transaction = try scheme.decode(SignedTransaction<RealElements>.self, from: bytes)
        try scheme.check(transaction, in: registry)
      } catch {
        failure = error
      }
      #expect(failure != nil, "byte \(index)")
    }
  }

  @Test("Any altered byte of a token or an index is noticed, or makes no match it did not make")
  func alteredSearch() throws {
    var world = try World(real(), attributes: "a b c", slots: 2)
    let issued = try world.issue(1, "a b")
    let key = world.system.keywordKey
    let index = try world.scheme.index(
      ["x", "y"], of: FileID(1), key: key, with: world.prepared)
    let token = try world.scheme.token(
      for: [SlotWord(Slot(0), "x"), SlotWord(Slot(1), "y")], key: issued.key, occasion: 1, at: 1,
      keywordKey: key, with: world.prepared)
    let prepared = world.scheme.prepare(token)
    for (place, byte) in token.encoded(.toy).enumerated() {
      var bytes = token.encoded(.toy)
      bytes[place] = byte ^ 1
      guard let altered = try? world.scheme.decode(SearchToken<RealElements>.self, from: bytes)
      else { continue }
      let lines = world.scheme.prepare(altered)
      let passes =
        world.scheme.isValid(altered, of: issued.entry, at: 1, with: world.system.parameters)
        && world.scheme.matches(lines, index)
      #expect(!passes, "byte \(place) of the token")
    }
    for (place, byte) in index.encoded(.toy).enumerated() {
      var bytes = index.encoded(.toy)
      bytes[place] = byte ^ 1
      guard let altered = try? world.scheme.decode(KeywordIndex<RealElements>.self, from: bytes)
      else { continue }
      let passes =
        world.scheme.isValid(altered, with: world.system.parameters)
        && world.scheme.matches(prepared, altered)
      #expect(!passes, "byte \(place) of the index")
    }
  }
}

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
