/// A set of attributes that is always walked in the same order, that of the names.
///
/// It serves as the universe of a system and as what a user holds.
public struct AttributeSet: Hashable, Sendable {
  /// The attributes in ascending order, each once.
  public let attributes: [Attribute]

  /// The set of some attributes; repeats are dropped.
  public init(_ attributes: some Sequence<Attribute>) {
    var unique: [Attribute] = []
    for attribute in attributes.sorted() where attribute != unique.last {
      unique.append(attribute)
    }
    self.attributes = unique
  }

  /// Whether an attribute belongs to the set, in a logarithmic number of comparisons.
  public func contains(_ attribute: Attribute) -> Bool {
    let index = position(of: attribute)
    return index < attributes.count && attributes[index] == attribute
  }

  /// The place of an attribute in the order, if it belongs to the set.
  public func index(of attribute: Attribute) -> Int? {
    let index = position(of: attribute)
    return index < attributes.count && attributes[index] == attribute ? index : nil
  }

  /// The attributes of both sets.
  public func intersection(_ other: Self) -> Self {
    Self(attributes.filter(other.contains))
  }

  /// The attributes of either set.
  public func union(_ other: Self) -> Self { Self(attributes + other.attributes) }

  /// The attributes that the other set doesn't have.
  public func subtracting(_ other: Self) -> Self {
    Self(attributes.filter { !other.contains($0) })
  }

  /// The attribute that was most likely meant by a name outside the set, if one is near.
  public func nearest(to attribute: Attribute) -> Attribute? {
    let names = attributes.lazy.map(\.name)
    return nearestIndex(to: attribute.name, among: names).map { attributes[$0] }
  }

  /// The first place whose attribute isn't smaller.
  private func position(of attribute: Attribute) -> Int {
    var low = 0
    var high = attributes.count
    while low < high {
      let middle = (low + high) / 2
      if attributes[middle] < attribute { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

extension AttributeSet: RandomAccessCollection, ExpressibleByArrayLiteral {
  /// Always 0.
  public var startIndex: Int { 0 }
  /// How many attributes there are.
  public var endIndex: Int { attributes.count }
  /// The attribute at a place of the order.
  public subscript(position: Int) -> Attribute { attributes[position] }
  /// The set of the attributes written down.
  public init(arrayLiteral elements: Attribute...) { self.init(elements) }
}
