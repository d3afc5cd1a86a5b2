import RecordSharing

/// One version of a file.
struct FileVersion: Hashable, Sendable {
  let file: Int
  let number: Int
}

/// Which components users ever had, and under which keys of attributes each version of a file was
/// encrypted: what an old abstract in a block opens to whom.
///
/// It is kept where somebody reads old blocks (``Misdeed/chainReader``) or files are encrypted anew,
/// and is empty otherwise.
struct KeyHistory: Sendable {
  private let isKept: Bool
  /// How many new keys each attribute has had.
  private var epochs: [Int]
  /// By user and attribute: the epoch of the last component that a user had of a lost attribute.
  private var last: [[Int?]]
  /// The epochs when a version was encrypted; versions that are not in it are of the beginning.
  private var encrypted: [FileVersion: [Int]] = [:]

  init(_ world: RecordWorld) {
    isKept =
      world.settings.revocation == .reencrypt
      || world.settings.misdeeds.contains { $0.misdeed == .chainReader }
    let count = isKept ? world.settings.universe.count : 0
    epochs = Array(repeating: 0, count: count)
    last = Array(
      repeating: Array(repeating: nil, count: count), count: isKept ? world.roster.users : 0)
  }

  /// An attribute gets a new key, of which some users get no component.
  mutating func renew(_ attribute: Int, except losers: [Int]) {
    guard isKept else { return }
    for user in losers where last[user][attribute] == nil {
      last[user][attribute] = epochs[attribute]
    }
    epochs[attribute] += 1
  }

  /// A version of a file is encrypted under the keys there are.
  mutating func encrypt(_ file: Int, version: Int) {
    guard isKept else { return }
    encrypted[FileVersion(file: file, number: version)] = epochs
  }

  /// Whether a user once had a component for an attribute that fits the upload of a version.
  func fits(_ attribute: Int, of user: Int, _ file: Int, version: Int) -> Bool {
    guard let last = last[user][attribute] else { return true }
    return encrypted[FileVersion(file: file, number: version)].map { $0[attribute] <= last } ?? true
  }
}
