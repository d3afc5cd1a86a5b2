import HealthRecords
import Notation
import RecordSharing

/// Attributes, users and policies of a `records` section.
extension RecordsSection {
  static func universe(_ reader: ValueReader) -> AttributeSet {
    if reader.form != .list {
      let names = (1...max(1, reader.integer())).compactMap { try? Attribute("a\($0)") }
      return AttributeSet(names)
    }
    var seen: [Attribute] = []
    _ = reader.list { item in
      guard let attribute = attribute(item) else { return }
      if seen.contains(attribute) { item.error("the attribute '\(attribute)' is listed twice") }
      seen.append(attribute)
    }
    return AttributeSet(seen)
  }

  private static func attribute(_ reader: ValueReader) -> Attribute? {
    let name = reader.text()
    guard !name.isEmpty else { return nil }
    do throws(AttributeProblem) {
      return try Attribute(name)
    } catch {
      reader.error("'\(name)' is no attribute: \(error)")
      return nil
    }
  }

  static func userClass(
    _ reader: MappingReader, _ universe: AttributeSet, group: Int
  ) -> RecordSettings.UserClass {
    let held = reader["attributes"]
    var attributes = universe
    if held.form == .list {
      let named = held.list { item -> Attribute? in
        guard let attribute = attribute(item) else { return nil }
        if !universe.isEmpty, !universe.contains(attribute) {
          let names = universe.attributes.map(\.name)
          item.error(
            "nobody issues the attribute '\(attribute)'",
            hint: nearestName(to: attribute.name, among: names).map { "did you mean '\($0)'?" }
              ?? "allowed: \(listed(names.prefix(12).map { $0 }, or: "and"))")
        }
        return attribute
      }
      attributes = AttributeSet(named.compactMap { $0 })
    } else {
      _ = held.choice()
    }
    return RecordSettings.UserClass(
      name: reader["name"].text(), attributes: attributes, count: reader["count"].integer(),
      group: group)
  }

  static func policies(
    _ reader: MappingReader, _ universe: AttributeSet, _ users: [RecordSettings.UserClass]
  ) -> [RecordSettings.Weighted<SharingPolicy>] {
    // A wrong name of an attribute would make every policy with it look wrong too.
    let isSound = reader.isSound("attributes", "users")
    if let rows = reader.optional("policy-rows") {
      let count = rows.integer()
      guard isSound, reader.isSound("policy-rows") else { return [] }
      guard count <= universe.count else {
        rows.error(
          "a policy of \(count) rows needs as many attributes, and there are \(universe.count)",
          hint: "write 'attributes: \(count)', or fewer rows")
        return []
      }
      let leaves = ordered(reader["attributes"], universe).prefix(count).map {
        AccessPolicy.attribute($0)
      }
      let policy = leaves.count == 1 ? leaves[0] : AccessPolicy.all(Array(leaves))
      return [policy].compactMap { shared($0, users, rows) }
    }
    return reader.optional("policies")?.list { item in
      item.mapping { entry -> RecordSettings.Weighted<SharingPolicy>? in
        let weight = entry["weight"].decimal()
        let value = entry["policy"]
        let policy = Self.policy(value, isSound ? universe : nil)
        guard let policy, isSound else { return nil }
        return shared(policy, users, value).map { .init($0.value, weight: weight) }
      }
    }.compactMap { $0 } ?? []
  }

  /// The attributes in the order of the file.
  private static func ordered(_ reader: ValueReader, _ universe: AttributeSet) -> [Attribute] {
    guard reader.form == .list else {
      return (1...max(1, universe.count)).compactMap { try? Attribute("a\($0)") }
    }
    return reader.list { try? Attribute($0.text()) }.compactMap { $0 }
  }

  /// A policy that some class of users satisfies.
  private static func shared(
    _ policy: AccessPolicy, _ users: [RecordSettings.UserClass], _ reader: ValueReader
  ) -> RecordSettings.Weighted<SharingPolicy>? {
    if !users.contains(where: { policy.isSatisfied(by: $0.attributes) }) {
      reader.error(
        "no class of users satisfies the policy '\(short(policy))'",
        hint: "give some users its attributes, or ask for fewer")
    }
    do throws(PolicyViolation) {
      return .init(try SharingPolicy(policy), weight: 1)
    } catch {
      reader.error("the policy '\(short(policy))' is too large: \(error)")
      return nil
    }
  }

  private static func short(_ policy: AccessPolicy) -> String {
    let text = policy.description
    return text.count > 60 ? text.prefix(60) + "…" : text
  }

  /// Reads the text of a policy; each problem is placed at the characters that it is about.
  private static func policy(_ reader: ValueReader, _ universe: AttributeSet?) -> AccessPolicy? {
    let text = reader.text()
    guard !text.isEmpty else { return nil }
    do throws(PolicySyntaxError) {
      return try AccessPolicy.parse(text, universe: universe)
    } catch {
      for problem in error.problems { report(problem, in: text, reader) }
      return nil
    }
  }

  private static func report(_ problem: PolicyProblem, in text: String, _ reader: ValueReader) {
    let source = reader.place.source
    var start = source.offset(line: reader.place.line, column: reader.place.column)
    if start < source.bytes.count,
      [UInt8(ascii: "'"), UInt8(ascii: "\"")].contains(source.bytes[start])
    {
      start += 1
    }
    // What YAML folds or escapes does not stand in the file as it reads: point at its beginning.
    let isVerbatim = source.bytes[min(start, source.bytes.count)...].starts(with: text.utf8)
    let place =
      isVerbatim
      ? source.location(at: start + problem.offset)
      : reader.place
    reader.diagnostics.error(
      problem.message, path: reader.path, at: place, hint: problem.suggestion)
  }
}
