/// Why an argument selects nothing.
package struct SelectionError: Error, CustomStringConvertible {
  /// The problem, in a sentence.
  package let description: String
}

/// Some cells of a scenario, by what they are called: `replicas=4,series=PBFT`.
package struct RunSelection: Sendable {
  /// The wanted values by key; several of one key are alternatives.
  private var wanted: [(key: String, values: [String])] = []

  /// Reads arguments.
  ///
  /// A comma in brackets belongs to the value.
  ///
  /// - Throws: ``SelectionError`` where a part is not `key=value`.
  package init(_ arguments: [String]) throws(SelectionError) {
    for argument in arguments {
      for part in Self.parts(of: argument) {
        guard let sign = part.firstIndex(of: "="), sign != part.startIndex,
          part.index(after: sign) != part.endIndex
        else {
          throw SelectionError(
            description: "'--only \(argument)' must be such as 'replicas=4,series=PBFT'.")
        }
        add(String(part[..<sign]), String(part[part.index(after: sign)...]))
      }
    }
  }

  private mutating func add(_ key: String, _ value: String) {
    if let place = wanted.firstIndex(where: { $0.key == key }) {
      wanted[place].values.append(value)
    } else {
      wanted.append((key, [value]))
    }
  }

  private static func parts(of argument: String) -> [String] {
    var parts: [String] = []
    var depth = 0
    var part = ""
    for character in argument {
      if "[{".contains(character) { depth += 1 }
      if "]}".contains(character) { depth -= 1 }
      if character == ",", depth == 0 {
        parts.append(part)
        part = ""
      } else {
        part.append(character)
      }
    }
    parts.append(part)
    return parts
  }

  /// The indices of the cells that have one of the wanted values for every key.
  ///
  /// - Throws: ``SelectionError`` for a key or value that the scenario does not have, and where no cell
  ///   has all of them.
  package func cells(of scenario: Scenario) throws(SelectionError) -> [Int] {
    var cells = Array(scenario.cells.indices)
    for (key, values) in wanted {
      guard let names = Self.values(of: key, in: scenario) else {
        let keys = Self.fixedKeys + scenario.sweptKeys
        throw SelectionError(
          description: "'--only \(key)=...': \(scenario.name) has no such key: "
            + "\(keys.joined(separator: ", "))")
      }
      for value in values where !names.contains(value) {
        var known: [String] = []
        for name in names where !known.contains(name) && !name.isEmpty { known.append(name) }
        throw SelectionError(
          description: "'--only \(key)=\(value)': \(scenario.name) has no such value: "
            + "\(known.joined(separator: ", "))")
      }
      cells = cells.filter { values.contains(names[$0]) }
    }
    guard !cells.isEmpty else {
      throw SelectionError(
        description: "no point of \(scenario.name) is all of what '--only' says")
    }
    return cells
  }

  private static let fixedKeys = ["series", "variant", "protocol"]

  /// By cell what a key says; nil for a key that no cell has.
  private static func values(of key: String, in scenario: Scenario) -> [String]? {
    switch key {
    case "series": return scenario.cells.map(\.series)
    case "variant": return scenario.cells.map(\.variant)
    case "protocol": return scenario.cells.map(\.subject.name)
    default:
      guard let place = scenario.sweptKeys.firstIndex(of: key) else { return nil }
      return scenario.cells.map { $0.parameters[place] }
    }
  }
}
