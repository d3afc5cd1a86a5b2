import PairingCrypto

/// The announcement that an attribute has a new key, made when a holder loses it.
///
/// Deviation: Paper §II-C has a revocation list only and never uses its v_x for this; a list alone
/// fails once the cloud server does not enforce it. A new key closes new files to who lost the
/// attribute, and old ones only if they are encrypted anew: their old C_i stay in a block (Sharing §7).
public struct Rekeying<Elements: SchemeElements>: Artefact {
  /// The third byte of the header.
  public static var kind: ArtefactKind { .rekeying }

  /// The attribute x.
  public internal(set) var attribute: Attribute
  /// The epoch of the key that ends.
  public internal(set) var previous: Epoch
  /// The epoch that begins.
  public internal(set) var epoch: Epoch
  /// PAK'_x = g^{v'_x}.
  public internal(set) var key: Elements.Point

  /// Appends everything but the header.
  public func write(to writer: inout ArtefactWriter) {
    writer.text(attribute.name)
    writer.write(previous.rawValue)
    writer.write(epoch.rawValue)
    Elements.write(key, to: &writer)
  }
}

/// The new C_i of one file for a re-keyed attribute, which any node can check.
public struct RowUpdate<Elements: SchemeElements>: Artefact {
  /// The third byte of the header.
  public static var kind: ArtefactKind { .rowUpdate }

  /// Which file it changes.
  public internal(set) var file: FileID
  /// The attribute x.
  public internal(set) var attribute: Attribute
  /// The epoch that begins.
  public internal(set) var epoch: Epoch
  /// C_i^{v'_x/v_x} for the rows with ρ(i) = x, ascending.
  public internal(set) var rows: [UpdatedRow<Elements>]

  /// Appends everything but the header.
  public func write(to writer: inout ArtefactWriter) {
    writer.write(file.rawValue)
    writer.text(attribute.name)
    writer.write(epoch.rawValue)
    writer.count(rows.count)
    for row in rows {
      writer.write(row.row)
      Elements.write(row.point, to: &writer)
    }
  }
}

/// One row of an update.
public struct UpdatedRow<Elements: SchemeElements>: Equatable, Sendable {
  /// The row's number i.
  public internal(set) var row: UInt16
  /// The new C_i.
  public internal(set) var point: Elements.Point
}

/// What a holder who keeps a re-keyed attribute gets from the authority, in secret.
///
/// The points are sent and not the scalar v_x/v'_x: one holder who passed that on would give the
/// attribute back to whoever lost it.
public struct KeyUpdate<Elements: SchemeElements>: Artefact {
  /// The third byte of the header.
  public static var kind: ArtefactKind { .keyUpdate }

  /// Whose key it changes.
  public internal(set) var user: UserID
  /// The new component, D_x^{v_x/v'_x}.
  public internal(set) var component: KeyComponent<Elements>

  /// Appends everything but the header.
  public func write(to writer: inout ArtefactWriter) {
    writer.write(user.rawValue)
    writer.text(component.attribute.name)
    writer.write(component.epoch.rawValue)
    writer.count(component.points.count)
    for point in component.points { Elements.write(point, to: &writer) }
  }
}
