import DiscreteEvents
import Experiments
import HealthRecords
import Notation
import PairingCrypto
import RecordSharing
import RunPlans
import Simulator

/// The `records` of a run.
public struct RecordsSection: PlannedWorkload {
  /// What a run is expected to yield.
  public enum Yield: String, CaseIterable, Hashable, Sendable {
    /// No operation ends so.
    case none
    /// At least one operation does.
    case some
  }

  /// The most parties of one kind; how many a run can have in all depends on their connections.
  static let partyLimit = 100_000

  /// What the sharing depends on.
  public var settings: RecordSettings
  /// The name of the profile of cryptography, for provenance.
  public var costProfile: String
  /// The section as it was written, with a digest of the prices.
  public let description: String
  /// How operations are expected to end.
  public var outcomes: [(outcome: RecordOutcome, yield: Yield)]
  /// Where keys that stay as they are contradict a misdeed.
  private(set) var chainReaderWithoutKeys: Location?
  /// The links of parties by role, where they have their own.
  private var links: [RoleName: Link]

  /// What a role is called in a scenario.
  enum RoleName: String {
    case centre, authorities, cloud, patients, users
  }

  private struct Link: Sendable {
    var uplink: Int64?
    var downlink: Int64?
  }

  /// Reads the section.
  init(_ reader: MappingReader, costs loader: CostLoader, in plan: inout GroupReading) {
    let universe = Self.universe(reader["attributes"])
    let users = reader["users"].list { item in
      item.mapping { Self.userClass($0, universe, group: plan.group($0.optional("group"))) }
    }
    settings = RecordSettings(
      universe: universe, users: users, policies: Self.policies(reader, universe, users))
    links = Self.links(reader["links"])
    let prices = Self.costs(reader, loader)
    (settings.costs, settings.parameters, costProfile) = (
      prices.costs, prices.parameters, prices.name
    )
    description = reader.text(without: ["crypto-costs"]) + " prices \(prices.digest)"
    outcomes = Self.outcomes(reader["outcomes"])
    settings.authorities = reader["authorities"].integer()
    settings.patients = reader["patients"].integer()
    settings.connections = reader["connections"].integer()
    settings.enrolment = reader["enrolment"].choice(RecordSettings.Enrolment.self)
    let others = reader["groups"].mapping { roles in
      ["centre", "authorities", "cloud", "patients"].map { plan.group(roles.optional($0)) }
    }
    settings.centreGroup = others[0]
    settings.authorityGroup = others[1]
    settings.cloudGroup = others[2]
    settings.patientGroup = others[3]
    readContents(reader)
    readConduct(reader)
    chainReaderWithoutKeys = Self.chainReaderWithoutKeys(reader, settings)
    check(reader)
  }

  private mutating func readContents(_ reader: MappingReader) {
    settings.slots = reader["slots"].integer()
    settings.queriedSlots = reader["queried-slots"].integer()
    settings.vocabulary = reader["vocabulary"].integer()
    settings.wordExponent = reader["word-exponent"].decimal()
    settings.recordExponent = reader["record-exponent"].decimal()
    settings.missShare = reader["miss-share"].probability()
    settings.recordSizes = Self.sizes(reader["record-sizes"])
    settings.preloaded = reader["preloaded"].integer()
    settings.operations = reader.optional("operations")?.integer()
  }

  private mutating func readConduct(_ reader: MappingReader) {
    switch reader["engine"].choice() {
    case "real": settings.engine = .real
    case "sampled":
      if let share = reader.optional("sample-share") {
        settings.engine = .sampled(share.probability())
      } else {
        reader.error(
          "the engine 'sampled' needs 'sample-share'", at: "engine",
          hint: "such as 'sample-share: 5 %'")
      }
    default: settings.engine = .counted
    }
    settings.mix = reader["mix"].mapping { mix in
      RecordActivity.allCases.map { .init($0, weight: mix[$0.name].decimal()) }
    }
    settings.load = reader["load"].mapping { load in
      if let rate = load.optional("rate") { return .open(ratePerSecond: rate.rate()) }
      return .closed(
        concurrency: load.optional("concurrency")?.integer() ?? 4,
        thinkTime: load.optional("think-time").map { Distribution($0) })
    }
    settings.scope = reader["scope"].choice(RecordSettings.Scope.self)
    settings.revocation = reader["revocation"].choice(RecordSettings.Revocation.self)
    settings.usesTables = reader["tables"].flag()
    settings.misdeeds = reader["misdeeds"].list { item in
      item.mapping {
        MisdeedRule($0["misdeed"].choice(Misdeed.self), share: $0["share"].probability())
      }
    }
  }

  /// The machines of the parties, in the order of their numbers.
  public func nodes(_ bandwidth: Bandwidth) -> [NodeModel] {
    let roster = Roster(settings)
    // What is wrong has been reported, and millions of machines would only fill the memory.
    guard roster.count <= Self.partyLimit else { return [] }
    let classes = settings.users.flatMap { Array(repeating: $0, count: $0.count) }
    return (0..<roster.count).map { index in
      let role = roster.role(of: PartyID(index))
      let (name, group): (RoleName, Int) =
        switch role {
        case .centre: (.centre, settings.centreGroup)
        case .authority: (.authorities, settings.authorityGroup)
        case .cloud: (.cloud, settings.cloudGroup)
        case .patient: (.patients, settings.patientGroup)
        case .user(let number): (.users, classes[number].group)
        }
      var title = role.name
      if case .user(let number) = role { title += " \(classes[number].name)" }
      var node = RunPlan.machine(title)
      node.group = group
      node.uplinkBitsPerSecond = links[name]?.uplink ?? bandwidth.uplink
      node.downlinkBitsPerSecond = links[name]?.downlink ?? bandwidth.downlink
      return node
    }
  }
}

extension RecordsSection {
  private static func links(_ reader: ValueReader) -> [RoleName: Link] {
    reader.mapping { roles in
      var links: [RoleName: Link] = [:]
      for role in [RoleName.centre, .authorities, .cloud, .patients, .users] {
        links[role] = roles.optional(role.rawValue)?.mapping { link in
          Link(
            uplink: link.optional("uplink")?.bandwidth(),
            downlink: link.optional("downlink")?.bandwidth())
        }
      }
      return links
    }
  }

  private static func costs(
    _ reader: MappingReader, _ loader: CostLoader
  ) -> (costs: OperationCosts, parameters: ParameterSet, name: String, digest: String) {
    let parameters = reader.optional("parameters").map { ParameterSet(name: $0.choice()) ?? .toy }
    guard let profile = loader.loadCrypto(reader["crypto-costs"]) else {
      return (.free, parameters ?? .ss512, "free", "free")
    }
    if parameters != nil {
      reader.error(
        "the profile '\(profile.name)' decides about the groups: \(profile.parameters.name)",
        at: "parameters", hint: "leave it out, or write 'crypto-costs: free'")
    }
    return (profile.costs, profile.parameters, profile.name, profile.digest.description)
  }

  private static func outcomes(
    _ reader: ValueReader
  ) -> [(outcome: RecordOutcome, yield: Yield)] {
    let names = RecordOutcome.allCases.map(\.name)
    return reader.entries { entry, value -> (outcome: RecordOutcome, yield: Yield)? in
      let yield = Yield(rawValue: value.choice()) ?? .none
      if let outcome = RecordOutcome.allCases.first(where: { $0.name == entry.key }) {
        return (outcome, yield)
      }
      value.diagnostics.error(
        "there is no outcome '\(entry.key)'", path: value.path, at: entry.location,
        hint: nearestName(to: entry.key, among: names).map { "did you mean '\($0)'?" }
          ?? "allowed: \(names.joined(separator: ", "))")
      return nil
    }.compactMap { $0 }
  }

  private static func sizes(_ reader: ValueReader) -> [RecordSettings.Weighted<Int>] {
    guard reader.form == .list else { return [.init(reader.size().bytes, weight: 1)] }
    return reader.list { item in
      item.mapping { size in
        .init(size["size"].size().bytes, weight: size["weight"].decimal())
      }
    }
  }
}
