import PairingCrypto
import Testing

@testable import RecordSharing

@Suite("Keyword search")
struct SearchTests {
  private static let words = ["ward-7", "cardiology", "i21.0", "2019"]

  private func query(_ slots: [Int], _ words: [String] = words) -> [SlotWord] {
    slots.map { SlotWord(Slot(UInt8($0)), words[$0]) }
  }

  /// Whether each query matches a file with ``words``.
  private func answers<Scheme: SharingScheme>(
    _ scheme: Scheme, _ queries: [[SlotWord]]
  ) throws -> [Bool] {
    var world = try World(scheme)
    let index = try world.scheme.index(
      Self.words, of: FileID(3), key: world.system.keywordKey, with: world.prepared)
    let isIndex = world.scheme.isValid(index, with: world.system.parameters)
    #expect(isIndex)
    let user = try world.issue(1, "a")
    return try queries.enumerated().map { occasion, query in
      let token = try world.scheme.token(
        for: query, key: user.key, occasion: UInt64(occasion), at: 1,
        keywordKey: world.system.keywordKey, with: world.prepared)
      let isToken = world.scheme.isValid(
        token, of: user.entry, at: 1, with: world.system.parameters)
      #expect(isToken)
      let prepared = world.scheme.prepare(token)
      return world.scheme.matches(prepared, index)
    }
  }

  private var subsets: [[Int]] {
    (1..<16).map { mask in (0..<4).filter { mask >> $0 & 1 == 1 } }
  }

  @Test("All 2^m - 1 sub-conjunctions of a file's words match")
  func conjunctions() throws {
    let queries = subsets.map { query($0) }
    #expect(try answers(real(), queries) == queries.map { _ in true })
    #expect(try answers(counted(), queries) == queries.map { _ in true })
    #expect(try answers(real(.ss512), [queries[0], queries[14]]) == [true, true])
  }

  @Test("One wrong word in any conjunction is no match")
  func wrongWord() throws {
    let queries = subsets.flatMap { slots in
      slots.map { wrong in
        slots.map { SlotWord(Slot(UInt8($0)), $0 == wrong ? "other" : Self.words[$0]) }
      }
    }
    #expect(try answers(real(), queries) == queries.map { _ in false })
    #expect(try answers(counted(), queries) == queries.map { _ in false })
    #expect(try answers(real(.ss512), [queries[20]]) == [false])
  }

  @Test("A word in another slot is no match")
  func wrongSlot() throws {
    var queries: [[SlotWord]] = []
    for slot in 0..<4 {
      for word in 0..<4 where word != slot {
        queries.append([SlotWord(Slot(UInt8(slot)), Self.words[word])])
        // Both words are the file's, each in the other's slot.
        queries.append([
          SlotWord(Slot(UInt8(slot)), Self.words[word]),
          SlotWord(Slot(UInt8(word)), Self.words[slot]),
        ])
      }
    }
    #expect(try answers(real(), queries) == queries.map { _ in false })
    #expect(try answers(counted(), queries) == queries.map { _ in false })
  }

  @Test("H1 is one more than the code modulo p - 1, so never 0")
  func keywordScalars() {
    // p = 2^61 - 1 in the toy set.
    let modulus = UInt128(1) << 61 - 2
    var generator = SeededGenerator(8)
    var numbers = [0, 1, modulus - 1, modulus, modulus + 1, 2 * modulus, UInt128.max]
    for _ in 0..<200 { numbers.append(UInt128.random(in: 0...UInt128.max, using: &generator)) }
    for number in numbers {
      let bytes = stride(from: 120, through: 0, by: -8).map {
        UInt8(truncatingIfNeeded: number >> UInt128($0))
      }
      let expected = Scalar(UInt64(1 + number % modulus), .toy)
      #expect(Scalar(nonzero: bytes, .toy) == expected)
      #expect(!expected.isZero)
    }
    for parameters in ParameterSet.allCases {
      let largest = -Scalar.one(parameters)
      let one = Scalar.one(parameters)
      #expect(Scalar(nonzero: largest.bytes, parameters) == one)
      #expect(Scalar(nonzero: (largest - one).bytes, parameters) == largest)
      #expect(Scalar(nonzero: [UInt8](repeating: 0, count: 64), parameters) == one)
    }
  }

  @Test("Where one word ends and the next slot begins makes a difference")
  func framing() {
    let first = KeywordHash.message("ab", in: Slot(1))
    #expect(first != KeywordHash.message("b", in: Slot(97)))
    #expect(first.count == KeywordHash.byteCount(of: "ab") - KeywordHash.keyByteCount)
    #expect(Set([first, KeywordHash.message("a", in: Slot(1))]).count == 2)
  }

  @Test("A filler matches no word and no other filler")
  func fillers() throws {
    func indices<Scheme: SharingScheme>(
      _ scheme: Scheme
    ) throws -> [KeywordIndex<Scheme.Elements>] {
      var world = try World(scheme)
      return try (0..<2).map { file in
        try world.scheme.index(
          [nil, nil, "", "x"], of: FileID(file), key: world.system.keywordKey,
          with: world.prepared)
      }
    }
    // Equal words of two files show: e(I_j, B') = e(I'_j, B). Fillers don't.
    var group = PairingGroup(.toy)
    let files = try indices(real())
    let shown = (0..<4).map { slot in
      group.pair(files[0].entries[slot], files[1].searching)
        == group.pair(files[1].entries[slot], files[0].searching)
    }
    #expect(shown == [false, false, true, true])
    #expect(try answers(real(), [[SlotWord(Slot(0), "")]]) == [false])
  }

  @Test("Whoever lacks the keyword key can't ask")
  func otherKeywordKey() throws {
    func ask<Scheme: SharingScheme>(_ scheme: Scheme) throws -> [Bool] {
      var world = try World(scheme)
      let shared = world.system.keywordKey
      let own = world.scheme.keywordKey(shared, for: OwnerID(1))
      let other = world.scheme.keywordKey(shared, for: OwnerID(2))
      let index = try world.scheme.index(
        Self.words, of: FileID(3), key: own, with: world.prepared)
      let user = try world.issue(1, "a")
      return try [own, other, shared].map { key in
        let token = try world.scheme.token(
          for: query([0, 2]), key: user.key, occasion: 1, at: 1, keywordKey: key,
          with: world.prepared)
        let prepared = world.scheme.prepare(token)
        return world.scheme.matches(prepared, index)
      }
    }
    #expect(try ask(real()) == [true, false, false])
    #expect(try ask(counted()) == [true, false, false])
  }

  /// Whether nodes accept tokens that were tampered with.
  private func checks<Scheme: SharingScheme>(_ scheme: Scheme) throws -> [Bool] {
    var world = try World(scheme)
    let first = try world.issue(1, "a")
    let second = try world.issue(2, "a")
    func token(_ key: UserKey<Scheme.Elements>) throws -> SearchToken<Scheme.Elements> {
      try world.scheme.token(
        for: query([1, 2]), key: key, occasion: 1, at: 1, keywordKey: world.system.keywordKey,
        with: world.prepared)
    }
    let own = try token(first.key)
    let foreign = try token(first.key.pooled(with: second.key, taking: .searching))
    return [
      world.scheme.isValid(own, of: first.entry, at: 1, with: world.system.parameters),
      world.scheme.isValid(own, of: second.entry, at: 1, with: world.system.parameters),
      world.scheme.isValid(
        own.altering(.user(UserID(2))), of: second.entry, at: 1, with: world.system.parameters),
      world.scheme.isValid(foreign, of: first.entry, at: 1, with: world.system.parameters),
      world.scheme.isValid(
        own.altering(.searching), of: first.entry, at: 1, with: world.system.parameters),
      world.scheme.isValid(
        own.altering(.personal), of: first.entry, at: 1, with: world.system.parameters),
      // The proof is bound to the question and to the time.
      world.scheme.isValid(
        own.altering(.question), of: first.entry, at: 1, with: world.system.parameters),
      world.scheme.isValid(
        own.altering(.slots([Slot(1)])), of: first.entry, at: 1, with: world.system.parameters),
      world.scheme.isValid(
        own.altering(.challenge), of: first.entry, at: 1, with: world.system.parameters),
      world.scheme.isValid(
        own.altering(.response), of: first.entry, at: 1, with: world.system.parameters),
      world.scheme.isValid(own, of: first.entry, at: 2, with: world.system.parameters),
    ]
  }

  @Test("A token with a foreign or forged t3, or another t2, is refused")
  func foreignTokens() throws {
    let expected = [true] + [Bool](repeating: false, count: 10)
    #expect(try checks(real()) == expected)
    #expect(try checks(counted()) == expected)
    #expect(try checks(real(.ss512)) == expected)
  }

  @Test("A token that was re-randomised asks the same, and its proof does not hold any more")
  func rerandomised() throws {
    var world = try World(real())
    let user = try world.issue(1, "a")
    let index = try world.scheme.index(
      Self.words, of: FileID(3), key: world.system.keywordKey, with: world.prepared)
    var token = try world.scheme.token(
      for: query([1, 2]), key: user.key, occasion: 1, at: 1, keywordKey: world.system.keywordKey,
      with: world.prepared)
    let factor = Scalar(12345, .toy)
    token.question = world.scheme.group.power(token.question, factor)
    token.searching = world.scheme.group.power(token.searching, factor)
    token.personal = world.scheme.group.power(token.personal, factor)
    let isValid = world.scheme.isValid(token, of: user.entry, at: 1, with: world.system.parameters)
    let prepared = world.scheme.prepare(token)
    let isMatch = world.scheme.matches(prepared, index)
    #expect(!isValid && isMatch)
  }

  /// What altered tokens and indices still match.
  private func tampered<Scheme: SharingScheme>(_ scheme: Scheme) throws -> [Bool] {
    var world = try World(scheme)
    let index = try world.scheme.index(
      Self.words, of: FileID(3), key: world.system.keywordKey, with: world.prepared)
    let user = try world.issue(1, "a")
    let token = try world.scheme.token(
      for: query([1, 2]), key: user.key, occasion: 1, at: 1, keywordKey: world.system.keywordKey,
      with: world.prepared)
    let tokens = [
      token, token.altering(.question), token.altering(.searching), token.altering(.personal),
      token.altering(.slots([Slot(1)])), token.altering(.slots([Slot(1), Slot(3)])),
      token.altering(.slots([Slot(9)])),
    ]
    let indices = [
      index.altering(.anchor), index.altering(.searching), index.altering(.sharing),
      index.altering(.entry(0)), index.altering(.entry(1)), index.altering(.entry(2)),
      index.altering(.swapped(1, 2)), index.altering(.swapped(0, 1)),
    ]
    return tokens.map { token in
      let prepared = world.scheme.prepare(token)
      return world.scheme.matches(prepared, index)
    }
      + indices.map { index in
        let prepared = world.scheme.prepare(token)
        return world.scheme.matches(prepared, index)
      } + indices.map { world.scheme.isValid($0, with: world.system.parameters) }
  }

  @Test("Altered tokens and indices don't match, and nodes see an altered header of an index")
  func tamperedSearch() throws {
    let expected =
      // t3 does not enter the match, its check does.
      [true, false, false, true, false, false, false]
      // The anchor and slots that aren't asked for do not enter it; a sum does not see a swap.
      + [true, false, false, true, false, false, true, false]
      + [false, false, false, true, true, true, true, true]
    #expect(try tampered(real()) == expected)
    #expect(try tampered(counted()) == expected)
  }

  @Test("Paper §II-C: the printed t2 gives g^π to who guesses the words, and any token with it")
  func printedToken() throws {
    var world = try World(real())
    var generator = SeededGenerator(5)
    let pi = Scalar.random(in: .toy, using: &generator)
    let words = generator.scalars(1, .toy)[0]
    let (t1, t2) = Printed.token(pi, sum: words, world.prepared, &world.scheme.group)
    let group = world.scheme.group
    let leaked = world.scheme.group.power(
      world.scheme.group.multiply(t1, group.inverse(t2)),
      world.scheme.group.inverse(words))
    #expect(leaked == world.scheme.group.power(world.prepared.generator, pi))
    // A token for other words under the same π, made from what was seen.
    let other = generator.scalars(1, .toy)[0]
    let power = world.scheme.group.power(leaked, other)
    let forged = world.scheme.group.multiply(t2, power)
    let genuine = Printed.token(pi, sum: other, world.prepared, &world.scheme.group)
    #expect(forged == genuine.t1)
  }

  @Test("The corrected t2 does not give g^π in this way")
  func correctedToken() throws {
    var world = try World(real())
    let user = try world.issue(1, "a")
    let token = try world.scheme.token(
      for: query([1]), key: user.key, occasion: 1, at: 1, keywordKey: world.system.keywordKey,
      with: world.prepared)
    // With t2 = g^{aπ} the quotient t1/t2 is a power of g^π alone: e(t1/t2, g^a) = e(t2, g^{ΣH1}).
    let hash = Scalar(
      nonzero: {
        var tally = OperationTally()
        return Symmetric.hmacSHA512(
          key: world.system.keywordKey.bytes,
          message: KeywordHash.message(Self.words[1], in: Slot(1)), tally: &tally)
      }(), .toy)
    let group = world.scheme.group
    let quotient = world.scheme.group.multiply(token.question, group.inverse(token.searching))
    let sum = world.scheme.group.power(world.prepared.generator, hash)
    #expect(
      world.scheme.group.pair(quotient, world.system.parameters.sharing)
        != world.scheme.group.pair(token.searching, sum))
  }

  @Test("A query that asks nothing, a slot twice or a slot that isn't there is refused")
  func queries() throws {
    var world = try World(real())
    let user = try world.issue(1, "a")
    func ask(_ words: [SlotWord]) -> QueryFailure? {
      failure { () throws(QueryFailure) in
        try world.scheme.token(
          for: words, key: user.key, occasion: 1, at: 1, keywordKey: world.system.keywordKey,
          with: world.prepared)
      }
    }
    #expect(ask([]) == .noWords)
    #expect(ask([SlotWord(Slot(4), "x")]) == .unknownSlot(Slot(4), slots: 4))
    #expect(ask([SlotWord(Slot(2), "x"), SlotWord(Slot(2), "y")]) == .repeatedSlot(Slot(2)))
    #expect(
      ask([SlotWord(Slot(2), String(repeating: "x", count: 257))])
        == .wordTooLong(Slot(2), 257, allowed: 256))
    #expect(ask([SlotWord(Slot(2), "x"), SlotWord(Slot(1), "y")]) == nil)
  }
}
