import PairingCrypto

/// What each step costs, in closed form.
///
/// A Gf is an exponentiation of a base with a table, a Gv one of another base. `l` are rows of a
/// policy, `rowsUsed` those that a decryption takes, components are attributes times copies. Bytes
/// hashed and sealed follow from sizes: a digest takes its message, a code or a derived key its key
/// as well.
public enum SharingCosts {
  /// Setup for a universe: one table of g, 3 + |U| Gf, one pairing and one power of it.
  public static func setUp(attributes: Int) -> OperationTally {
    OperationTally([
      .tableOfPowers: 1, .fixedExponentiation: 3 + attributes, .millerLoop: 1,
      .finalExponentiation: 1, .targetExponentiation: 1,
    ])
  }

  /// The tables of g, g^a, g^α and every PAK_x.
  public static func prepareParameters(attributes: Int) -> OperationTally {
    OperationTally([.tableOfPowers: 3 + attributes])
  }

  /// KeyGen: 3 Gf, a hash and a Gv a component, an inversion an attribute.
  public static func generateKey(attributes: Int, copies: Int) -> OperationTally {
    OperationTally([
      .fixedExponentiation: 3, .pointAddition: 1, .hashToGroup: attributes * copies,
      .variableExponentiation: attributes * copies, .scalarInversion: attributes,
    ])
  }

  /// The lines of D, D' and every D_x.
  public static func prepareKey(components: Int) -> OperationTally {
    OperationTally([.preparation: components + 2])
  }

  /// The hashes of labels and their tables.
  public static func tables(labels: Int) -> OperationTally {
    OperationTally([.hashToGroup: labels, .tableOfPowers: labels])
  }

  /// An index of m slots: m + 3 Gf.
  public static func index(slots: Int, bytesHashed: Int) -> OperationTally {
    OperationTally([.fixedExponentiation: slots + 3, .byteHashed: bytesHashed])
  }

  /// Encrypt under l rows, the hashes of some of which have tables: 2 l + 1 Gf, one more for a row
  /// with a table, a hash and a Gv for one without.
  public static func encrypt(
    rows: Int, withTables: Int, bytesHashed: Int, bytesSealed: Int
  ) -> OperationTally {
    OperationTally([
      .fixedExponentiation: 2 * rows + 1 + withTables,
      .variableExponentiation: rows - withTables, .hashToGroup: rows - withTables,
      .pointAddition: rows, .targetExponentiation: 2, .byteHashed: bytesHashed,
      .byteSealed: bytesSealed,
    ])
  }

  /// Encrypting a file anew: its index and its encryption once more, and the old body to open.
  public static func reencrypt(
    slots: Int, rows: Int, withTables: Int, bytesHashed: Int, bytesSealed: Int
  ) -> OperationTally {
    index(slots: slots, bytesHashed: 0)
      + encrypt(
        rows: rows, withTables: withTables, bytesHashed: bytesHashed, bytesSealed: bytesSealed)
  }

  /// A signature over a digest of some bytes.
  public static func sign(bytesHashed: Int) -> OperationTally {
    OperationTally([.rsaSign: 1, .byteHashed: bytesHashed])
  }

  /// A check of a signature over a digest of some bytes.
  public static func verify(bytesHashed: Int) -> OperationTally {
    OperationTally([.rsaVerify: 1, .byteHashed: bytesHashed])
  }

  /// A token: 3 Gf and a Gv whatever the number of words, whose sum is taken in Z_p; a Gf for the
  /// proof.
  public static func token(bytesHashed: Int) -> OperationTally {
    OperationTally([
      .fixedExponentiation: 4, .variableExponentiation: 1, .pointAddition: 1,
      .byteHashed: bytesHashed,
    ])
  }

  /// The check of a token: two Gv for the proof, and one product of two pairings.
  public static func checkToken(bytesHashed: Int) -> OperationTally {
    OperationTally([
      .variableExponentiation: 2, .pointAddition: 1, .millerLoop: 2, .finalExponentiation: 1,
      .byteHashed: bytesHashed,
    ])
  }

  /// The lines of a token.
  public static let prepareToken = OperationTally([.preparation: 2])

  /// Matching a prepared token of m' slots with d files: a product of two pairings a file.
  public static func match(slots: Int, files: Int) -> OperationTally {
    OperationTally([
      .preparedMillerLoop: 2 * files, .finalExponentiation: files, .pointAddition: files * slots,
    ])
  }

  /// The check of an index: two products of two pairings.
  public static let checkIndex = OperationTally([.millerLoop: 4, .finalExponentiation: 2])

  /// Recovering K as one product of |I| + 2 pairings; a row whose weight is computed takes two Gv, and
  /// all weights together one inversion.
  public static func open(rowsUsed: Int, weighted: Int, bytesHashed: Int) -> OperationTally {
    OperationTally([
      .preparedMillerLoop: rowsUsed + 2, .finalExponentiation: 1, .pointAddition: rowsUsed - 1,
      .variableExponentiation: 2 * weighted, .scalarInversion: weighted > 0 ? 1 : 0,
      .byteHashed: bytesHashed,
    ])
  }

  /// Recovering K as Paper §II-C prints it: 2|I| + 1 pairings, each by itself.
  public static func openAsPrinted(rowsUsed: Int) -> OperationTally {
    OperationTally([
      .millerLoop: 2 * rowsUsed + 1, .finalExponentiation: 2 * rowsUsed + 1,
      .targetExponentiation: 2 * rowsUsed,
    ])
  }

  /// A new key for an attribute: one Gf, and the two quotients of the exponents.
  public static let rekey = OperationTally([.fixedExponentiation: 1, .scalarInversion: 2])

  /// Taking up a new PAK_x.
  public static let adopt = OperationTally([.tableOfPowers: 1])

  /// New C_i, or new components of a holder: a Gv each.
  public static func update(elements: Int) -> OperationTally {
    OperationTally([.variableExponentiation: elements])
  }

  /// The check of D_x against D': a hash and one product of two pairings a component.
  public static func checkComponents(_ components: Int) -> OperationTally {
    OperationTally([
      .hashToGroup: components, .millerLoop: 2 * components, .finalExponentiation: components,
    ])
  }

  /// The check of new C_i: one product of two pairings a row.
  public static func checkUpdate(rows: Int) -> OperationTally {
    OperationTally([.millerLoop: 2 * rows, .finalExponentiation: rows])
  }

  /// The checks of elements from outside.
  public static func receive(elements: Int) -> OperationTally {
    OperationTally([.subgroupCheck: elements])
  }

  /// A Merkle root over n digests: 33 bytes a leaf, 65 bytes an inner node.
  public static func merkleRoot(leaves: Int) -> OperationTally {
    let digest = ContentDigest.byteCount
    return OperationTally([
      .byteHashed: leaves * (1 + digest) + max(0, leaves - 1) * (1 + 2 * digest)
    ])
  }
}

extension OperationTally {
  /// The counts that are written down, all others 0.
  init(_ counts: KeyValuePairs<CountedOperation, Int>) {
    self.init()
    for (operation, times) in counts { count(operation, times) }
  }

  /// Counts bytes that are hashed.
  static func hashing(_ byteCount: Int) -> Self { Self([.byteHashed: byteCount]) }
}
