import PairingCrypto

extension RealScheme {
  /// τ <- Z_p*; I = g^τ, Ī = ((g^α)^τ, (g^a)^τ), I_j = g^{τ H1(j, w_j)}.
  public mutating func index(
    _ words: [String?], of file: FileID, key: KeywordKey, with parameters: PreparedParameters
  ) throws(EncryptionFailure) -> KeywordIndex<Elements> {
    try KeywordHash.check(words, slots: parameters.parameters.slots)
    // A later version's name may serve again, under other keys of attributes.
    let drawn =
      file.version == 0
      ? "" : " " + mark(of: Array("\(words)".utf8), parameters.parameters)
    var stream = generator("index", "file \(file.rawValue)\(drawn)")
    let tau = Scalar.random(in: parameterSet, using: &stream)
    var products: [[PowerTerm]] = [
      [.fixed(parameters.generator, tau)], [.fixed(parameters.searching, tau)],
      [.fixed(parameters.sharing, tau)],
    ]
    for (slot, word) in words.enumerated() {
      // A filler is drawn anew each time: a constant one would show which slots are empty.
      let filler = Scalar.random(in: parameterSet, using: &stream)
      let hash = word.map { self.hash($0, in: Slot(UInt8(slot)), key) } ?? filler
      products.append([.fixed(parameters.generator, tau * hash)])
    }
    let powers = group.powers(products)
    return KeywordIndex(
      anchor: powers[0], searching: powers[1], sharing: powers[2], entries: Array(powers[3...]))
  }

  /// H1(j, w) = 1 + (HMAC mod (p - 1)), in Z_p*: HMAC-SHA-512 has at least twice the bits of p, so the bias is negligible.
  private mutating func hash(_ word: String, in slot: Slot, _ key: KeywordKey) -> Scalar {
    let code = Symmetric.hmacSHA512(
      key: key.bytes, message: KeywordHash.message(word, in: slot), tally: &group.tally)
    return Scalar(nonzero: code, parameterSet)
  }

  /// π <- Z_p*; t1 = (g^a)^π g^{π ΣH1}, t2 = (g^α)^π, t3 = D''^π.
  ///
  /// The sum is taken in Z_p, where Paper §II-C multiplies m' powers. The proof: k <- Z_p*, R =
  /// (g^α)^k, c = H(statement, R), k + c π.
  public mutating func token(
    for words: [SlotWord], key: UserKey<Elements>, occasion: UInt64, at time: UInt64,
    keywordKey: KeywordKey, with parameters: PreparedParameters
  ) throws(QueryFailure) -> SearchToken<Elements> {
    let sorted = try KeywordHash.check(words, slots: parameters.parameters.slots)
    var stream = generator("user \(key.user.rawValue)", "token \(occasion)")
    let pi = Scalar.random(in: parameterSet, using: &stream)
    // All that is proved enters k, as two challenges for one k give D'' away.
    let asked = sorted.map { "\($0.slot.rawValue) \($0.word.utf8.count) \($0.word)" }.joined()
    var proofs = generator("user \(key.user.rawValue)", "proof \(occasion) \(time) \(asked)")
    let k = Scalar.random(in: parameterSet, using: &proofs)
    var sum = Scalar.zero(parameterSet)
    for word in sorted { sum = sum + hash(word.word, in: word.slot, keywordKey) }
    let powers = group.powers([
      [.fixed(parameters.sharing, pi), .fixed(parameters.generator, pi * sum)],
      [.fixed(parameters.searching, pi)], [.variable(key.searching, pi)],
      [.fixed(parameters.searching, k)],
    ])
    let statement = TokenStatement<Elements>(
      time: time, base: parameters.parameters.searching, user: key.user,
      slots: sorted.map(\.slot), question: powers[0], searching: powers[1], personal: powers[2])
    let c = exponent(challenge(statement, powers[3]))
    return statement.token(KnowledgeProof(challenge: c, response: k + c * pi))
  }

  /// c = H(statement, (g^α)^{k + cπ} t2^{-c}) and e(t3, g) = e(t2, D'_uid).
  ///
  /// The first shows that the asker knows π, the second that t3 = D'^{απ}. So t3^{1/π} = D''_uid: who
  /// does not have it would have to make it of g^α and D'_uid. A replay has another time.
  public mutating func isValid(
    _ token: SearchToken<Elements>, of entry: RegistryEntry<Elements>, at time: UInt64,
    with parameters: PublicParameters<Elements>
  ) -> Bool {
    guard token.user == entry.user else { return false }
    let commitment = group.product([
      .variable(parameters.searching, token.proof.response),
      .variable(token.searching, -token.proof.challenge),
    ])
    let statement = token.statement(at: time, base: parameters.searching)
    let isKnown = exponent(challenge(statement, commitment)) == token.proof.challenge
    let g = PairingGroup.generator(of: parameterSet)
    let isOwn = areEqual((token.personal, g), (token.searching, entry.registered))
    return isKnown && isOwn
  }

  /// A digest modulo the order.
  private func exponent(_ digest: ContentDigest) -> Scalar {
    Scalar(reducing: digest.bytes, parameterSet)
  }

  /// Computes the lines of t1 and t2.
  public mutating func prepare(_ token: SearchToken<Elements>) -> PreparedToken {
    PreparedToken(
      slots: token.slots, question: group.prepare(token.question),
      searching: group.prepare(token.searching))
  }

  /// e(B, t1) = e(U ∏ I_j, t2) over the slots asked for: all their words are equal, or an accident of
  /// probability 1/p.
  public mutating func matches(
    _ token: PreparedToken, _ index: KeywordIndex<Elements>
  ) -> Bool {
    guard token.slots.allSatisfy({ Int($0.rawValue) < index.entries.count }) else { return false }
    let words = token.slots.map { PowerTerm.element(index.entries[Int($0.rawValue)]) }
    let asked = group.product([.element(index.sharing)] + words)
    return group.product(ofPairings: [
      .prepared(token.question, index.searching),
      .prepared(token.searching, group.inverse(asked)),
    ]).isOne
  }

  /// e(I, g^α) = e(B, g) and e(I, g^a) = e(U, g).
  public mutating func isValid(
    _ index: KeywordIndex<Elements>, with parameters: PublicParameters<Elements>
  ) -> Bool {
    let g = PairingGroup.generator(of: parameterSet)
    let hasSearching = areEqual((index.anchor, parameters.searching), (index.searching, g))
    let hasSharing = areEqual((index.anchor, parameters.sharing), (index.sharing, g))
    return hasSearching && hasSharing && index.entries.count == parameters.slots
  }

  /// Whether two pairings are equal, as one product of two.
  mutating func areEqual(
    _ left: (GroupElement, GroupElement), _ right: (GroupElement, GroupElement)
  ) -> Bool {
    group.product(ofPairings: [
      .pair(left.0, left.1), .pair(group.inverse(right.0), right.1),
    ]).isOne
  }
}
