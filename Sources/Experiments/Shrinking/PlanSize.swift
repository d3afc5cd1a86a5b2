import Notation

/// How large a plan is: every step of shrinking makes it smaller, and nothing is below zero in any
/// part, so that shrinking ends.
struct PlanSize: Comparable, Sendable {
  /// Values written down, collections included.
  var values = 0
  /// Digits of numbers that are no zeros at the end: `150 ms` has two.
  var digits = 0
  /// The sum of all numbers, durations in nanoseconds; too large a sum counts as the largest.
  var sum: UInt64 = 0

  static func < (left: PlanSize, right: PlanSize) -> Bool {
    (left.values, left.digits, left.sum) < (right.values, right.digits, right.sum)
  }

  /// The size of a scenario.
  init(_ tree: YAMLNode) {
    for site in tree.sites(of: ScenarioSpec.file) {
      values += 1
      guard case .scalar(let text, _) = site.node.content, site.path != [.key("seed")] else {
        continue
      }
      switch site.kind {
      case .integer, .decimal, .probability, .quantity, .rate: add(text, site.kind)
      default: break
      }
    }
  }

  private mutating func add(_ text: String, _ kind: ValueKind) {
    digits += Self.significantDigits(text)
    let value: UInt64
    switch kind {
    case .integer: value = UInt64(text) ?? 0
    case .quantity(let quantity, _):
      guard case .success(let number) = QuantityText.parse(text, as: quantity) else { return }
      value = number.magnitude
    default: return
    }
    let (total, overflow) = sum.addingReportingOverflow(value)
    sum = overflow ? .max : total
  }

  /// The digits of the number that a text begins with, without zeros at either end.
  static func significantDigits(_ text: String) -> Int {
    let number = text.prefix { $0.isNumber || $0 == "." }
    var digits = number.filter(\.isNumber).drop { $0 == "0" }
    while digits.last == "0" { digits.removeLast() }
    return digits.count
  }
}
