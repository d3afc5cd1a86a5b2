import PairingCrypto
import RecordSharing

/// What opening an abstract gives: the keys of the file and where it is.
struct PricedOpening<Scheme: SharingScheme>: Sendable {
  var keys: Scheme.ContentKeys
  var location: StorageLocation
}

/// What the curious have made up to try: keys of a system of their own, and a guessed κ.
struct PricedGuesses<Scheme: SharingScheme>: Sendable {
  var key: UserKey<Scheme.Elements>
  var prepared: Scheme.PreparedKey
  var keywordKey: Scheme.KeywordKey
}

extension PricedSteps {
  // MARK: Step 5

  /// A token for words in the files of one owner, or of all, and the request around it; an occasion
  /// is its time, too.
  mutating func token(
    for words: [SlotWord], key: UserKey<Scheme.Elements>, occasion: UInt64, owner: Int,
    signedBy signingKey: Scheme.SigningKey
  ) throws -> SearchRequest<Scheme.Elements> {
    try perform(.token) { steps in
      let token = try steps.scheme.token(
        for: words, key: key, occasion: occasion, at: occasion,
        keywordKey: steps.keywordKey(of: owner), with: steps.parameters)
      let request = try steps.scheme.request(token, at: occasion, signedBy: signingKey)
      return (request, steps.size(request))
    }
  }

  /// Whether a node admits the request around a token.
  mutating func admit(_ request: SearchRequest<Scheme.Elements>) -> Bool {
    perform(.admitToken) { steps in
      guard steps.scheme.areInGroups(request) else { return (false, 0) }
      return (steps.scheme.isSigned(request, in: steps.registry), 0)
    }
  }

  /// Whether a token is of the user that it names, for the request's time, and its lines.
  mutating func check(
    _ request: SearchRequest<Scheme.Elements>, of entry: RegistryEntry<Scheme.Elements>
  ) -> (isValid: Bool, lines: Scheme.PreparedToken) {
    perform(.checkToken) { steps in
      let published = steps.scheme.parameters(of: steps.parameters)
      let isValid = steps.scheme.isValid(request, of: entry, with: published)
      return ((isValid, steps.scheme.prepare(request.token)), 0)
    }
  }

  /// Whether a file matches.
  mutating func matches(
    _ token: Scheme.PreparedToken, _ index: KeywordIndex<Scheme.Elements>
  ) -> Bool {
    perform(.matchFile) { steps in (steps.scheme.matches(token, index), 0) }
  }

  /// An abstract in an answer.
  mutating func returnAbstract(_ abstract: Abstract<Scheme.Elements>, policy: Int) {
    perform(.returnAbstract(policy: policy)) { steps in ((), steps.size(abstract)) }
  }

  /// One replica's signature of what it answers, and CS's check of it.
  mutating func proof(
    of digest: ContentDigest, by replica: Scheme.SigningKey
  ) throws -> Bool {
    let signature = try scheme.sign(digest, domain: .consensus, key: replica)
    let key = scheme.verificationKey(of: replica)
    return perform(.proof) { steps in
      // Digest of the request, the answer's word, and the replica's number.
      let bytes = ContentDigest.byteCount + 8 + 2 + steps.signatureBytes
      return (
        steps.scheme.verify(signature, of: digest, domain: .consensus, key: key), bytes
      )
    }
  }

  /// Opens capsule and location.
  mutating func open(
    _ abstract: Abstract<Scheme.Elements>, policy: Int, with key: Scheme.PreparedKey,
    userClass: Int
  ) -> Result<PricedOpening<Scheme>, DecryptionFailure> {
    perform(.open(userClass: userClass, policy: policy)) { steps in
      guard steps.scheme.areInGroups(abstract) else { return (.failure(.digestMismatch), 0) }
      do throws(DecryptionFailure) {
        let keys = try steps.scheme.open(abstract.capsule, with: key)
        let location = try steps.scheme.location(in: abstract, keys: keys)
        return (.success(PricedOpening(keys: keys, location: location)), 0)
      } catch {
        return (.failure(error), 0)
      }
    }
  }

  // MARK: What the curious try

  /// Tries a made-up key on a capsule, and the file's own words under a guessed κ on its index;
  /// whether either told anything.
  mutating func pry(
    _ abstract: Abstract<Scheme.Elements>, policy: Int, words: [SlotWord], occasion: UInt64,
    with guesses: PricedGuesses<Scheme>
  ) throws -> (hasOpened: Bool, hasGuessed: Bool) {
    try perform(.pry(policy: policy)) { steps in
      let token = try steps.scheme.token(
        for: words, key: guesses.key, occasion: occasion, at: occasion,
        keywordKey: guesses.keywordKey, with: steps.parameters)
      let lines = steps.scheme.prepare(token)
      let hasGuessed = steps.scheme.matches(lines, abstract.index)
      let opened = try? steps.scheme.open(abstract.capsule, with: guesses.prepared)
      return ((opened != nil, hasGuessed), 0)
    }
  }
}
