import PairingCrypto

/// The encrypted keywords of one file (I_W of Paper §II-C).
///
/// Deviation: Paper §II-C leaves Ī, I_{θ,j} and the match undefined. Here Ī = (B, U) and I_j holds
/// the word of slot j, which fits the printed letters and gives a conjunctive search.
///
/// What it shows: in groups with a symmetric pairing anybody sees whether two files of one keyword key
/// have the same word in the same slot, e(I_j, B') = e(I'_j, B), and so how frequent words are. Whoever
/// has the keyword key can test guesses with one exponentiation; the paper's claim that a sniffer
/// can't guess keywords holds only against those who lack it.
public struct KeywordIndex<Elements: SchemeElements>: Artefact {
  /// The third byte of the header.
  public static var kind: ArtefactKind { .keywordIndex }

  /// I = g^τ.
  public internal(set) var anchor: Elements.Point
  /// B = (g^α)^τ.
  public internal(set) var searching: Elements.Point
  /// U = (g^a)^τ.
  public internal(set) var sharing: Elements.Point
  /// I_j = g^{τ · H1(j, w_j)} for each slot.
  public internal(set) var entries: [Elements.Point]

  /// Appends everything but the header.
  public func write(to writer: inout ArtefactWriter) {
    Elements.write(anchor, to: &writer)
    Elements.write(searching, to: &writer)
    Elements.write(sharing, to: &writer)
    writer.count(entries.count)
    for entry in entries { Elements.write(entry, to: &writer) }
  }
}
