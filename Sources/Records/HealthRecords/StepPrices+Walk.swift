import PairingCrypto
import RecordSharing

/// Carries every step out once with the counted engine.
struct PriceWalk {
  private var steps: PricedSteps<CountedScheme>
  private let settings: RecordSettings
  private let owner: PricedOwner<CountedScheme>
  private var users: [PricedUser<CountedScheme>] = []
  private let guesses: PricedGuesses<CountedScheme>
  private var next = 0
  /// The shapes whose new encryption has its price, by policy and size.
  private var encryptedAnew: Set<[Int]> = []

  init(_ settings: RecordSettings) throws {
    let size = StepPrices.keySize(for: settings.parameters)
    let scheme = CountedScheme(settings.parameters, keySize: size, seed: 1)
    self.settings = settings
    steps = try PricedSteps(scheme, settings, seed: 1)
    _ = try steps.masterKey(of: 0)
    owner = try steps.owner(0).owner
    guesses = try PricedGuesses(
      CountedScheme(settings.parameters, keySize: size, seed: 2), settings,
      keywordKey: steps.keywordKey(of: 1))
  }

  /// Every step, each shape at least once.
  mutating func everything() throws -> [PerformedStep] {
    for (number, kind) in settings.users.enumerated() {
      users.append(
        try steps.user(
          number, of: number, holding: kind.attributes, signedBy: steps.centre
        ).user)
    }
    for policy in settings.policies.indices {
      for size in settings.recordSizes.indices { try life(policy, size) }
    }
    try search()
    for attribute in settings.universe.indices {
      try rekeying(attribute)
      try encryptingAnew(attribute)
    }
    return steps.takePerformed()
  }

  private var words: [String] {
    (0..<settings.slots).map { PricedWords.word("word \($0)") }
  }

  private var asked: [SlotWord] {
    words.prefix(settings.queriedSlots).enumerated().map { SlotWord(Slot(UInt8($0)), $1) }
  }

  private mutating func file(_ policy: Int, _ size: Int) throws -> PricedFile<CountedScheme> {
    next += 1
    let record = steps.scheme.record(
      byteCount: settings.recordSizes[size].value, content: UInt64(next))
    return try steps.encrypt(
      record, words: words, as: next, of: 0, policy: policy, size: size)
  }

  private mutating func life(_ policy: Int, _ size: Int) throws {
    let file = try file(policy, size)
    let request = try steps.storageRequest(file, by: owner)
    _ = steps.checkStorage(request, policy: policy, size: size)
    let transaction = try steps.transaction(file, request, by: owner)
    _ = steps.admit(transaction, policy: policy)
    _ = steps.execute(transaction, policy: policy)
    for abstract in transaction.abstracts {
      steps.returnAbstract(abstract, policy: policy)
      steps.serve(file.ciphertext, policy: policy, size: size)
      _ = steps.decrypt(
        file.ciphertext, against: abstract, keys: file.keys, policy: policy, size: size)
      guard size == 0 else { continue }
      for user in users {
        guard let key = user.prepared else { continue }
        _ = steps.open(abstract, policy: policy, with: key, userClass: user.userClass)
      }
      _ = try steps.pry(abstract, policy: policy, words: asked, occasion: 0, with: guesses)
    }
  }

  private mutating func search() throws {
    guard let user = users.first else { return }
    let file = try file(0, 0)
    let key = steps.scheme.verificationKey(of: steps.centre)
    let request = try steps.token(
      for: asked, key: user.key, occasion: 1, owner: 0, signedBy: steps.centre)
    try steps.enrol(key, as: UserID(UInt32(user.number)).partyName)
    _ = steps.admit(request)
    let lines = steps.check(request, of: user.entry).lines
    _ = steps.matches(lines, file.ciphertext.index)
    let digest = steps.scheme.digest(of: request.token)
    _ = try steps.proof(of: digest, by: steps.centre)
    let signature = try steps.otherRequest(saying: digest, by: steps.centre)
    _ = steps.admit(signature, saying: digest, by: key)
  }

  private mutating func rekeying(_ attribute: Int) throws {
    let issued = try steps.scheme.generateKey(
      for: UserID(UInt32(users.count + attribute)), attributes: [settings.universe[attribute]],
      master: steps.system.master, with: steps.parameters)
    var holder = PricedUser<CountedScheme>(
      number: users.count + attribute, userClass: 0, key: issued.key,
      prepared: steps.scheme.prepare(issued.key), entry: issued.entry)
    var abstracts: [Abstract<CountedElements>] = []
    for policy in settings.policies.indices {
      let file = try file(policy, 0)
      let request = try steps.storageRequest(file, by: owner)
      abstracts += try steps.transaction(file, request, by: owner).abstracts
    }
    let change = try steps.rekey(attribute)
    for (policy, abstract) in abstracts.enumerated() {
      var abstract = abstract
      let update = steps.renewRows(
        of: Int(abstract.file.rawValue), policy: policy, abstract.capsule, change)
      _ = steps.takeRows(update, policy: policy, to: &abstract, change)
    }
    _ = try steps.renew(&holder, change, unless: AttributeRevocationList())
  }

  private mutating func encryptingAnew(_ attribute: Int) throws {
    let name = settings.universe[attribute]
    var files: [(PricedFile<CountedScheme>, Abstract<CountedElements>)] = []
    for (policy, weighted) in settings.policies.enumerated()
    where weighted.value.labels.contains(where: { $0.attribute == name }) {
      for size in settings.recordSizes.indices where encryptedAnew.insert([policy, size]).inserted {
        let file = try file(policy, size)
        let request = try steps.storageRequest(file, by: owner)
        for abstract in try steps.transaction(file, request, by: owner).abstracts {
          files.append((file, abstract))
        }
      }
    }
    let change = try steps.newKey(attribute)
    for (file, abstract) in files {
      guard let name = file.name.nextVersion else { continue }
      _ = try steps.reencrypt(file, as: name, words: words, against: abstract, change)
    }
  }
}

extension PricedGuesses {
  /// Keys of a system of one's own for everything there is.
  init(_ own: Scheme, _ settings: RecordSettings, keywordKey: Scheme.KeywordKey) throws {
    var own = own
    let copies = settings.policies.flatMap(\.value.labels).map(\.occurrence).max() ?? 1
    let system = try own.setUp(
      universe: settings.universe, slots: settings.slots, copies: copies)
    key = try own.generateKey(
      for: UserID(UInt32.max), attributes: settings.universe, master: system.master,
      with: own.prepare(system.parameters)
    ).key
    prepared = own.prepare(key)
    self.keywordKey = keywordKey
  }
}
