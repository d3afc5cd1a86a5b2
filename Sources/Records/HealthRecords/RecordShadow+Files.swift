import ConsensusCore
import DiscreteEvents
import PairingCrypto
import RecordSharing

// Steps 3, 4 and 6.

extension RecordShadow {
  /// The word of a file in a slot, as it is hashed.
  func text(slot: Int, word: Int) -> String {
    PricedWords.word(world.text(slot: slot, word: word))
  }

  /// What a file says.
  func record(of file: Int) -> [UInt8] {
    steps.scheme.record(
      byteCount: world.settings.recordSizes[world.size(of: file)].value, content: UInt64(file))
  }

  mutating func encrypt(_ number: Int, of owner: Int) throws {
    guard files[number] == nil else { return }
    let keys = try self.owner(owner)
    let words = (0..<world.settings.slots).map { slot in
      text(slot: slot, word: world.word(of: number, slot: slot))
    }
    let record = record(of: number)
    let encrypted = try steps.encrypt(
      record, words: words, as: number, of: owner, policy: world.policy(of: number),
      size: world.size(of: number))
    keepSecret([record], of: "the record of file \(number)")
    keepSecret(words.map { Array($0.utf8.prefix(SecretScan.pieceBytes)) }, of: "a word")
    keepSecrets(of: encrypted)
    let request = try steps.storageRequest(encrypted, by: keys)
    travel(request)
    files[number] = ShadowFile(
      number: number, owner: owner, policy: encrypted.policy, size: encrypted.size,
      ciphertext: encrypted.ciphertext, keys: encrypted.keys, encrypted: encrypted,
      request: request, lastName: encrypted.name)
  }

  /// The content keys of a version, and what they were made of.
  mutating func keepSecrets(of file: PricedFile<RealScheme>) {
    keepSecret(file.keys.secretBytes, of: "a content key of file \(file.number)")
    keepSecret(
      steps.scheme.contentSecrets(
        of: record(of: file.number), under: file.ciphertext.capsule.policy, as: file.name,
        of: OwnerID(UInt32(file.owner)), with: steps.parameters),
      of: "K of file \(file.number)")
  }

  /// A file that is stored; one from before the run is made when it is first needed.
  mutating func stored(_ number: Int) throws -> (file: ShadowFile, abstract: Abstract<RealElements>)
  {
    if let file = files[number], let abstract = file.abstract { return (file, abstract) }
    let owner =
      files[number]?.owner
      ?? (number < world.settings.preloaded ? world.owner(ofPreloaded: number) : 0)
    try encrypt(number, of: owner)
    try commit(number, of: owner)
    guard let file = files[number], let abstract = file.abstract else { throw SpoiltLetter() }
    return (file, abstract)
  }

  // MARK: Step 4

  mutating func checkStorage(_ number: Int, _ flaw: StorageFlaw) throws {
    guard let file = files[number], let request = file.request else {
      find(.e2, "file \(number) is checked before it is encrypted or after it was stored")
      return
    }
    _ = try owner(file.owner)
    settle()
    let (faulty, expected) = try spoilt(request, flaw)
    let failure = steps.checkStorage(faulty, policy: file.policy, size: file.size)
    if failure != expected {
      let found = failure.map { "\($0)" } ?? "accepted"
      find(.e2, "storing file \(number) with flaw '\(flaw)': \(found)")
    }
    settle(hasFailed: failure != nil)
  }

  /// A request with a flaw, and what the cloud server has to find.
  private mutating func spoilt(
    _ request: StorageRequest<RealElements>, _ flaw: StorageFlaw
  ) throws -> (StorageRequest<RealElements>, StorageFailure?) {
    switch flaw {
    case .none: return (request, nil)
    case .digest: return (request.altering(.contentDigest), .digestMismatch)
    case .signature:
      let foreign = try steps.scheme.storageRequest(request.ciphertext, signedBy: asker)
      return (foreign, .badSignature)
    }
  }

  mutating func commit(_ number: Int, of owner: Int) throws {
    guard let file = files[number], file.abstract == nil else { return }
    guard let encrypted = file.encrypted, let request = file.request, file.owner == owner else {
      find(.e5, "the abstract of file \(number) is made by who did not encrypt it")
      return
    }
    let keys = try self.owner(owner)
    let transaction = try steps.transaction(encrypted, request, by: keys)
    travel(transaction)
    if !steps.admit(transaction, policy: file.policy) {
      find(.e3, "a node refuses the abstract of file \(number)")
    }
    if !steps.execute(transaction, policy: file.policy) {
      find(.e3, "the index or policy of file \(number) is not valid")
    }
    settle()
    for foreign in [transaction.altering(.signature), transaction.altering(.id)] {
      guard (try? steps.scheme.check(foreign, in: steps.registry)) != nil else { continue }
      find(.e3, "a node admits file \(number) with a signature that is not its owner's")
    }
    files[number]?.abstract = transaction.abstracts.first
    files[number]?.blocks = transaction.abstracts
    files[number]?.encrypted = nil
    files[number]?.request = nil
    try catchUp(number)
  }

  // MARK: Step 6

  mutating func read(_ user: Int, _ number: Int, _ returned: ReturnedCiphertext) throws {
    let file = try stored(number).file
    guard let (version, keys) = try opened(file, by: user) else { return }
    let abstract = version.abstract
    let isOwn = returned == .stored
    let ciphertext = try self.ciphertext(returned, instead: version, number, for: user)
    // What is hashed is what came, whatever was asked for.
    var shape = file
    if case .other(let other) = returned { shape = try stored(other).file }
    travel(ciphertext)
    settle()
    steps.serve(ciphertext, policy: shape.policy, size: shape.size)
    settle()
    let result = steps.decrypt(
      ciphertext, against: abstract, keys: keys, policy: shape.policy, size: shape.size)
    settle(hasFailed: (try? result.get()) == nil)
    switch result {
    case .success(let found):
      guard isOwn else {
        find(.e1, "DU \(user) takes another ciphertext for that of file \(number)")
        return
      }
      comparedRecords += 1
      if found != record(of: number) { find(.e1, "file \(number) opens to something else") }
    case .failure(let failure):
      if isOwn { find(.e1, "DU \(user) may read file \(number) and cannot: \(failure)") }
    }
    // Without the digests, the seal alone has to tell an altered record.
    guard !isOwn, ciphertext.body != version.ciphertext.body,
      (try? steps.scheme.record(in: ciphertext, keys: keys)) != nil
    else { return }
    find(.e1, "an altered record of file \(number) opens")
  }

  /// The version of a file that a user opened last, with its keys; the one that is stored if none.
  private mutating func opened(
    _ file: ShadowFile, by user: Int
  ) throws -> (ShadowVersion, RealScheme.ContentKeys)? {
    guard let current = file.current else { return nil }
    for version in [current, file.previous] {
      guard let version else { continue }
      let place = ShadowOpening(user: user, file: version.abstract.file)
      if let keys = openings.removeValue(forKey: place) { return (version, keys) }
    }
    try open(user, file.number)
    let place = ShadowOpening(user: user, file: current.abstract.file)
    return openings.removeValue(forKey: place).map { (current, $0) }
  }

  private mutating func ciphertext(
    _ returned: ReturnedCiphertext, instead file: ShadowVersion, _ number: Int, for user: Int
  ) throws -> Ciphertext<RealElements> {
    switch returned {
    case .stored: return file.ciphertext
    case .other(let other): return try stored(other).file.ciphertext
    case .altered:
      let parts: [CiphertextAlteration] = [
        .body, .capsule(.masked), .capsule(.header), .capsule(.share(0)), .capsule(.row(0)),
        .capsule(.epoch(0)), .capsule(.commitment), .index(.anchor), .index(.entry(0)), .owner,
        .file,
      ]
      return file.ciphertext.altering(parts[(user + number) % parts.count])
    }
  }
}
