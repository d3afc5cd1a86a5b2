import PairingCrypto

/// The secret key of a data user (SK_DU of Paper §II-C).
public struct UserKey<Elements: SchemeElements>: Artefact {
  /// The third byte of the header.
  public static var kind: ArtefactKind { .userKey }

  /// Whose key it is.
  public let user: UserID
  /// D = g^β · g^{at}.
  public internal(set) var blinded: Elements.Point
  /// D' = g^t, which the registry shows to all.
  public internal(set) var registered: Elements.Point
  /// D'' = g^{αt}.
  public internal(set) var searching: Elements.Point
  /// D_x for each attribute held, in the order of the names.
  public internal(set) var components: [KeyComponent<Elements>]

  /// The attributes that the key has components for.
  public var attributes: AttributeSet { AttributeSet(components.map(\.attribute)) }

  /// The component for an attribute.
  public func component(for attribute: Attribute) -> KeyComponent<Elements>? {
    place(of: attribute).map { components[$0] }
  }

  /// Where the component for an attribute stands.
  func place(of attribute: Attribute) -> Int? {
    var low = 0
    var high = components.count
    while low < high {
      let middle = (low + high) / 2
      if components[middle].attribute < attribute { low = middle + 1 } else { high = middle }
    }
    return low < components.count && components[low].attribute == attribute ? low : nil
  }

  /// Appends everything but the header.
  public func write(to writer: inout ArtefactWriter) {
    writer.write(user.rawValue)
    Elements.write(blinded, to: &writer)
    Elements.write(registered, to: &writer)
    Elements.write(searching, to: &writer)
    writer.count(components.count)
    for component in components {
      writer.text(component.attribute.name)
      writer.write(component.epoch.rawValue)
      writer.count(component.points.count)
      for point in component.points { Elements.write(point, to: &writer) }
    }
  }
}

/// What a user's key has for one attribute.
public struct KeyComponent<Elements: SchemeElements>: Equatable, Sendable {
  /// The attribute x.
  public let attribute: Attribute
  /// Of which v_x it is.
  public internal(set) var epoch: Epoch
  /// D_x = Hg(x)^{t/v_x}, one for each time that a policy may name x.
  public internal(set) var points: [Elements.Point]
}

/// What the chain shows of a user, so that nodes can check tokens and attributes.
///
/// Showing g^t is harmless: in Waters' scheme that element carries no secret without D.
public struct RegistryEntry<Elements: SchemeElements>: Artefact {
  /// The third byte of the header.
  public static var kind: ArtefactKind { .registryEntry }

  /// The user.
  public let user: UserID
  /// The attributes that were vouched for.
  public let attributes: AttributeSet
  /// D' = g^t.
  public let registered: Elements.Point

  /// Appends everything but the header.
  public func write(to writer: inout ArtefactWriter) {
    writer.write(user.rawValue)
    writer.count(attributes.count)
    for attribute in attributes { writer.text(attribute.name) }
    Elements.write(registered, to: &writer)
  }
}
