import PairingCrypto

extension CountedScheme {
  /// Counts a token.
  public mutating func token(
    for words: [SlotWord], key: UserKey<Elements>, occasion: UInt64, at time: UInt64,
    keywordKey: KeywordKey, with parameters: PreparedParameters
  ) throws(QueryFailure) -> SearchToken<Elements> {
    let sorted = try KeywordHash.check(words, slots: parameters.parameters.slots)
    tally += SharingCosts.token(
      bytesHashed: sorted.reduce(0) { $0 + KeywordHash.byteCount(of: $1.word) })
    let pi = draw(.token, UInt64(key.user.rawValue), occasion)
    var sum: UInt64 = 0
    for word in sorted { sum &+= Self.hash(word.word, in: word.slot, keywordKey) }
    let t = key.searching.secret(Role(.userSearching))
    let k = draw(.proof, UInt64(key.user.rawValue), occasion)
    let statement = TokenStatement<Elements>(
      time: time, base: parameters.parameters.searching, user: key.user,
      slots: sorted.map(\.slot), question: CountedPoint(sum, Role(.tokenQuestion, pi)),
      searching: CountedPoint(pi, Role(.tokenSearching)),
      personal: CountedPoint(t, Role(.tokenPersonal, pi)))
    let c = challenge(statement, CountedPoint(k, Role(.tokenCommitment))).mark
    return statement.token(
      KnowledgeProof(
        challenge: CountedExponent(mark: c), response: CountedExponent(mark: k ^ mixed(c, pi))))
  }

  /// Counts the check of a token.
  public mutating func isValid(
    _ token: SearchToken<Elements>, of entry: RegistryEntry<Elements>, at time: UInt64,
    with parameters: PublicParameters<Elements>
  ) -> Bool {
    guard token.user == entry.user else { return false }
    // The digest of the statement counts its bytes.
    tally += SharingCosts.checkToken(bytesHashed: 0)
    let pi = token.searching.secret(Role(.tokenSearching))
    let c = token.proof.challenge.mark
    let k = token.proof.response.mark ^ mixed(c, pi)
    let statement = token.statement(at: time, base: parameters.searching)
    let isKnown = challenge(statement, CountedPoint(k, Role(.tokenCommitment))).mark == c
    return isKnown
      && token.personal.secret(Role(.tokenPersonal, pi))
        == entry.registered.secret(Role(.userRegistered))
  }

  /// Counts the lines of a token.
  public mutating func prepare(_ token: SearchToken<Elements>) -> PreparedToken {
    tally += SharingCosts.prepareToken
    let pi = token.searching.secret(Role(.tokenSearching))
    return PreparedToken(
      slots: token.slots, sum: token.question.secret(Role(.tokenQuestion, pi)))
  }

  /// Counts a match: whether the sums of the words are equal.
  public mutating func matches(
    _ token: PreparedToken, _ index: KeywordIndex<Elements>
  ) -> Bool {
    guard token.slots.allSatisfy({ Int($0.rawValue) < index.entries.count }) else { return false }
    // What SharingCosts.match says, without making a tally for each of very many files.
    tally.count(.preparedMillerLoop, 2)
    tally.count(.finalExponentiation)
    tally.count(.pointAddition, token.slots.count)
    let tau = index.searching.secret(Role(.indexSearching))
    let entry = Role(.indexEntry, tau)
    var sum: UInt64 = 0
    for slot in token.slots { sum &+= index.entries[Int(slot.rawValue)].secret(entry) }
    return index.sharing.secret(Role(.indexSharing)) == tau && sum == token.sum
  }

  /// Counts the check of an index.
  public mutating func isValid(
    _ index: KeywordIndex<Elements>, with parameters: PublicParameters<Elements>
  ) -> Bool {
    tally += SharingCosts.checkIndex
    let tau = index.anchor.secret(Role(.indexAnchor))
    let system = parameters.sharing.secret(Role(.sharing))
    return index.searching.secret(Role(.indexSearching)) == tau ^ system
      && index.sharing.secret(Role(.indexSharing)) == tau ^ system
      && index.entries.count == parameters.slots
  }
}
