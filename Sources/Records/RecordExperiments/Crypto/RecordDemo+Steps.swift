import PairingCrypto
import RecordSharing

/// What the parties of a walk hold between its steps.
private struct Parties {
  var system: SystemKeys<RealScheme>
  var parameters: RealScheme.PreparedParameters
  var owner: RealScheme.SigningKey
  var reader: IssuedKey<RealElements>
  var refused: IssuedKey<RealElements>
  var colleague: IssuedKey<RealElements>
}

/// What is stored of a file: by the cloud server and on the chain.
private struct Stored {
  var ciphertext: Ciphertext<RealElements>
  var abstract: Abstract<RealElements>
}

extension RecordDemo {
  /// Walks through all steps and answers what there is to say about them.
  ///
  /// - Throws: What went wrong where nothing may go wrong.
  public mutating func run() throws -> String {
    heading()
    var parties = try keys(try globalSetting())
    var stored = try store(try encrypt(parties), parties)
    let found = try access(stored, parties)
    try decrypt(stored, found, parties)
    try refuse(stored, parties)
    try revoke(&stored, &parties)
    log.end()
    return log.text
  }

  private mutating func heading() {
    let set = profile.parameters
    log.line(
      "One record through the six steps of Paper §II-C, computed for real; seed \(seed)")
    log.line("\(set.name) (\(set.strength)), RSA-\(profile.rsaBits); a simulator's cryptography,")
    log.line("not constant in time and not for production")
    log.line("times by the cost profile \(profile.name), digest \(profile.digest)")
    log.line()
    log.role("DU", "the reader, with \(Self.list(reader))")
    log.role("", "another user, with \(Self.list(refused))")
    log.role("DO", "policy: \(policy.policy)")
  }

  /// A line for an artefact: its size and how its digest begins.
  private mutating func show<A: Artefact>(
    _ role: String, _ what: String, _ artefact: A
  ) where A.Elements == RealElements {
    let size = artefact.byteCount(profile.parameters)
    log.role(
      role, "\(what): \(size) bytes, digest \(DemoLog.hex(scheme.digest(of: artefact).bytes))")
  }

  /// Whoever gets elements from outside checks them first.
  private static func require(_ areInGroups: Bool) throws {
    if !areInGroups { throw DemoProblem(description: "elements are not in their groups") }
  }

  // MARK: Step 1

  private mutating func globalSetting() throws -> SystemKeys<RealScheme> {
    log.step("Step 1: global setting")
    let copies = policy.labels.map(\.occurrence).max() ?? 1
    let (system, cost) = try scheme.measured { scheme in
      try scheme.setUp(universe: universe, slots: Self.slots.count, copies: copies)
    }
    log.role("TC", "MK, secret: g^beta and v_x for \(universe.count) attributes")
    show("all", "PK and PAK_x", system.parameters)
    log.role("", "g^a = \(DemoLog.bytes(system.parameters.sharing.bytes))")
    log.role("", "e(g,g)^beta = \(DemoLog.bytes(system.parameters.masking.bytes))")
    log.cost("setup, by TC", cost)
    return system
  }

  // MARK: Step 2

  private mutating func keys(_ system: SystemKeys<RealScheme>) throws -> Parties {
    log.step("Step 2: secret keys")
    let parameters = scheme.prepare(system.parameters)
    let centre = scheme.signingKey(of: "TC")
    let (owner, drawn) = scheme.measured { $0.signingKey(of: "DO") }
    let (certificate, signed) = try scheme.measured { scheme in
      try scheme.certify(scheme.verificationKey(of: owner), of: Self.owner.partyName, by: centre)
    }
    try scheme.enrol(certificate, by: scheme.verificationKey(of: centre), in: &registry)
    log.role("DO", "RSA key pair, drawn by itself; the centre certifies the public half")
    show("TC", "certificate for DO", certificate)
    log.cost("key pair, by DO", drawn)
    log.cost("certificate, by TC", signed)
    func issue(_ scheme: inout RealScheme, _ user: UserID, _ attributes: AttributeSet) throws
      -> IssuedKey<RealElements>
    {
      try scheme.generateKey(
        for: user, attributes: attributes, master: system.master, with: parameters)
    }
    let (reader, issued) = try scheme.measured { try issue(&$0, User.reader, self.reader) }
    let refused = try issue(&scheme, User.refused, self.refused)
    let colleague = try issue(&scheme, User.colleague, self.reader)
    show("DU", "SK of user 1, secret: D, D', D'', \(self.reader.count) D_x", reader.key)
    show("BC", "registry: user 1, its attributes, D'", reader.entry)
    log.cost("a user's key, by AA", issued)
    return Parties(
      system: system, parameters: parameters, owner: owner, reader: reader, refused: refused,
      colleague: colleague)
  }

  // MARK: Step 3

  private mutating func encrypt(_ parties: Parties) throws -> EncryptedFile<RealScheme> {
    log.step("Step 3: data encryption")
    let (index, indexed) = try scheme.measured { scheme in
      try scheme.index(
        Self.words.map { $0 }, of: Self.file, key: parties.system.keywordKey,
        with: parties.parameters)
    }
    let (file, encrypted) = try scheme.measured { scheme in
      try scheme.encrypt(
        Array(Self.record.utf8), under: policy, as: Self.file, of: Self.owner, index: index,
        tables: nil, with: parties.parameters)
    }
    log.role("DO", "record: \(Self.record.utf8.count) bytes")
    let words = zip(Self.slots, Self.words).map { "\($0) = \($1)" }
    log.role("", "keywords: \(words.joined(separator: ", "))")
    show("", "I_W, the index", index)
    log.cost("index, by DO", indexed)
    show("", "CT', the capsule of K under \(policy.labels.count) rows", file.ciphertext.capsule)
    log.role("", "C'' = g^s = \(DemoLog.bytes(file.ciphertext.capsule.header.bytes))")
    log.role("", "C_theta, the sealed record: \(DemoLog.bytes(file.ciphertext.body.bytes))")
    log.cost("encryption, by DO", encrypted)
    return file
  }

  // MARK: Step 4

  private mutating func store(
    _ file: EncryptedFile<RealScheme>, _ parties: Parties
  ) throws -> Stored {
    log.step("Step 4: data storage")
    let ownerKey = scheme.verificationKey(of: parties.owner)
    let (request, asked) = try scheme.measured { scheme in
      try scheme.storageRequest(file.ciphertext, signedBy: parties.owner)
    }
    let (_, checked) = try scheme.measured { scheme in
      try Self.require(scheme.areInGroups(request))
      try scheme.check(request, in: registry)
    }
    show("CS", "CT, digest and signature are right; keeps", request)
    log.cost("request, by DO", asked)
    log.cost("its check, by CS", checked)
    let abstract = scheme.abstract(
      of: request, at: Self.location, keys: file.keys, ownerKey: ownerKey,
      hospital: Self.words[0], doctor: "doctor 12")
    let (transaction, sent) = try scheme.measured { scheme in
      try scheme.transaction(
        TransactionID(1), at: 1_000_000_000, abstracts: [abstract], signedBy: parties.owner)
    }
    let (isIndexRight, verified) = try scheme.measured { scheme in
      try Self.require(scheme.areInGroups(transaction))
      try scheme.check(transaction, in: registry)
      return scheme.isValid(abstract.index, with: parties.system.parameters)
    }
    guard isIndexRight else { throw DemoProblem(description: "the index is not valid") }
    show("BC", "on the chain: the abstract", abstract)
    log.role(
      "",
      "in it: digest of CT \(DemoLog.hex(abstract.uploaded.content.bytes)), (M, rho), CT', kc, I_W, "
        + "CT_Location of \(abstract.location.bytes.count) bytes, PK_DO, \(abstract.hospital), "
        + "\(abstract.doctor)")
    log.role("", "Merkle root \(DemoLog.hex(transaction.sheet.root.bytes)), signature right")
    log.cost("transaction, by DO", sent)
    log.cost("its check, by a node", verified)
    return Stored(ciphertext: file.ciphertext, abstract: abstract)
  }

  // MARK: Step 5

  private mutating func access(
    _ stored: Stored, _ parties: Parties
  ) throws -> (keys: RealScheme.ContentKeys, key: RealScheme.PreparedKey) {
    log.step("Step 5: data access")
    let asked = [1, 2].map { SlotWord(Slot(UInt8($0)), Self.words[$0]) }
    let (token, made) = try scheme.measured { scheme in
      try scheme.token(
        for: asked, key: parties.reader.key, occasion: 1, at: 1,
        keywordKey: parties.system.keywordKey, with: parties.parameters)
    }
    show("DU", "token for \(Self.words[1]) and \(Self.words[2])", token)
    log.cost("token, by DU", made)
    let (answers, searched) = try scheme.measured { scheme in
      try Self.require(scheme.areInGroups(token))
      let isValid = scheme.isValid(
        token, of: parties.reader.entry, at: 1, with: parties.system.parameters)
      return (isValid, scheme.matches(scheme.prepare(token), stored.abstract.index))
    }
    guard answers == (true, true) else { throw DemoProblem(description: "nothing was found") }
    log.role("BC", "the token is user 1's, and file 1 matches")
    log.cost("check and match, by a node", searched)
    let wrong = try scheme.token(
      for: [SlotWord(Slot(2), "J45.9")], key: parties.reader.key, occasion: 2, at: 2,
      keywordKey: parties.system.keywordKey, with: parties.parameters)
    guard !scheme.matches(scheme.prepare(wrong), stored.abstract.index) else {
      throw DemoProblem(description: "a wrong word matches")
    }
    log.role("", "a token for another diagnosis finds nothing")
    let key = scheme.prepare(parties.reader.key)
    let ((keys, location), opened) = try scheme.measured { scheme in
      try Self.require(scheme.areInGroups(stored.abstract))
      let keys = try scheme.open(stored.abstract.capsule, with: key)
      return (keys, try scheme.location(in: stored.abstract, keys: keys))
    }
    log.role("DU", "opens CT' with its key, and CT_Location: place \(location.rawValue)")
    log.cost("opening, by DU", opened)
    log.role(
      "CS", "user 1 may read: CT of \(stored.ciphertext.byteCount(profile.parameters)) bytes")
    return (keys, key)
  }

  // MARK: Step 6

  private mutating func decrypt(
    _ stored: Stored, _ found: (keys: RealScheme.ContentKeys, key: RealScheme.PreparedKey),
    _ parties: Parties
  ) throws {
    log.step("Step 6: decryption")
    let (record, cost) = try scheme.measured { scheme in
      try scheme.check(stored.ciphertext, against: stored.abstract)
      return try scheme.record(in: stored.ciphertext, keys: found.keys)
    }
    guard record == Array(Self.record.utf8) else {
      throw DemoProblem(description: "the record that was read is not the one that was written")
    }
    log.role("DU", "the digest is the one on the chain; the record is \"\(Self.record)\"")
    log.cost("digest and record, by DU", cost)
  }

  private mutating func refuse(_ stored: Stored, _ parties: Parties) throws {
    log.step("A reader who may not")
    let key = scheme.prepare(parties.refused.key)
    log.role(
      "CS",
      "user 2, with \(Self.list(refused)): "
        + Self.words(
          AttributeRevocationList().decide(policy.policy, for: User.refused, holding: refused)))
    log.role("DU", "user 2 opens CT' from the chain: " + failure(stored, key))
  }

  /// What becomes of an attempt to open a capsule.
  private mutating func failure(_ stored: Stored, _ key: RealScheme.PreparedKey) -> String {
    do throws(DecryptionFailure) {
      _ = try scheme.open(stored.abstract.capsule, with: key)
      return "it opens"
    } catch {
      switch error {
      case .policyUnsatisfied: return "refused, its attributes do not satisfy the policy"
      case .keyOutdated(let attribute): return "refused, its key for \(attribute.name) is outdated"
      default: return "refused, \(error)"
      }
    }
  }

  private static func words(_ decision: AccessDecision) -> String {
    switch decision {
    case .granted: "granted"
    case .unsatisfied: "refused, the attributes do not satisfy the policy"
    case .revoked: "refused, an attribute was revoked"
    }
  }

  // MARK: Revocation

  private mutating func revoke(_ stored: inout Stored, _ parties: inout Parties) throws {
    guard let attribute = lost else {
      log.step("Revocation: user 1 may read without any single attribute; nothing to show")
      return
    }
    log.step("Revocation: user 1 loses \(attribute.name)")
    var list = AttributeRevocationList()
    _ = list.revoke(attribute, of: User.reader)
    let decision = list.decide(policy.policy, for: User.reader, holding: reader)
    log.role("BC", "level 1, the list on the chain names user 1; costs nothing")
    log.role("CS", "user 1 asks: " + Self.words(decision))
    guard let previous = parties.system.parameters.key(of: attribute) else { return }
    let ((announcement, secret), drawn) = try scheme.measured { scheme in
      try scheme.rekey(attribute, master: &parties.system.master, with: parties.parameters)
    }
    show("TC", "level 2, PAK_x of a new v_x", announcement)
    log.cost("re-keying, by TC", drawn)
    let (update, raised) = scheme.measured { scheme in
      scheme.update(of: Self.file, stored.abstract.capsule, secret: secret)
    }
    if let update {
      let (right, checked) = try scheme.measured { scheme in
        try scheme.check(update, to: stored.abstract, from: previous, by: announcement)
      }
      try scheme.apply(right, to: &stored.ciphertext)
      try scheme.apply(right, to: &stored.abstract)
      show("CS", "new C_i, which any node can check", update)
      log.cost("new rows, by CS", raised)
      log.cost("their check, by a node", checked)
    }
    let (renewal, renewed) = try scheme.measured { scheme in
      try scheme.keyUpdate(
        for: parties.colleague.key, of: parties.colleague.entry, unless: list, secret: secret)
    }
    var colleague = parties.colleague.key
    try scheme.adopt(renewal, in: &colleague, by: announcement)
    show("AA", "new D_x for user 3, who keeps it", renewal)
    log.cost("new D_x, by AA", renewed)
    let old = scheme.prepare(parties.reader.key)
    log.role("DU", "user 1 opens CT' with the old key: " + failure(stored, old))
    let (record, read) = try scheme.measured { scheme in
      try scheme.decrypt(
        stored.ciphertext, against: stored.abstract, with: scheme.prepare(colleague))
    }
    guard record == Array(Self.record.utf8) else {
      throw DemoProblem(description: "after the re-keying the record is another")
    }
    log.role("", "user 3 with the new one: reads the record")
    log.cost("reading with it, by user 3", read)
  }

  /// The first attribute without which the reader could not read.
  private var lost: Attribute? {
    reader.first { attribute in
      !policy.policy.isSatisfied(by: reader.subtracting(AttributeSet([attribute])))
    }
  }
}
