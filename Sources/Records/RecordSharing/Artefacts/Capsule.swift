import PairingCrypto

/// The encrypted content key of one file (CT' of Paper §II-C) with a commitment to it.
public struct Capsule<Elements: SchemeElements>: Artefact {
  /// The third byte of the header.
  public static var kind: ArtefactKind { .capsule }

  /// (M, ρ), as the policy that it is made from.
  public internal(set) var policy: SharingPolicy
  /// C' = K · e(g,g)^{βs}.
  public internal(set) var masked: Elements.Target
  /// C'' = g^s.
  public internal(set) var header: Elements.Point
  /// C'_i = g^{aλ_i} · Hg(ρ(i))^{r_i} for each row.
  public internal(set) var shares: [Elements.Point]
  /// C_i = PAK_{ρ(i)}^{r_i} for each row: all that a re-keyed attribute changes.
  public internal(set) var rows: [CapsuleRow<Elements>]
  /// Commits to K, so that no two keys open one capsule.
  public internal(set) var commitment: ContentDigest

  /// Appends everything but the header.
  public func write(to writer: inout ArtefactWriter) {
    writeSigned(to: &writer)
    writeRows(to: &writer)
  }

  /// Appends what never changes.
  func writeSigned(to writer: inout ArtefactWriter) {
    writer.field(policy.bytes)
    Elements.write(masked, to: &writer)
    Elements.write(header, to: &writer)
    writer.count(shares.count)
    for share in shares { Elements.write(share, to: &writer) }
    writer.digest(commitment)
  }

  /// Appends what re-keying changes.
  func writeRows(to writer: inout ArtefactWriter) {
    writer.count(rows.count)
    for row in rows {
      writer.write(row.epoch.rawValue)
      Elements.write(row.point, to: &writer)
    }
  }

  /// Appends what the digest of the C_i of a file covers.
  func writeRowEncoding(of file: FileID, to writer: inout ArtefactWriter) {
    writer.header(.capsuleRows)
    writer.write(file.rawValue)
    writeRows(to: &writer)
  }
}

/// The part of a row that belongs to the attribute's current key.
public struct CapsuleRow<Elements: SchemeElements>: Equatable, Sendable {
  /// Of which v_x it is.
  public internal(set) var epoch: Epoch
  /// C_i = PAK_{ρ(i)}^{r_i}.
  public internal(set) var point: Elements.Point
}
