import ConsensusCore
import DiscreteEvents
import PairingCrypto
import RecordSharing

// Step 5.

extension RecordShadow {
  mutating func search(
    _ request: AccessRequest, among: [Int], matching: [Int]
  ) throws {
    let words = world.query(request).map { slot, word in
      SlotWord(Slot(UInt8(slot)), text(slot: slot, word: word))
    }
    let owner = try ownerOfWords(request, among)
    let user = try self.user(request.user)
    let key = try askingKey(request)
    let signing = try signingKey(ofUser: request.user)
    settle()
    let question = try asked(words, request, key: key, owner: owner, signedBy: signing)
    travel(question)
    if !steps.admit(question) {
      find(.e3, "a node refuses the signature around a token of DU \(request.user)")
    }
    let (isValid, lines) = steps.check(question, of: user.entry)
    settle()
    guard isValid == (request.flaw == .none) else {
      find(
        .e4,
        "a token of DU \(request.user) with flaw '\(request.flaw)' is \(isValid ? "" : "not ")valid"
      )
      return
    }
    guard isValid else { return }
    for number in among {
      let isFound = steps.matches(lines, try stored(number).abstract.index)
      guard isFound != matching.contains(number) else { continue }
      find(
        .e4,
        "file \(number) \(isFound ? "matches" : "does not match") occasion \(request.occasion) of "
          + "DU \(request.user)")
    }
  }

  /// Whose files are searched, where that matters.
  private mutating func ownerOfWords(_ request: AccessRequest, _ among: [Int]) throws -> Int {
    guard world.settings.scope == .owner else { return 0 }
    if let first = among.first { return try stored(first).file.owner }
    if let file = files[request.target] { return file.owner }
    return request.target < world.settings.preloaded
      ? world.owner(ofPreloaded: request.target) : 0
  }

  /// The key that a token is made with: the asker's own, another user's, or a made-up one.
  ///
  /// Whoever forges a token has seen one of the asker's.
  private mutating func askingKey(
    _ request: AccessRequest
  ) throws -> UserKey<RealElements> {
    let count = world.roster.users
    switch request.flaw {
    case .none, .unproved: return try user(request.user).key
    case .foreign where count > 1: return try user((request.user + 1) % count).key
    case .foreign, .forged: return try madeUp().key
    }
  }

  private mutating func asked(
    _ words: [SlotWord], _ request: AccessRequest, key: UserKey<RealElements>, owner: Int,
    signedBy signing: RSAPrivateKey
  ) throws -> SearchRequest<RealElements> {
    // Whoever uses another's key draws by it: such occasions are none of its own.
    var occasion = UInt64(request.occasion)
    if request.flaw != .none {
      occasion |= UInt64(request.user + 1) << 16 | UInt64(request.flaw.rawValue) << 48
    }
    let question = try steps.token(
      for: words, key: key, occasion: occasion, owner: owner, signedBy: signing)
    let name = UserID(UInt32(request.user))
    var token = question.token
    if token.user != name { token = token.altering(.user(name)) }
    if request.flaw == .unproved {
      let g = PairingGroup.generator(of: steps.scheme.parameterSet)
      token = token.forged(
        for: try user(request.user).entry, base: g, slots: token.slots)
    }
    guard token != question.token else { return question }
    return try steps.scheme.request(token, at: question.time, signedBy: signing)
  }

  mutating func open(_ number: Int, _ file: Int) throws {
    let (stored, abstract) = try stored(file)
    let user = try user(number)
    let lines = try lines(of: number, fitting: abstract)
    settle()
    travel(abstract)
    steps.returnAbstract(abstract, policy: stored.policy)
    settle()
    let opened = steps.open(
      abstract, policy: stored.policy, with: lines, userClass: user.userClass)
    if case .failure(.keyOutdated) = opened,
      try openAsGranted(stored, number, userClass: user.userClass)
    {
      return
    }
    switch opened {
    case .success(let opening):
      // With an outdated component other rows may be used than the price has.
      settle(hasFailed: lost[number] != nil)
      openings[ShadowOpening(user: number, file: abstract.file)] = opening.keys
      // A location is called as the version that is there.
      let name = abstract.file
      if name.record != UInt64(file) || opening.location != StorageLocation(name.rawValue) {
        find(.e1, "DU \(number) finds file \(file) at \(opening.location.rawValue)")
      }
    case .failure(let failure):
      settle(hasFailed: true)
      find(.e1, "file \(file) was granted to DU \(number), who cannot open it: \(failure)")
    }
  }

  /// Opens the abstract that a user got who lost an attribute after the file was granted: the version
  /// before, or the one in the block of the upload.
  private mutating func openAsGranted(
    _ file: ShadowFile, _ number: Int, userClass: Int
  ) throws -> Bool {
    guard lost[number] != nil else { return false }
    for abstract in [file.previous?.abstract].compactMap({ $0 }) + file.blocks.reversed() {
      let lines = try lines(of: number, fitting: abstract)
      settle(hasFailed: true)
      let opened = steps.open(
        abstract, policy: file.policy, with: lines, userClass: userClass)
      settle(hasFailed: true)
      guard case .success(let opening) = opened else { continue }
      openings[ShadowOpening(user: number, file: abstract.file)] = opening.keys
      return true
    }
    return false
  }
}
