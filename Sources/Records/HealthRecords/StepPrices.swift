import DiscreteEvents
import PairingCrypto
import RecordSharing

/// What every step costs and how large what it makes is, for each shape once.
///
/// The counted engine carries out the same code as the real one (``PricedSteps``), so that a price is
/// what the real engine is found to perform. A price depends on policy, size, class or attribute and
/// on nothing else: not on how many files and parties there are. Words have one width
/// (``PricedWords``), as has every name.
///
/// Not covered: agreeing on the keys of the channels on which secrets travel, and sealing what is no
/// secret there; the taking up of a PAK'_x by owners and users; the opening by a user some of whose
/// components are outdated, which may take other rows; the hashing of 16 bytes of a request's word.
public struct StepPrices: Sendable {
  /// The price of a step.
  public struct Price: Equatable, Sendable {
    /// The operations.
    public var tally: OperationTally
    /// What they cost, rounded once.
    public var nanoseconds: Int64
    /// The size of what the step makes, as it travels; 0 if that is nothing.
    public var bytes: Int
  }

  var prices: [PricedStep: Price] = [:]

  /// The prices of some settings.
  ///
  /// - Precondition: what ``RecordSettings`` promises, and that its universe has all attributes.
  public init(_ settings: RecordSettings) {
    do {
      var walk = try PriceWalk(settings)
      for performed in try walk.everything() {
        prices[performed.step] = Price(
          tally: performed.cost.operations,
          nanoseconds: settings.costs.cost(of: performed.cost.operations).nanoseconds,
          bytes: performed.cost.byteCount)
      }
    } catch {
      preconditionFailure("the settings cannot be carried out: \(error)")
    }
  }

  /// The price of a step.
  ///
  /// - Precondition: policy, size, class and attribute are among those of the settings.
  public subscript(step: PricedStep) -> Price {
    guard let price = prices[step] else { preconditionFailure("no price of \(step)") }
    return price
  }

  /// The size of RSA keys that is as strong as the groups, or stronger.
  public static func keySize(for parameters: ParameterSet) -> RSAKeySize {
    switch parameters {
    case .toy, .ss512: .bits2048
    case .ss1536: .bits3072
    }
  }
}

/// The texts of a system, each kind of one width, so that no cost depends on them.
enum PricedWords {
  /// The bytes of every word.
  static let byteCount = 32

  /// A word, filled up with blanks.
  static func word(_ text: String) -> String {
    let length = text.utf8.count
    precondition(length <= byteCount, "'\(text)' has \(length) bytes, at most \(byteCount)")
    return text + String(repeating: " ", count: byteCount - length)
  }

  /// An abbreviation and a number of eight digits.
  static func name(_ role: String, _ number: Int) -> String {
    let digits = String(number)
    return role + " " + String(repeating: "0", count: max(0, 8 - digits.utf8.count)) + digits
  }
}
