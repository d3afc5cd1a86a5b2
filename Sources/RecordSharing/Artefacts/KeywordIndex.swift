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

/// A question for files that have certain words in certain slots (T_{W'} of Paper §II-C).
///
/// What it shows: who asks, which slots, whether two tokens ask for the same words, e(t1, t2') = e(t1',
/// t2), and which files match.
public struct SearchToken<Elements: SchemeElements>: Artefact {
  /// The third byte of the header.
  public static var kind: ArtefactKind { .searchToken }

  /// Who asks.
  public internal(set) var user: UserID
  /// The slots asked for, ascending.
  public internal(set) var slots: [Slot]
  /// t1 = (g^a)^π · g^{π ΣH1(j, w'_j)}.
  public internal(set) var question: Elements.Point
  /// t2 = (g^α)^π.
  ///
  /// Deviation: Paper §II-C prints t2 = g^{aπ}, the first factor of t1, so that t1/t2 gives g^π to
  /// whoever guesses the words; reading the letter as α closes that and relates t3 to the rest.
  public internal(set) var searching: Elements.Point
  /// t3 = D''^π.
  ///
  /// Deviation: Paper §II-C prints D''π, a point times a number, and never checks it.
  public internal(set) var personal: Elements.Point

  /// Appends everything but the header.
  public func write(to writer: inout ArtefactWriter) {
    writer.write(user.rawValue)
    writer.count(slots.count)
    for slot in slots { writer.write(slot.rawValue) }
    Elements.write(question, to: &writer)
    Elements.write(searching, to: &writer)
    Elements.write(personal, to: &writer)
  }
}
