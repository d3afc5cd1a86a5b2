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
    let keyUpdate = try world.scheme.keyUpdate(
      for: issued.key, of: issued.entry, unless: AttributeRevocationList(), secret: secret)
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
