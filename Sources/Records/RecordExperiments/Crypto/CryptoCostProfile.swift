import DiscreteEvents
import Experiments
import HealthRecords
import PairingCrypto
import Tables

/// What the operations of the record-sharing scheme cost, with where each number comes from.
///
/// A profile is of one parameter set and one size of RSA keys. Consensus has profiles of its own,
/// ``CostProfile``.
public struct CryptoCostProfile: PriceList, Equatable {
  /// The cost of one kind of operation.
  public struct Price: Hashable, Sendable {
    /// Where a number comes from.
    public enum Kind: String, CaseIterable, Hashable, Sendable {
      /// Measured on the machine that the profile names.
      case measured
      /// Computed from measured numbers.
      case derived
      /// Nobody measured it.
      case assumed
      /// Measured with another implementation, to compare with.
      case anchor
    }

    /// The CPU time of one operation, in picoseconds.
    public var cost: Int64
    /// The least and the largest value of all batches, in picoseconds, where that is known.
    public var spread: ClosedRange<Int64>?
    /// Where the number comes from.
    public var kind: Kind
    /// How it was measured, or why it was assumed.
    public var source: String

    /// Creates a price.
    public init(cost: Int64, spread: ClosedRange<Int64>?, kind: Kind, source: String) {
      self.cost = cost
      self.spread = spread
      self.kind = kind
      self.source = source
    }
  }

  /// The name in provenance and tables: a-z, 0-9 and hyphens.
  public var name: String
  /// The parameter set of the pairing.
  public var parameters: ParameterSet
  /// The size of RSA keys in bits.
  public var rsaBits: Int
  /// The machine, by its processor.
  public var machine: String
  /// The day of the measurements, `2026-11-30`.
  public var date: String
  /// The version of what was measured.
  public var commit: String
  /// The prices by the raw value of their operation.
  private var prices: [Price]

  /// Creates a profile that prices every kind of operation.
  public init(
    name: String, parameters: ParameterSet, rsaBits: Int, machine: String, date: String,
    commit: String, price: (CountedOperation) -> Price
  ) {
    self.name = name
    self.parameters = parameters
    self.rsaBits = rsaBits
    self.machine = machine
    self.date = date
    self.commit = commit
    prices = CountedOperation.allCases.map(price)
  }

  /// The profile in which nothing takes time.
  public static func free(_ parameters: ParameterSet) -> CryptoCostProfile {
    CryptoCostProfile(
      name: "free", parameters: parameters, rsaBits: Self.rsaBits(with: parameters),
      machine: "none", date: "1970-01-01", commit: "none"
    ) { _ in
      Price(cost: 0, spread: nil, kind: .assumed, source: "nothing takes time")
    }
  }

  /// The size of RSA keys that fits the strength of a parameter set.
  public static func rsaBits(with parameters: ParameterSet) -> Int {
    switch parameters {
    case .toy, .ss512: 2_048
    case .ss1536: 3_072
    }
  }

  /// The price of one kind of operation.
  public subscript(operation: CountedOperation) -> Price { prices[operation.rawValue] }

  /// The costs alone.
  public var costs: OperationCosts {
    var costs = OperationCosts()
    for operation in CountedOperation.allCases { costs[operation] = self[operation].cost }
    return costs
  }

  /// The time of all operations of a tally, one after the other; see ``OperationCosts/cost(of:)``.
  public func cost(of tally: OperationTally) -> VirtualDuration { costs.cost(of: tally) }

  /// A digest of everything that the profile says; comments and layout of its file do not matter.
  public var digest: TraceDigest {
    var digest = TraceDigest()
    for byte in text.utf8 { digest.combine(time: .zero, target: 0, content: UInt64(byte)) }
    return digest
  }
}

extension TextTable {
  /// A time with four digits in a unit that people can read, such as `331.2 us`.
  static func time(_ picoseconds: Int64) -> String {
    CryptoCostProfile.text(picoseconds: CryptoCostProfile.rounded(picoseconds, digits: 4))
  }
}
