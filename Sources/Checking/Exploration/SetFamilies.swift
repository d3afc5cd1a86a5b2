import DiscreteEvents

/// Families of sets of small numbers, by zero-suppressed decision diagrams: equal families have equal
/// numbers.
///
/// A node stands for a family: its sets without the node's element are those of `low`, its sets with
/// it are those of `high` with the element added. Elements ascend on every way down, and `high` is
/// never empty. Source: Minato, Zero-suppressed BDDs for set manipulation (DAC 1993).
struct SetFamilies: Sendable {
  /// A family, by number.
  typealias Family = UInt32

  /// The family without any set.
  static let empty: Family = 0
  /// The family of the empty set alone.
  static let unit: Family = 1

  private struct Node: Equatable, Sendable {
    let element: UInt32
    let low: Family
    let high: Family
  }

  private var nodes: [Node]
  /// By hash of a node, its number; open addressing.
  private var places: [UInt32]
  private var unions = PairTable()
  private var additions = PairTable()
  private var extensions = PairTable()
  private var products = PairTable()
  private var sizes: [UInt128?] = [0, 1]

  private static let vacant = UInt32.max
  /// The element of the two families without nodes; comes after all others.
  private static let last = UInt32.max

  init() {
    nodes = [
      Node(element: Self.last, low: Self.empty, high: Self.empty),
      Node(element: Self.last, low: Self.empty, high: Self.unit),
    ]
    places = Array(repeating: Self.vacant, count: 1 << 12)
  }

  /// How many families are known.
  var count: Int { nodes.count }

  // MARK: Nodes

  /// The family of the sets of `low` and, with an element added, those of `high`; both have only
  /// later elements.
  private mutating func node(_ element: UInt32, _ low: Family, _ high: Family) -> Family {
    if high == Self.empty { return low }
    let node = Node(element: element, low: low, high: high)
    let mask = places.count - 1
    var place = Self.place(of: node) & mask
    while places[place] != Self.vacant {
      if nodes[Int(places[place])] == node { return places[place] }
      place = (place + 1) & mask
    }
    let number = UInt32(nodes.count)
    places[place] = number
    nodes.append(node)
    if nodes.count * 2 >= places.count { grow() }
    return number
  }

  private static func place(of node: Node) -> Int {
    Int(
      truncatingIfNeeded: mix(
        UInt64(node.low) << 32 | UInt64(node.high), UInt64(node.element) ^ 0x5A))
  }

  private mutating func grow() {
    let mask = places.count * 2 - 1
    places = []
    places = Array(repeating: Self.vacant, count: mask + 1)
    for (number, node) in nodes.enumerated().dropFirst(2) {
      var place = Self.place(of: node) & mask
      while places[place] != Self.vacant { place = (place + 1) & mask }
      places[place] = UInt32(number)
    }
  }

  // MARK: Operations

  /// All sets of either family.
  mutating func union(_ left: Family, _ right: Family) -> Family {
    if left == right || right == Self.empty { return left }
    if left == Self.empty { return right }
    let (first, second) = left < right ? (left, right) : (right, left)
    if let known = unions[first, second] { return UInt32(known) }
    let (one, two) = (nodes[Int(first)], nodes[Int(second)])
    let result: Family
    if one.element < two.element {
      result = node(one.element, union(one.low, second), one.high)
    } else if two.element < one.element {
      result = node(two.element, union(first, two.low), two.high)
    } else {
      result = node(one.element, union(one.low, two.low), union(one.high, two.high))
    }
    unions.insert(first, second, UInt64(result))
    return result
  }

  /// Every set of a family with an element added.
  mutating func adding(_ element: UInt32, to family: Family) -> Family {
    if family == Self.empty { return family }
    let top = nodes[Int(family)]
    if top.element > element { return node(element, Self.empty, family) }
    if top.element == element { return node(element, Self.empty, union(top.low, top.high)) }
    if let known = additions[family, element] { return UInt32(known) }
    let result = node(top.element, adding(element, to: top.low), adding(element, to: top.high))
    additions.insert(family, element, UInt64(result))
    return result
  }

  /// Every set of a family, as it is and with an element added.
  mutating func extending(_ family: Family, by element: UInt32) -> Family {
    if family == Self.empty { return family }
    let top = nodes[Int(family)]
    if top.element > element { return node(element, family, family) }
    if top.element == element { return node(element, top.low, union(top.low, top.high)) }
    if let known = extensions[family, element] { return UInt32(known) }
    let result = node(
      top.element, extending(top.low, by: element), extending(top.high, by: element))
    extensions.insert(family, element, UInt64(result))
    return result
  }

  /// All unions of a set of one family and a set of another.
  ///
  /// - Precondition: All elements of `left` come before all of `right`.
  mutating func product(_ left: Family, _ right: Family) -> Family {
    if left == Self.empty || right == Self.unit { return left }
    if left == Self.unit || right == Self.empty { return right }
    if let known = products[left, right] { return UInt32(known) }
    let top = nodes[Int(left)]
    let result = node(top.element, product(top.low, right), product(top.high, right))
    products.insert(left, right, UInt64(result))
    return result
  }

  // MARK: Sizes

  /// How many sets a family has; `UInt128.max` if there are more.
  mutating func size(of family: Family) -> UInt128 {
    while sizes.count < nodes.count { sizes.append(nil) }
    return knownSize(of: family)
  }

  private mutating func knownSize(of family: Family) -> UInt128 {
    if let known = sizes[Int(family)] { return known }
    let top = nodes[Int(family)]
    let (sum, overflows) = knownSize(of: top.low).addingReportingOverflow(knownSize(of: top.high))
    let result = overflows ? UInt128.max : sum
    sizes[Int(family)] = result
    return result
  }
}
