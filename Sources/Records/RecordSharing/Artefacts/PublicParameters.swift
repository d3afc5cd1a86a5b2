import PairingCrypto

/// What everybody knows (GP, PK and PAK_x of Paper §II-C).
///
/// Deviation: Paper §II-C lists a second generator g_0 that no formula uses; it is left out.
public struct PublicParameters<Elements: SchemeElements>: Artefact {
  /// The third byte of the header.
  public static var kind: ArtefactKind { .publicParameters }

  /// The groups.
  public let parameterSet: ParameterSet
  /// How many keyword slots a file has, from 1.
  public let slots: Int
  /// How often a policy may name an attribute: every key has that many components for each.
  public let copies: Int
  /// How many attributes were re-keyed since the setup.
  public internal(set) var epoch: Epoch
  /// g^a.
  public let sharing: Elements.Point
  /// g^α.
  public let searching: Elements.Point
  /// e(g,g)^β.
  public let masking: Elements.Target
  /// The universe in the order of the names.
  public let universe: AttributeSet
  /// PAK_x = g^{v_x} with the epoch of v_x, in the order of the universe.
  public internal(set) var attributeKeys: [AttributeKey<Elements>]

  /// The key of an attribute of the universe.
  public func key(of attribute: Attribute) -> AttributeKey<Elements>? {
    universe.index(of: attribute).map { attributeKeys[$0] }
  }

  /// Appends everything but the header.
  public func write(to writer: inout ArtefactWriter) {
    writer.write(UInt8(truncatingIfNeeded: slots))
    writer.write(UInt8(truncatingIfNeeded: copies))
    writer.write(epoch.rawValue)
    Elements.write(sharing, to: &writer)
    Elements.write(searching, to: &writer)
    Elements.write(masking, to: &writer)
    writer.count(universe.count)
    for (attribute, key) in zip(universe, attributeKeys) {
      writer.text(attribute.name)
      writer.write(key.epoch.rawValue)
      Elements.write(key.point, to: &writer)
    }
  }
}

/// The public key of one attribute.
public struct AttributeKey<Elements: SchemeElements>: Equatable, Sendable {
  /// When v_x was drawn.
  public let epoch: Epoch
  /// PAK_x = g^{v_x}.
  public let point: Elements.Point
}

/// Sizes beyond which nothing is made or decoded.
public enum SharingBounds {
  /// The most attributes of a universe.
  public static let attributes = 4096
  /// The most times that a policy may name an attribute.
  public static let copies = 16
  /// The most rows of a policy.
  public static let rows = 4096
  /// The most bytes of a name such as a hospital's or a party's.
  public static let nameBytes = 256
  /// The most bytes of one record: it is held in memory and sealed in one piece.
  public static let recordBytes = 1 << 31
  /// The most files of one upload.
  public static let files = 4096
}
