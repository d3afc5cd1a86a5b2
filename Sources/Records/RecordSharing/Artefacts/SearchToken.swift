import PairingCrypto

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
  /// That whoever made the token knows π.
  public internal(set) var proof: KnowledgeProof<Elements>

  /// Appends everything but the header.
  public func write(to writer: inout ArtefactWriter) {
    writer.write(user.rawValue)
    writer.count(slots.count)
    for slot in slots { writer.write(slot.rawValue) }
    Elements.write(question, to: &writer)
    Elements.write(searching, to: &writer)
    Elements.write(personal, to: &writer)
    Elements.write(proof.challenge, to: &writer)
    Elements.write(proof.response, to: &writer)
  }
}

/// A proof by Schnorr and Fiat-Shamir that whoever made a token knows π with t2 = (g^α)^π.
///
/// Deviation: Paper §II-C has no such proof. Without it t1 = t2 = g, t3 = D'_uid passes
/// e(t3, g) = e(t2, D'_uid) for everybody, as that relates only the logarithms of t2 and t3. With it
/// D'' = t3^{1/π}, so that t3 cannot be made without D'' unless g^{αt} can be made of g^α and g^t.
public struct KnowledgeProof<Elements: SchemeElements>: Equatable, Sendable {
  /// c, the digest of statement, question, time and R = (g^α)^k, modulo the order.
  public internal(set) var challenge: Elements.Exponent
  /// k + c π.
  public internal(set) var response: Elements.Exponent
}

/// What a challenge covers: everything of a token but the proof, when it is asked, and g^α.
///
/// Header and fixed widths keep it apart from every other text that is hashed.
struct TokenStatement<Elements: SchemeElements> {
  /// The request's time in nanoseconds.
  let time: UInt64
  /// g^α.
  let base: Elements.Point
  let user: UserID
  let slots: [Slot]
  let question: Elements.Point
  let searching: Elements.Point
  let personal: Elements.Point

  /// Appends the statement and R.
  func write(_ commitment: Elements.Point, to writer: inout ArtefactWriter) {
    writer.header(.tokenProof)
    writer.write(time)
    writer.write(user.rawValue)
    writer.count(slots.count)
    for slot in slots { writer.write(slot.rawValue) }
    for point in [base, question, searching, personal, commitment] {
      Elements.write(point, to: &writer)
    }
  }

  /// The token with a proof of this statement.
  func token(_ proof: KnowledgeProof<Elements>) -> SearchToken<Elements> {
    SearchToken(
      user: user, slots: slots, question: question, searching: searching, personal: personal,
      proof: proof)
  }
}

extension SearchToken {
  /// What the token's proof has to show for a time.
  func statement(at time: UInt64, base: Elements.Point) -> TokenStatement<Elements> {
    TokenStatement(
      time: time, base: base, user: user, slots: slots, question: question, searching: searching,
      personal: personal)
  }
}

/// A token as a transaction: when it is asked, and the asker's signature over both.
public struct SearchRequest<Elements: SchemeElements>: Artefact {
  /// The third byte of the header.
  public static var kind: ArtefactKind { .searchRequest }

  /// What is asked.
  public internal(set) var token: SearchToken<Elements>
  /// When the asker signed it, in nanoseconds.
  ///
  /// Nodes execute one request of a user for a time, so that a replay is none.
  public internal(set) var time: UInt64
  /// The asker's signature over the token's digest and the time.
  public internal(set) var signature: Elements.Signature

  /// Appends everything but the header.
  public func write(to writer: inout ArtefactWriter) {
    token.write(to: &writer)
    writer.write(time)
    Elements.write(signature, to: &writer)
  }
}

/// Why a node refuses a request to search.
public enum RequestFailure: Error, Hashable, Sendable {
  /// The user did not sign this token at this time.
  case badSignature
  /// The token is not made with the user's key for this time.
  case badToken
}
