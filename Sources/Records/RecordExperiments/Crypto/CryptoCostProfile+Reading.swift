import Notation
import PairingCrypto
import YAMLDocuments

extension CryptoCostProfile {
  static let primitive = MappingSpec(
    "primitive", "The cost of one kind of operation.",
    keys: [
      .required("cost", .price, "The CPU time of one operation."),
      .optional(
        "spread", .list(of: .price, count: 2...2), "The least and the largest measured value."),
      .required(
        "kind",
        .choice([
          .init("measured", "Measured on the profile's machine."),
          .init("derived", "Computed from measured numbers."),
          .init("assumed", "Nobody measured it."),
          .init("anchor", "Measured with another implementation, to compare with."),
        ]), "Where the number comes from."),
      .required("source", .text, "How it was measured, or why it was assumed."),
    ])

  /// The keys of a file that prices cryptography.
  public static let file = MappingSpec(
    "crypto-cost-profile", "What each operation of the record-sharing scheme costs in CPU time.",
    keys: [
      .required("name", .text, "The name in provenance and tables."),
      .required(
        "parameters", .choice(ParameterSet.allCases.map { .init($0.name, $0.strength + ".") }),
        "The parameter set of the pairing."),
      .required("rsa-bits", .integer(512...16_384), "The size of RSA keys."),
      .required("machine", .text, "The processor that the measured numbers were taken on."),
      .required("date", .text, "The day on which they were taken, such as 2026-11-30."),
      .required("commit", .text, "The version of what was measured."),
      .required(
        "primitives", .entries(of: .mapping(primitive), keyName: "operation"), "The costs."),
    ])

  /// Reads the file of a profile.
  ///
  /// - Throws: ``ScenarioError`` with every problem of the file.
  public init(path: String) throws(ScenarioError) {
    try self.init(YAMLDocument.readFile(path))
  }

  /// Reads a profile; every kind of operation must be priced.
  ///
  /// - Throws: ``ScenarioError`` with every problem of the text.
  public init(_ source: SourceFile) throws(ScenarioError) {
    let tree = try YAMLDocument.load(source)
    if let entry = tree.entry("operations"), tree.entry("primitives") == nil {
      throw ScenarioError(
        Diagnostic(
          "this file prices the work of consensus; a profile of cryptography has 'primitives'",
          at: entry.location, hint: "such as Scenarios/costs/reference-ss512.yaml"))
    }
    self = try tree.decoded(as: Self.file) { CryptoCostProfile($0) }
  }

  private init(_ reader: MappingReader) {
    let name = reader["name"].text()
    if reader.isSound("name"), !Self.isPlain(name) {
      reader.error("'\(name)' cannot name results", at: "name", hint: "use a-z, 0-9 and hyphens")
    }
    let date = reader["date"].text()
    if reader.isSound("date"), !Self.isDate(date) {
      reader.error("'\(date)' is no day", at: "date", hint: "write it as 2026-11-30")
    }
    let parameters = reader["parameters"].choice()
    let rsaBits = reader["rsa-bits"].integer()
    if reader.isSound("rsa-bits"), RSAKeySize(rawValue: rsaBits) == nil {
      let sizes = RSAKeySize.allCases.map { String($0.rawValue) }.joined(separator: " or ")
      reader.error("there are no RSA keys of \(rsaBits) bits here", at: "rsa-bits", hint: sizes)
    }
    let machine = reader["machine"].text()
    let commit = reader["commit"].text()
    let prices = reader["primitives"].entries { entry, value in
      (Self.operation(entry.key, value), Self.price(value))
    }
    let missing = CountedOperation.allCases.filter { operation in
      !prices.contains { $0.0 == operation }
    }
    // A name that is not known may be the one that is missing.
    let isNamed = !prices.isEmpty && prices.allSatisfy { $0.0 != nil }
    if !missing.isEmpty, isNamed || reader.isSound("primitives") {
      reader.error(
        "no cost for \(missing.map { "'\($0.name)'" }.joined(separator: ", "))", at: "primitives")
    }
    self.init(
      name: name, parameters: ParameterSet(name: parameters) ?? .toy, rsaBits: rsaBits,
      machine: machine, date: date, commit: commit
    ) { operation in
      prices.first { $0.0 == operation }?.1
        ?? Price(cost: 0, spread: nil, kind: .assumed, source: "missing")
    }
  }

  private static func price(_ value: ValueReader) -> Price {
    value.mapping { reader in
      let cost = reader["cost"].price()
      let ends = reader.optional("spread")?.list { $0.price() } ?? []
      var spread: ClosedRange<Int64>?
      if ends.count == 2, reader.isSound("cost", "spread") {
        if ends[0] <= cost, cost <= ends[1] {
          spread = ends[0]...ends[1]
        } else {
          reader.error("the cost is not within its spread", at: "spread")
        }
      }
      return Price(
        cost: cost, spread: spread, kind: reader["kind"].choice(Price.Kind.self),
        source: reader["source"].text())
    }
  }

  private static func operation(_ name: String, _ value: ValueReader) -> CountedOperation? {
    if let operation = CountedOperation.allCases.first(where: { $0.name == name }) {
      return operation
    }
    let names = CountedOperation.allCases.map(\.name)
    value.error(
      "there is no operation '\(name)'",
      hint: nearestName(to: name, among: names).map { "did you mean '\($0)'?" }
        ?? "allowed: \(names.joined(separator: ", "))")
    return nil
  }

  /// Whether a text can name a profile.
  public static func isPlain(_ name: String) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy {
        (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
      }
  }

  private static func isDate(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    return parts.map(\.utf8.count) == [4, 2, 2]
      && parts.allSatisfy { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
      && (1...12).contains(Int(parts[1]) ?? 0) && (1...31).contains(Int(parts[2]) ?? 0)
  }
}
