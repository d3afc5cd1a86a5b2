import ConsensusCore
import DiscreteEvents
import Notation
import RunPlans
import YAMLDocuments

/// What each kind of work costs, with where each number comes from.
public struct CostProfile: Sendable {
  /// The name in provenance.
  public var name: String
  /// The costs on a node of service time 1.
  public var costs: WorkCosts

  /// A digest of the prices; their kinds and sources, comments and layout do not matter.
  public var digest: TraceDigest {
    var digest = TraceDigest()
    for work in Work.allCases {
      for byte in work.name.utf8 {
        digest.combine(time: .zero, target: 0, content: UInt64(byte))
      }
      digest.combine(time: .zero, target: 1, content: UInt64(bitPattern: costs[work]))
      let terms = costs[termsOf: work]
      guard terms != .none else { continue }
      for term in [terms.fixed, terms.perRequest, terms.perByte] {
        digest.combine(time: .zero, target: 2, content: UInt64(bitPattern: term))
      }
    }
    return digest
  }

  static let operation = MappingSpec(
    "operation", "The cost of one kind of work.",
    keys: [
      .required(
        "cost", WorkPrice.kind,
        "The CPU time on a node of service time 1: of one unit, or in several terms."),
      .required(
        "kind",
        .choice([
          .init("measured", "Measured, as the source says."),
          .init("assumed", "Nobody measured it."),
          .init("derived", "It follows from other numbers."),
        ]), "Where the number comes from."),
      .required("source", .text, "How it was measured, or why it was assumed."),
    ])

  /// The keys of a cost profile file.
  public static let file = MappingSpec(
    "cost-profile", "What each kind of work costs in CPU time.",
    keys: [
      .required("name", .text, "The name in provenance."),
      .required("machine", .text, "Where the measured numbers were taken."),
      .required("operations", .entries(of: .mapping(operation), keyName: "work"), "The costs."),
    ])

  /// Reads a profile; every kind of work must be priced.
  public init(_ source: SourceFile) throws(ScenarioError) {
    let tree = try YAMLDocument.load(source)
    if let entry = tree.entry("primitives"), tree.entry("operations") == nil {
      throw ScenarioError(
        Diagnostic(
          "this file prices cryptography; a profile of consensus has 'operations'",
          at: entry.location, hint: "such as costs/python36-rsa2048.yaml"))
    }
    self = try tree.decoded(as: Self.file) { CostProfile($0) }
  }

  private init(_ reader: MappingReader) {
    name = reader["name"].text()
    _ = reader["machine"].text()
    costs = WorkCosts()
    var priced: [Work] = []
    let values = reader["operations"].entries { entry, value in
      let work = Work.named(entry.key, value)
      let price = value.mapping { operation -> WorkPrice in
        _ = operation["kind"].choice()
        _ = operation["source"].text()
        return WorkPrice(operation["cost"], of: work)
      }
      return (work, price)
    }
    for case (let work?, let price) in values {
      costs[price: work] = price
      priced.append(work)
    }
    let missing = Work.allCases.filter { !priced.contains($0) }
    // A name that is not known may be the one that is missing.
    let isNamed = !values.isEmpty && values.allSatisfy { $0.0 != nil }
    if !missing.isEmpty, isNamed || reader.isSound("operations") {
      reader.error(
        "no cost for \(missing.map { "'\($0.name)'" }.joined(separator: ", "))", at: "operations")
    }
  }
}

/// A file of prices that provenance names.
package protocol PriceList: Sendable {
  /// The name in provenance.
  var name: String { get }
  /// A digest of what the file says.
  var digest: TraceDigest { get }
}

/// Finds the cost profiles that scenarios name.
public final class CostLoader: CostSource {
  private let directory: String
  private var known: [String: Result<CostProfile, ScenarioError>] = [:]
  private var others: [String: Result<any PriceList, ScenarioError>] = [:]

  /// Loads profiles relative to the directory of a scenario file.
  public init(directory: String) { self.directory = directory }

  /// The digests of all profiles that were loaded, by their names.
  var digests: [String: String] {
    var found: [String: String] = [:]
    for (_, result) in known.sorted(by: { $0.key < $1.key }) {
      if case .success(let profile) = result { found[profile.name] = profile.digest.description }
    }
    for (_, result) in others.sorted(by: { $0.key < $1.key }) {
      if case .success(let list) = result { found[list.name] = list.digest.description }
    }
    return found
  }

  package func load(_ reader: ValueReader) -> (WorkCosts, String) {
    let name = reader.text()
    if name == "free" || name.isEmpty { return (.free, "free") }
    let path = path(name)
    let result =
      known[path]
      ?? Result { () throws(ScenarioError) in
        try CostProfile(YAMLDocument.readFile(path))
      }
    known[path] = result
    switch result {
    case .success(let profile): return (profile.costs, profile.name)
    case .failure(let error):
      reader.error(
        "the cost profile '\(path)' cannot be used: \(error.diagnostics.first?.message ?? "")",
        hint: "'free', or a file relative to this one such as 'costs/python36-rsa2048.yaml'")
      return (.free, "free")
    }
  }

  /// Reads a price list of another kind, once for each file.
  ///
  /// - Returns: The path and what was read; nil for `free`.
  package func load<List: PriceList>(
    _ reader: ValueReader, as read: (String) throws(ScenarioError) -> List
  ) -> (path: String, result: Result<any PriceList, ScenarioError>)? {
    let name = reader.text()
    if name == "free" || name.isEmpty { return nil }
    let path = path(name)
    let result =
      others[path] ?? Result { () throws(ScenarioError) -> any PriceList in try read(path) }
    others[path] = result
    return (path, result)
  }

  private func path(_ name: String) -> String {
    name.hasPrefix("/") || directory.isEmpty ? name : directory + "/" + name
  }
}

extension YAMLNode {
  /// The entry of a key at the top level, if the node is a mapping that has it.
  package func entry(_ key: String) -> Entry? {
    guard case .mapping(let entries) = content else { return nil }
    return entries.first { $0.key == key }
  }
}
