import Notation
import RunPlans

/// The column of a swept key: numbers where all its values are numbers, with the unit in the name.
struct SweptColumn {
  /// The key path.
  let key: String
  /// The name of the column.
  let name: String
  private let scale: Scale

  /// How values become cells.
  private enum Scale {
    case text
    case rate
    case probability
    case quantity(Quantity, Quantity.Unit)
  }

  /// The column of a key over all values that it is swept over.
  init(key: String, values: [AxisValue]) {
    self.key = key
    scale = Self.scale(of: ValueKind.mapping(ScenarioSpec.file).kind(at: key), values)
    let plain = String(key.map { $0 == "." || $0 == "-" ? "_" : $0 })
    name = plain + Self.suffix(of: scale)
  }

  /// The cell of a value.
  func text(of value: AxisValue) -> String {
    if let name = value.name { return name }
    guard let text = value.node.scalarText else { return value.node.canonicalText }
    switch scale {
    case .text: return text
    case .rate: return Self.plain(try? QuantityText.parseRate(text).get(), or: text)
    case .probability: return Self.plain(try? QuantityText.parseProbability(text).get(), or: text)
    case .quantity(let quantity, let unit):
      guard case .success(let number) = QuantityText.parse(text, as: quantity) else { return text }
      return Self.decimal(number, over: unit.factor)
    }
  }

  private static func scale(of kind: ValueKind?, _ values: [AxisValue]) -> Scale {
    guard values.allSatisfy({ $0.name == nil && $0.node.scalarText != nil }) else { return .text }
    let kinds = if case .either(let several)? = kind { several } else { [kind].compactMap { $0 } }
    for kind in kinds {
      switch kind {
      case .rate: return .rate
      case .probability: return .probability
      case .quantity(let quantity, _): return .quantity(quantity, quantity.columnUnit)
      default: continue
      }
    }
    return .text
  }

  private static func suffix(of scale: Scale) -> String {
    switch scale {
    case .text, .probability: ""
    case .rate: "_per_s"
    case .quantity(let quantity, _): quantity.columnSuffix
    }
  }

  private static func plain(_ number: Double?, or text: String) -> String {
    number.map { ValueKind.plain($0) } ?? text
  }

  /// A whole number of base units as a decimal number of units, exactly.
  private static func decimal(_ number: Int64, over factor: Int64) -> String {
    let (whole, rest) = number.quotientAndRemainder(dividingBy: factor)
    guard rest != 0 else { return "\(whole)" }
    var digits = String(String(factor + rest).dropFirst())
    while digits.last == "0" { digits.removeLast() }
    return "\(whole).\(digits)"
  }
}

extension Quantity {
  /// The one unit of a column.
  fileprivate var columnUnit: Unit {
    switch self {
    case .duration, .price: units.first { $0.name == "s" } ?? units[0]
    case .bandwidth, .size, .hashRate: units[0]
    }
  }

  fileprivate var columnSuffix: String {
    switch self {
    case .duration, .price: "_s"
    case .bandwidth: "_bit_per_s"
    case .size: "_bytes"
    case .hashRate: "_hashes_per_s"
    }
  }
}

extension ValueKind {
  /// What the value at a key path must be; nil if the path is not declared.
  func kind(at path: String) -> ValueKind? {
    path.split(separator: ".", omittingEmptySubsequences: false).reduce(Optional(self)) {
      kind, step in kind?.inner(String(step))
    }
  }

  private func inner(_ step: String) -> ValueKind? {
    switch self {
    case .mapping(let spec): spec[step]?.kind
    case .entries(let value, _): value
    case .list(let item, _): Int(step) == nil ? nil : item
    case .either(let kinds): kinds.lazy.compactMap { $0.inner(step) }.first
    default: nil
    }
  }
}

extension YAMLNode {
  /// A law, a list or a mapping on one line, the same however it was written.
  var canonicalText: String {
    switch content {
    case .scalar(let text, _): return text
    case .sequence(let items):
      return "[\(items.map(\.canonicalText).joined(separator: ", "))]"
    case .mapping(let entries):
      if let law = self["law"]?.scalarText { return lawText(law) }
      let parts = entries.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.canonicalText)" }
      return "{\(parts.joined(separator: ", "))}"
    }
  }

  private func lawText(_ law: String) -> String {
    guard case .mapping(let entries) = content else { return law }
    if law == "uniform", let from = self["from"]?.scalarText, let to = self["to"]?.scalarText {
      return "uniform \(from)..\(to)"
    }
    let parts = lawSpec.keys.map(\.name).filter { $0 != "law" }.compactMap { name in
      entries.first { $0.key == name }.map { "\(name) \($0.value.canonicalText)" }
    }
    return ([law] + parts).joined(separator: " ")
  }
}
