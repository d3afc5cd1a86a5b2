import RecordSharing

extension RecordLedger {
  /// Checks a token, matches it with every live file in scope and decides for those that match.
  func access(_ request: AccessRequest) -> Verdict {
    let check = world.prices[.checkToken].nanoseconds
    guard request.flaw == .none else {
      return Verdict(status: .invalidToken, work: check, isAudited: true)
    }
    let match = world.prices[.matchFile].nanoseconds * Int64(filesInScope(of: request))
    var verdict = Verdict(status: .noMatch, work: check + match, isAudited: true)
    let matching = matching(request)
    guard !matching.isEmpty else { return verdict }
    verdict.status = .unsatisfied
    var isConcerned = [Bool](repeating: false, count: world.roster.patients)
    let decisions = decisions(for: request.user)
    for file in matching {
      if let owner = owner(of: file) { isConcerned[owner] = true }
      let policy = world.policy(of: file)
      switch decisions[policy] {
      case .granted:
        verdict.contents.append(file)
        verdict.bytes += abstractSize(policy: policy)
      case .revoked: verdict.status = .revoked
      case .unsatisfied: break
      }
    }
    verdict.concerned = isConcerned.indices.filter { isConcerned[$0] }
    if let first = verdict.contents.first {
      verdict.status = .done
      verdict.file = verdict.contents.contains(request.target) ? request.target : first
    }
    return verdict
  }

  /// The live files in scope that hold the words of a request, ascending.
  public func matching(_ request: AccessRequest) -> [Int] {
    let query = world.query(request)
    guard query.allSatisfy({ $0.word < world.settings.vocabulary }) else { return [] }
    var first = 0
    var stride = 1
    var only: Int?
    if world.settings.scope == .owner {
      guard let owner = owner(of: request.target) else { return [] }
      (first, stride, only) = (owner, world.roster.patients, owner)
    }
    // A byte tells all words of a small vocabulary apart.
    let isExact = world.settings.vocabulary <= 256
    var found = world.columns.candidates(query, from: first, by: stride).filter {
      !files[$0].isDeleted && (isExact || holds($0, query))
    }
    let sample = Self.pattern(query)
    let isSettled = isExact && query.allSatisfy { $0.slot < Self.patternSlots }
    files.forEach(from: world.settings.preloaded) { file, entry in
      guard entry.owner >= 0, !entry.isDeleted, only == nil || entry.owner == only,
        (entry.pattern ^ sample.bytes) & sample.mask == 0, isSettled || holds(file, query)
      else { return }
      found.append(file)
    }
    return found
  }

  /// How many files a request's token is matched with.
  private func filesInScope(of request: AccessRequest) -> Int {
    guard world.settings.scope == .owner else { return liveFiles }
    guard let owner = owner(of: request.target) else { return 0 }
    let (preloaded, patients) = (world.settings.preloaded, world.roster.patients)
    return max(0, preloaded - owner + patients - 1) / patients + owners[owner].addedFiles
  }

  /// Slots of which a pattern has the last byte of the word.
  private static let patternSlots = 8

  /// The last byte of each of a file's first words.
  func pattern(of file: Int) -> UInt64 {
    let slots = min(Self.patternSlots, world.settings.slots)
    return Self.pattern((0..<slots).map { ($0, world.word(of: file, slot: $0)) }).bytes
  }

  private static func pattern(
    _ words: [(slot: Int, word: Int)]
  ) -> (bytes: UInt64, mask: UInt64) {
    var (bytes, mask): (UInt64, UInt64) = (0, 0)
    for (slot, word) in words where slot < patternSlots {
      bytes |= UInt64(word & 0xFF) << UInt64(8 * slot)
      mask |= 0xFF << UInt64(8 * slot)
    }
    return (bytes, mask)
  }

  private func holds(_ file: Int, _ query: [(slot: Int, word: Int)]) -> Bool {
    query.allSatisfy { world.word(of: file, slot: $0.slot) == $0.word }
  }

  /// What each policy says to a user, by its place.
  private func decisions(for user: Int) -> [AccessDecision] {
    let attributes = world.attributes(of: user)
    return world.settings.policies.map {
      revocations.decide($0.value.policy, for: UserID(UInt32(user)), holding: attributes)
    }
  }
}
