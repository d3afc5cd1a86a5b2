import PairingCrypto
import Testing

@testable import RecordSharing

@Suite("What adversaries put together")
struct AdversaryTests {
  /// Runs the same steps under both engines, with a signing key for each.
  private func both<Outcome: Equatable>(
    _ expected: Outcome, _ marked: Outcome, _ computed: Outcome
  ) {
    #expect(computed == expected)
    #expect(marked == expected)
  }

  private func signing(_ scheme: CountedScheme) -> CountedScheme.SigningKey {
    var scheme = scheme
    return scheme.signingKey(of: "owner")
  }

  @Test("One stored ciphertext does not serve under two abstracts with other capsules")
  func twoAbstracts() throws {
    func failures<Scheme: SharingScheme>(
      _ scheme: Scheme, _ key: Scheme.SigningKey
    ) throws -> [DecryptionFailure?] {
      var world = try World(scheme)
      let file = try world.publish(1, "a or b", signedBy: key)
      let other = try world.publish(2, "a or b", signedBy: key)
      // A dishonest owner signs abstracts that name the same ciphertext by its digest, each with
      // another capsule: were the body one that both keys open, readers would see two records.
      var second = file.abstract
      second.capsule.masked = other.abstract.capsule.masked
      second.capsule.header = other.abstract.capsule.header
      second.capsule.shares = other.abstract.capsule.shares
      second.capsule.rows = other.abstract.capsule.rows
      second.capsule.commitment = other.abstract.capsule.commitment
      var third = file.abstract
      third.capsule.commitment = other.abstract.capsule.commitment
      var renamed = file.abstract
      renamed.owner = OwnerID(7)
      var moved = file.abstract
      moved.index = other.abstract.index
      return [file.abstract, second, third, renamed, moved].map { abstract in
        failure { () throws(DecryptionFailure) in
          try world.scheme.check(file.request.ciphertext, against: abstract)
        }
      }
    }
    let expected: [DecryptionFailure?] = [
      nil, .digestMismatch, .digestMismatch, .digestMismatch, .digestMismatch,
    ]
    both(
      expected, try failures(counted(), signing(counted())), try failures(real(), Keys.owner))
  }

  @Test("Attributes that get new keys one after the other never share one")
  func rekeyingWithOldParameters() throws {
    func failures<Scheme: SharingScheme>(_ scheme: Scheme) throws -> [UpdateFailure?] {
      var world = try World(scheme)
      let a = try Attribute("a")
      let b = try Attribute("b")
      let (announcement, _) = try world.scheme.rekey(
        a, master: &world.system.master, with: world.prepared)
      // Before everybody has taken up the first, there is no second: neither of b, which would
      // begin the same epoch, nor of a.
      let early = [a, b].map { attribute in
        failure { () throws(UpdateFailure) in
          try world.scheme.rekey(attribute, master: &world.system.master, with: world.prepared)
        }
      }
      try world.scheme.adopt(announcement, in: &world.prepared)
      let (second, _) = try world.scheme.rekey(
        b, master: &world.system.master, with: world.prepared)
      #expect(second.previous == Epoch(0))
      #expect(second.epoch == Epoch(2))
      try world.scheme.adopt(second, in: &world.prepared)
      return early
    }
    let expected: [UpdateFailure?] = [
      .wrongEpoch(Epoch(0), expected: Epoch(1)), .wrongEpoch(Epoch(0), expected: Epoch(1)),
    ]
    both(expected, try failures(counted()), try failures(real()))
  }

  @Test("The new keys of two attributes differ even in two systems that begin alike")
  func rekeyingStreams() throws {
    var first = try World(real())
    var second = try World(real())
    let (a, _) = try first.scheme.rekey(
      try Attribute("a"), master: &first.system.master, with: first.prepared)
    let (b, _) = try second.scheme.rekey(
      try Attribute("b"), master: &second.system.master, with: second.prepared)
    #expect(a.key != b.key)
  }

  @Test("A key update that was kept and sent again does not put an old component back")
  func replayedKeyUpdate() throws {
    func failures<Scheme: SharingScheme>(_ scheme: Scheme) throws -> [KeyFailure?] {
      var world = try World(scheme)
      let a = try Attribute("a")
      let issued = try world.issue(1, "a b")
      var key = issued.key
      var prepared = world.scheme.prepare(key)
      var updates: [(KeyUpdate<Scheme.Elements>, Rekeying<Scheme.Elements>)] = []
      for _ in 0..<2 {
        let (announcement, secret) = try world.scheme.rekey(
          a, master: &world.system.master, with: world.prepared)
        try world.scheme.adopt(announcement, in: &world.prepared)
        let update = try world.scheme.keyUpdate(
          for: key, of: issued.entry, unless: AttributeRevocationList(), secret: secret)
        try world.scheme.adopt(update, in: &key, by: announcement)
        try world.scheme.adopt(update, in: &prepared, by: announcement)
        updates.append((update, announcement))
      }
      let before = world.scheme.tally
      var found: [KeyFailure?] = []
      for (update, announcement) in updates {
        found.append(
          failure { () throws(KeyFailure) in
            try world.scheme.adopt(update, in: &key, by: announcement)
          })
        found.append(
          failure { () throws(KeyFailure) in
            try world.scheme.adopt(update, in: &prepared, by: announcement)
          })
      }
      #expect(world.scheme.tally == before)
      #expect(key.component(for: a)?.epoch == Epoch(2))
      return found
    }
    let expected: [KeyFailure?] = [
      .outdatedUpdate(Epoch(1), held: Epoch(2)), .outdatedUpdate(Epoch(1), held: Epoch(2)),
      .outdatedUpdate(Epoch(2), held: Epoch(2)), .outdatedUpdate(Epoch(2), held: Epoch(2)),
    ]
    both(expected, try failures(counted()), try failures(real()))
  }

  @Test("Parts altered together do not make up for each other in one engine alone")
  func alteredTogether() throws {
    func answers<Scheme: SharingScheme>(_ scheme: Scheme) throws -> [Bool] {
      var world = try World(scheme)
      let index = try world.encrypt(1, "a").ciphertext.index
      let issued = try world.issue(1, "a")
      let token = try world.scheme.token(
        for: [SlotWord(Slot(0), "a"), SlotWord(Slot(2), "c")], key: issued.key, occasion: 1, at: 1,
        keywordKey: world.system.keywordKey, with: world.prepared)
      let whole = index.altering(.anchor).altering(.searching).altering(.sharing)
        .altering(.entry(0)).altering(.entry(1)).altering(.entry(2)).altering(.entry(3))
      let tokens = [
        token, token.altering(.question).altering(.searching),
        token.altering(.searching).altering(.personal),
        token.altering(.question).altering(.question),
      ]
      var answers = [
        world.scheme.isValid(whole, with: world.system.parameters),
        world.scheme.isValid(
          index.altering(.anchor).altering(.anchor), with: world.system.parameters),
      ]
      for token in tokens {
        answers.append(
          world.scheme.isValid(token, of: issued.entry, at: 1, with: world.system.parameters))
        let prepared = world.scheme.prepare(token)
        for index in [index, whole] { answers.append(world.scheme.matches(prepared, index)) }
      }
      return answers
    }
    let expected = [
      false, false, true, true, false, false, false, false, false, false, false, false, false,
      false,
    ]
    both(expected, try answers(counted()), try answers(real()))
  }

  @Test("Shares altered alike do not cancel where weights do")
  func alteredShares() throws {
    func failures<Scheme: SharingScheme>(_ scheme: Scheme) throws -> DecryptionFailure? {
      var world = try World(scheme)
      // Weights 3, -3 and 1.
      let capsule = try world.encrypt(1, "3 of (a, b, c, d)").ciphertext.capsule
      let key = try world.key(1, "a b c")
      let altered = capsule.altering(.share(0)).altering(.share(1))
      return failure { () throws(DecryptionFailure) in
        try world.scheme.open(altered, with: key)
      }
    }
    both(.commitmentMismatch, try failures(counted()), try failures(real()))
  }

  @Test("Two owners' files of one name have keys of their own")
  func oneNameTwice() throws {
    func differ<Scheme: SharingScheme>(_ scheme: Scheme) throws -> Bool {
      var world = try World(scheme)
      let index = try world.scheme.index(
        [nil, nil, nil, nil], of: FileID(1), key: world.system.keywordKey, with: world.prepared)
      let policy = try sharingPolicy("a")
      let keys = try [OwnerID(1), OwnerID(2)].map { owner in
        try world.scheme.encrypt(
          world.scheme.record(byteCount: 5, content: 1), under: policy, as: FileID(1), of: owner,
          index: index, tables: nil, with: world.prepared
        ).keys
      }
      return keys[0] != keys[1]
    }
    both(true, try differ(counted()), try differ(real()))
  }

  @Test("Who lacks a component for a repeat of an attribute uses rows that do without")
  func missingCopies() throws {
    func openings<Scheme: SharingScheme>(_ scheme: Scheme) throws -> [String] {
      var few = try World(scheme, copies: 1)
      let key = try few.key(1, "a b")
      var many = try World(scheme, copies: 2)
      return try ["a and (a or c)", "b and (a or a)", "a or (a and b)"].map { policy in
        let capsule = try many.encrypt(1, policy).ciphertext.capsule
        let before = many.scheme.tally
        let found = failure { () throws(DecryptionFailure) in
          try many.scheme.open(capsule, with: key)
        }
        let loops = (many.scheme.tally - before)[.preparedMillerLoop]
        return "\(found.map { "\($0)" } ?? "opened") \(loops)"
      }
    }
    let expected = ["policyUnsatisfied 0", "opened 4", "opened 3"]
    both(expected, try openings(counted()), try openings(real()))
  }

  @Test("The content key and the secret that masks it are drawn apart")
  func separateDraws() throws {
    var world = try World(real())
    let capsule = try world.encrypt(1, "a").ciphertext.capsule
    var group = PairingGroup(.toy)
    // E^s; were z equal to s, C' would be its square.
    let mask = group.pair(capsule.header, world.system.master.blinding)
    #expect(group.multiply(mask, mask) != capsule.masked)
  }

  @Test("An update of rows has to be about the attribute and the key that were announced")
  func foreignAnnouncements() throws {
    func failures<Scheme: SharingScheme>(
      _ scheme: Scheme, _ key: Scheme.SigningKey
    ) throws -> [UpdateFailure?] {
      var world = try World(scheme)
      let a = try Attribute("a")
      let file = try world.publish(1, "a and b", signedBy: key)
      let old = try #require(world.system.parameters.key(of: a))
      let (announcement, secret) = try world.scheme.rekey(
        a, master: &world.system.master, with: world.prepared)
      let made = world.scheme.update(of: FileID(1), file.abstract.capsule, secret: secret)
      let update = try #require(made)
      var foreign = announcement
      foreign.attribute = try Attribute("b")
      let later = AttributeKey<Scheme.Elements>(epoch: Epoch(3), point: old.point)
      let cases = [(old, announcement), (old, foreign), (later, announcement)]
      return cases.map { previous, rekeying in
        failure { () throws(UpdateFailure) in
          try world.scheme.check(update, to: file.abstract, from: previous, by: rekeying)
        }
      }
    }
    let expected: [UpdateFailure?] = [
      nil, .unknownAttribute(try Attribute("a")), .wrongEpoch(Epoch(0), expected: Epoch(3)),
    ]
    both(
      expected, try failures(counted(), signing(counted())), try failures(real(), Keys.owner))
  }
}
