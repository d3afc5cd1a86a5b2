import PairingCrypto
import RecordSharing

/// The decoders of `RecordSharing` with valid encodings.
enum SharingDecoders {
  /// What depends on no set, matrices, and every artefact of a small system in two sets.
  static func all() throws -> [Subject] {
    try policies() + proofs() + matrices(.toy, weight: 10) + matrices(.ss512, weight: 2)
      + SharingWorld(.toy).decoders(weight: 8) + SharingWorld(.ss512).decoders(weight: 3)
  }

  static let texts = [
    "a", "(cardiology AND doctor) OR 2 of (a, b, c)",
    "3 of (a, b AND c, 2 of (d, e, f), g OR h, a) OR (a AND (b OR c))",
  ]

  private static func policies() throws -> [Subject] {
    let wide = (0..<200).map { "x\($0)" }.joined(separator: ", ")
    let levels = (0..<20).map { "(y\($0) OR (z\($0) AND " }.joined()
    let deep = levels + "c" + String(repeating: "))", count: 20)
    let parsed = try (texts + [deep, "100 of (\(wide))"]).map { try AccessPolicy.parse($0) }
    let words = [
      "(", ")", ",", " AND ", " or ", " of ", "2 of (", "NOT", "a", "99999999999999999999",
    ]
    let pieces =
      words + [String(repeating: "(", count: 200), "\u{e9}", "\u{1F469}\u{200D}\u{2695}", "#2"]
    return [
      Subject(
        name: "policy-text", ending: "txt", form: .bytes,
        corpus: (texts + [deep]).map { Array($0.utf8) },
        pieces: pieces.map { Array($0.utf8) } + [[0xff], [0xc3]], weight: 40, read: readText),
      Subject("policy-bytes", corpus: parsed.map(\.bytes), weight: 40) {
        (try AccessPolicy(bytes: $0).bytes, false)
      },
    ]
  }

  /// Texts have many spellings, so that the way back is by way of the policy.
  private static func readText(_ bytes: [UInt8]) throws -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Refusal(description: "no UTF-8")
    }
    do {
      let policy = try AccessPolicy.parse(text)
      let again = try AccessPolicy.parse(policy.description)
      if again != policy { throw Finding(text: "accepted, but reads differently again") }
      return ""
    } catch let error as PolicySyntaxError {
      // Messages are made of the text, which may be anything.
      guard let problem = error.problems.first, !error.description.isEmpty else {
        throw Finding(text: "refused without a reason")
      }
      throw Refusal(description: "\(problem.kind)")
    }
  }

  private static func matrices(_ set: ParameterSet, weight: Int) throws -> [Subject] {
    var group = PairingGroup(set)
    let corpus = try texts.map { text in
      LabelledMatrix(try ShareMatrix(AccessPolicy.parse(text)), parameters: set).bytes
    }
    return [
      Subject(
        "\(set.name)-matrix", corpus: corpus, pieces: Values(set).pieces, weight: weight
      ) { (try LabelledMatrix(bytes: $0, universe: nil, in: &group).bytes, false) }
    ]
  }

  private static func proofs() -> [Subject] {
    var tally = OperationTally()
    let leaves = (0..<13).map { [UInt8]([$0]) }
    let tree = MerkleTree(leaves, tally: &tally)
    let older = MerkleTree(leaves.prefix(6), tally: &tally)
    let inclusions = [0, 5, 12].compactMap { tree.inclusionProof(ofLeaf: $0) }
    let consistencies = [1, 6, 8, 13].compactMap { tree.consistencyProof(from: $0) }
    return [
      Subject("Merkle-head", corpus: [tree.head.bytes, older.head.bytes], weight: 10) { bytes in
        let claim = try ClaimedHead(bytes: bytes)
        let digests = [tree.head, older.head].map { $0.digest(tally: &tally) }
        let heads = digests.compactMap { claim.head(committedAs: $0, tally: &tally) }
        guard let head = heads.first else { return (claim.bytes, false) }
        let passes =
          leaves.contains { leaf in
            inclusions.contains { $0.proves(leaf, in: head, tally: &tally) }
          } || consistencies.contains { $0.proves(head, continues: older.head, tally: &tally) }
        return (claim.bytes, passes)
      },
      Subject("inclusion-proof", corpus: inclusions.map(\.bytes), weight: 10) { bytes in
        let proof = try InclusionProof(bytes: bytes)
        return (
          proof.bytes, leaves.contains { proof.proves($0, in: tree.head, tally: &tally) }
        )
      },
      Subject("consistency-proof", corpus: consistencies.map(\.bytes), weight: 10) { bytes in
        let proof = try ConsistencyProof(bytes: bytes)
        return (proof.bytes, proof.proves(tree.head, continues: older.head, tally: &tally))
      },
    ]
  }
}
