import PairingCrypto
import RecordSharing

/// The decoders of `RecordSharing` with valid encodings.
enum SharingDecoders {
  /// What depends on no set, matrices, and every artefact of a small system in two sets.
  static func all() throws -> [Decoder] {
    try policies() + proofs() + matrices(.toy, weight: 10) + matrices(.ss512, weight: 2)
      + SharingWorld(.toy).decoders(weight: 8) + SharingWorld(.ss512).decoders(weight: 3)
  }

  static let texts = [
    "a", "(cardiology AND doctor) OR 2 of (a, b, c)",
    "3 of (a, b AND c, 2 of (d, e, f), g OR h, a) OR (a AND (b OR c))",
  ]

  private static func policies() throws -> [Decoder] {
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
      Decoder(
        name: "policy text", corpus: (texts + [deep]).map { Array($0.utf8) },
        pieces: pieces.map { Array($0.utf8) } + [[0xff], [0xc3]], weight: 40, decode: readText),
      Decoder(
        "policy bytes", corpus: parsed.map(\.bytes), weight: 40,
        decode: { bytes throws(PolicyDecodingProblem) in try AccessPolicy(bytes: bytes) },
        encode: \.bytes),
    ]
  }

  /// Texts have many spellings, so that the way back is by way of the policy.
  private static func readText(_ bytes: [UInt8]) -> Outcome {
    guard let text = String(validating: bytes, as: UTF8.self) else { return .refused("no UTF-8") }
    do throws(PolicySyntaxError) {
      let policy = try AccessPolicy.parse(text)
      let again = try AccessPolicy.parse(policy.description)
      return .accepted(encodedAgain: again == policy ? bytes : again.bytes, isGenuine: false)
    } catch {
      // Messages are made of the text, which may be anything.
      guard let problem = error.problems.first, !error.description.isEmpty else {
        return .refused("no problem")
      }
      return .refused(caseName(of: problem))
    }
  }

  private static func matrices(_ set: ParameterSet, weight: Int) throws -> [Decoder] {
    var group = PairingGroup(set)
    let corpus = try texts.map { text in
      LabelledMatrix(try ShareMatrix(AccessPolicy.parse(text)), parameters: set).bytes
    }
    return [
      Decoder(
        "\(set.name) matrix", corpus: corpus, pieces: Values(set).pieces, weight: weight,
        decode: { bytes throws(MatrixProblem) in
          try LabelledMatrix(bytes: bytes, universe: nil, in: &group)
        }, encode: \.bytes)
    ]
  }

  private static func proofs() -> [Decoder] {
    var tally = OperationTally()
    let leaves = (0..<13).map { [UInt8]([$0]) }
    let tree = MerkleTree(leaves, tally: &tally)
    let older = MerkleTree(leaves.prefix(6), tally: &tally)
    let inclusions = [0, 5, 12].compactMap { tree.inclusionProof(ofLeaf: $0) }
    let consistencies = [1, 6, 8, 13].compactMap { tree.consistencyProof(from: $0) }
    return [
      Decoder(
        "Merkle head", corpus: [tree.head.bytes, older.head.bytes], weight: 10,
        decode: { bytes throws(ByteProblem) in try ClaimedHead(bytes: bytes) }, encode: \.bytes,
        use: { claim in
          let digests = [tree.head, older.head].map { $0.digest(tally: &tally) }
          let heads = digests.compactMap { claim.head(committedAs: $0, tally: &tally) }
          guard let head = heads.first else { return false }
          return leaves.indices.contains { index in
            inclusions.contains { $0.proves(leaves[index], in: head, tally: &tally) }
          } || consistencies.contains { $0.proves(head, continues: older.head, tally: &tally) }
        }),
      Decoder(
        "inclusion proof", corpus: inclusions.map(\.bytes), weight: 10,
        decode: { bytes throws(ByteProblem) in try InclusionProof(bytes: bytes) },
        encode: \.bytes,
        use: { proof in
          leaves.contains { proof.proves($0, in: tree.head, tally: &tally) }
        }),
      Decoder(
        "consistency proof", corpus: consistencies.map(\.bytes), weight: 10,
        decode: { bytes throws(ByteProblem) in try ConsistencyProof(bytes: bytes) },
        encode: \.bytes,
        use: { proof in proof.proves(tree.head, continues: older.head, tally: &tally) }),
    ]
  }
}
