import RecordSharing

/// What replicas signed about an access: the proof that a user takes to the cloud server.
struct AccessProof: Sendable {
  /// Who asked.
  var user: Int
  /// What the replicas answered.
  var answer: RecordAnswer
  /// Whether enough replicas signed it.
  var isSigned: Bool
}

/// What the cloud server knows and checks: its files, and a mirror of what parties told it of the
/// chain (Paper §II-C steps 4 and 5).
///
/// It trusts nobody: a store or an access counts once f + 1 replicas vouch for it. Since the proof of
/// an access grants a file, it proves that the file's store is committed as well.
package struct CloudServer: Sendable {
  /// What is checked before a file is taken in or handed out; an honest server checks all.
  package struct Checks: OptionSet, Sendable {
    package let rawValue: UInt8
    package static let storage = Checks(rawValue: 1)
    package static let signatures = Checks(rawValue: 2)
    package static let grant = Checks(rawValue: 4)
    package static let once = Checks(rawValue: 8)
    package static let revocation = Checks(rawValue: 16)
    package static let all: Checks = [.storage, .signatures, .grant, .once, .revocation]

    package init(rawValue: UInt8) { self.rawValue = rawValue }
  }

  /// Why a file is not handed out.
  enum Refusal: String, Sendable {
    case unsigned = "the proof is not signed by enough replicas"
    case notGranted = "the replicas did not grant this file to this user"
    case used = "the proof has served before"
    case policy = "the attributes do not satisfy the policy"
    case revoked = "a needed attribute was revoked before"
    case absent = "there is no such file"
  }

  private enum FileState: UInt8 {
    case unknown, stored, committed, erased
  }

  private let world: RecordWorld
  package var checks = Checks.all
  private var states: [FileState]
  /// Versions of a file that are stored and not heard to be on the chain, ascending.
  private var pending: [Int: [Int]] = [:]
  /// The version of a file that took an earlier one's place, and where; nothing for the first.
  private var switched: [Int: (version: Int, position: Int)] = [:]
  /// Which proofs have served.
  private var hasServed: [Bool] = []
  private var revocations: [(attribute: Int, user: Int, position: Int)] = []
  /// The bytes of the ciphertexts that are stored.
  package private(set) var storedBytes: Int

  package init(_ world: RecordWorld) {
    self.world = world
    let count = world.settings.preloaded
    states = Array(repeating: .committed, count: count)
    var counts = [Int](
      repeating: 0, count: world.settings.policies.count * world.settings.recordSizes.count)
    let sizes = world.settings.recordSizes.count
    for file in 0..<count { counts[world.policy(of: file) * sizes + world.size(of: file)] += 1 }
    storedBytes = 0
    for (shape, count) in counts.enumerated() where count > 0 {
      let price = world.prices[.encrypt(policy: shape / sizes, size: shape % sizes)]
      storedBytes += count * price.bytes
    }
  }

  /// Whether a request to store is accepted.
  func accepts(_ flaw: StorageFlaw) -> Bool { flaw == .none || !checks.contains(.storage) }

  /// Takes a ciphertext in.
  mutating func store(_ file: Int) {
    while states.count <= file { states.append(.unknown) }
    guard states[file] == .unknown else { return }
    states[file] = .stored
    storedBytes += bytes(of: file)
  }

  /// Learns that the store of a file was committed.
  mutating func commit(_ file: Int) {
    if file < states.count, states[file] == .stored { states[file] = .committed }
  }

  /// Takes the ciphertext of a new version in, beside the one that it will replace.
  mutating func store(_ file: Int, version: Int) {
    guard holds(file), version > self.version(of: file) else { return }
    pending[file, default: []].append(version)
    storedBytes += bytes(of: file)
  }

  /// Learns that a new version is on the chain, and deletes every earlier ciphertext of the file;
  /// false if that is known, or a later version is there.
  @discardableResult
  mutating func supersede(_ file: Int, version: Int, at position: Int) -> Bool {
    guard holds(file), version > self.version(of: file),
      pending[file, default: []].contains(version)
    else { return false }
    let later = pending[file, default: []].filter { $0 > version }
    storedBytes -= (pending[file, default: []].count - later.count) * bytes(of: file)
    pending[file] = later.isEmpty ? nil : later
    switched[file] = (version, position)
    return true
  }

  /// The version of a file that is handed out.
  func version(of file: Int) -> Int { switched[file]?.version ?? 0 }

  /// Whether a file that was granted at a position has had a new version since.
  func isSuperseded(_ file: Int, since position: Int) -> Bool {
    switched[file].map { $0.position > position } ?? false
  }

  /// Deletes every ciphertext of a file.
  mutating func erase(_ file: Int) {
    guard holds(file) else { return }
    states[file] = .erased
    storedBytes -= (1 + (pending.removeValue(forKey: file)?.count ?? 0)) * bytes(of: file)
  }

  func holds(_ file: Int) -> Bool { isStored(file) || isCommitted(file) }

  /// Whether a file is held whose store was not heard of yet.
  private func isStored(_ file: Int) -> Bool { file < states.count && states[file] == .stored }

  /// Whether a file is held that is known to be on the chain.
  func isCommitted(_ file: Int) -> Bool { file < states.count && states[file] == .committed }

  /// Takes a revocation into the mirror.
  mutating func revoke(_ attribute: Int, of user: Int, at position: Int) {
    revocations.append((attribute, user, position))
  }

  /// Whether a file is handed out, which uses the proof up; nil if it is.
  mutating func refusal(of file: Int, to user: Int, proof number: Int, _ proof: AccessProof)
    -> Refusal?
  {
    if checks.contains(.signatures), !proof.isSigned { return .unsigned }
    if checks.contains(.grant) {
      guard proof.answer.status == .done, proof.user == user, proof.answer.file == file else {
        return .notGranted
      }
    }
    while hasServed.count <= number { hasServed.append(false) }
    if checks.contains(.once), hasServed[number] { return .used }
    guard holds(file) else { return .absent }
    if checks.contains(.revocation) {
      let held = world.attributes(of: user)
      let policy = world.settings.policies[world.policy(of: file)].value.policy
      guard policy.isSatisfied(by: held) else { return .policy }
      let lost = lost(by: user, before: proof.answer.position)
      guard policy.isSatisfied(by: held.subtracting(lost)) else { return .revoked }
    }
    hasServed[number] = true
    return nil
  }

  /// The files that are held under a policy that is marked, ascending.
  func files(where isConcerned: [Bool]) -> [Int] {
    states.indices.filter { holds($0) && isConcerned[world.policy(of: $0)] }
  }

  /// Another file that is stored, the next in number; nil if there is none.
  func other(than file: Int) -> Int? {
    let count = states.count
    return (1..<max(1, count)).lazy.map { (file + $0) % count }.first(where: holds)
  }

  /// Those of the same position came before or after: the replicas' answer has taken care of it.
  private func lost(by user: Int, before position: Int) -> AttributeSet {
    AttributeSet(
      revocations.filter { $0.user == user && $0.position < position }.map {
        world.settings.universe[$0.attribute]
      })
  }

  private func bytes(of file: Int) -> Int {
    world.prices[.encrypt(policy: world.policy(of: file), size: world.size(of: file))].bytes
  }
}
