import HealthRecords
import Notation

/// What no single key of a `records` section shows.
extension RecordsSection {
  /// The real engine seals so many files before the run, and records of so many bytes, at most.
  static let realFiles = 4_096
  static let realBytes = 16 << 20

  func check(_ reader: MappingReader) {
    checkRoles(reader)
    checkContents(reader)
    checkEngine(reader)
    checkMisdeeds(reader)
  }

  private func checkRoles(_ reader: MappingReader) {
    guard reader.isSound("users", "authorities", "patients") else { return }
    for (index, one) in settings.users.enumerated()
    where settings.users.prefix(index).contains(where: { $0.name == one.name }) {
      reader.error("two classes of users are called '\(one.name)'", at: "users")
    }
    let count = Roster(settings).count
    if count > Self.partyLimit {
      reader.error(
        "there are \(count) parties, and a run has at most \(Self.partyLimit)", at: "users")
    }
  }

  private func checkContents(_ reader: MappingReader) {
    if reader.isSound("slots", "queried-slots"), settings.queriedSlots > settings.slots {
      reader.error(
        "a search asks for \(settings.queriedSlots) keywords, and files have \(settings.slots)",
        at: reader.has("queried-slots") ? "queried-slots" : "slots",
        hint: "at most \(settings.slots)")
    }
    func requireWeight(_ weights: [Double], _ key: String, _ what: String) {
      if reader.isSound(key), !weights.isEmpty, weights.allSatisfy({ $0 == 0 }) {
        reader.error("\(what): every weight is 0", at: key, hint: "give one of them a weight")
      }
    }
    if reader.has("policies") {
      requireWeight(settings.policies.map(\.weight), "policies", "no policy is ever chosen")
    }
    requireWeight(settings.recordSizes.map(\.weight), "record-sizes", "no size is ever drawn")
    requireWeight(settings.mix.map(\.weight), "mix", "nothing is ever done")
    guard reader.isSound("mix", "preloaded"), settings.preloaded == 0, weight(of: .upload) == 0
    else { return }
    for activity in [RecordActivity.search, .access, .delete] where weight(of: activity) > 0 {
      reader.error(
        "'\(activity.name)' needs a file: none is preloaded and nobody uploads one", at: "mix",
        hint: "write 'preloaded: 100', or give 'upload' a weight")
      return
    }
  }

  private func weight(of activity: RecordActivity) -> Double {
    settings.mix.first { $0.value == activity }?.weight ?? 0
  }

  private func checkEngine(_ reader: MappingReader) {
    var isSampled = false
    if case .sampled = settings.engine { isSampled = true }
    if reader.isSound("engine", "sample-share"), reader.has("sample-share"), !isSampled {
      reader.error(
        "'sample-share' is for the engine 'sampled'", at: "sample-share",
        hint: "write 'engine: sampled', or leave it out")
    }
    guard reader.isSound("engine", "preloaded", "record-sizes") else { return }
    let share: Double
    switch settings.engine {
    case .counted: share = 0
    case .real: share = 1
    case .sampled(let part): share = part
    }
    guard share > 0 else { return }
    let files = (share * Double(settings.preloaded)).rounded(.up)
    if files > Double(Self.realFiles) {
      reader.error(
        "\(Int(files)) preloaded files would be encrypted for real, which takes hours",
        at: "preloaded",
        hint: "at most \(Self.realFiles), or 'engine: sampled' with a smaller share, or 'counted'")
    }
    if let largest = settings.recordSizes.map(\.value).max(), largest > Self.realBytes {
      reader.error(
        "records of \(largest) B would be sealed and opened for real, which takes hours",
        at: "record-sizes", hint: "at most 16 MiB, or 'engine: counted'")
    }
  }

  /// Where it is written that keys stay as they are although somebody reads old blocks.
  ///
  /// It is judged for each point of a sweep, as the file alone need not be a run.
  static func chainReaderWithoutKeys(
    _ reader: MappingReader, _ settings: RecordSettings
  ) -> Location? {
    guard reader.isSound("misdeeds", "revocation"), settings.revocation == .list,
      settings.misdeeds.contains(where: { $0.misdeed == .chainReader })
    else { return nil }
    return reader.location(of: reader.has("revocation") ? "revocation" : "misdeeds")
  }

  private func checkMisdeeds(_ reader: MappingReader) {
    guard reader.isSound("misdeeds", "users", "mix") else { return }
    let users = settings.users.reduce(0) { $0 + $1.count }
    for (index, rule) in settings.misdeeds.enumerated() {
      let name = rule.misdeed.rawValue
      if settings.misdeeds.prefix(index).contains(where: { $0.misdeed == rule.misdeed }) {
        reader.error("the misdeed '\(name)' has two shares", at: "misdeeds")
      }
      if users < 2, rule.misdeed == .collusion || rule.misdeed == .replayedToken {
        reader.error(
          "'\(name)' takes two users, and there is one", at: "misdeeds",
          hint: "give a class a 'count' of 2")
      }
    }
  }
}
