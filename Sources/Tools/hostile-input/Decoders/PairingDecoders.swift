import PairingCrypto

/// The decoders of `PairingCrypto` with valid encodings.
enum PairingDecoders {
  /// Mostly the toy set, which takes little time, and finds points outside the group by chance.
  static var all: [Subject] {
    elements(.toy, weight: 20) + elements(.ss512, weight: 8) + elements(.ss1536, weight: 1)
      + rsa + [sealed]
  }

  /// The decoders of bare bytes, and of bytes with version and set.
  private static func elements(_ set: ParameterSet, weight: Int) -> [Subject] {
    let values = Values(set)
    let forbidden = ForbiddenInputs(values)
    var group = PairingGroup(set)
    func decoder(
      _ kind: String, _ corpus: [[UInt8]], _ forbidden: [ForbiddenInput],
      decode: @escaping ([UInt8]) throws -> [UInt8]
    ) -> Subject {
      Subject(
        "\(set.name)-\(kind)", corpus: corpus, forbidden: forbidden, pieces: values.pieces,
        weight: weight
      ) { (try decode($0), false) }
    }
    func wrapped(_ forbidden: [ForbiddenInput]) -> [ForbiddenInput] {
      forbidden.map { ForbiddenInput(bytes: [1, set.rawValue] + $0.bytes, reason: $0.reason) }
    }
    return [
      decoder("element", values.elements.map(\.bytes), forbidden.element) {
        try group.element($0).bytes
      },
      decoder(
        "serialized-element", values.elements.map(\.serialized), wrapped(forbidden.element)
      ) { try group.element(serialized: $0).serialized },
      decoder("target", values.targets.map(\.bytes), forbidden.target) {
        try group.targetElement($0).bytes
      },
      decoder("serialized-target", values.targets.map(\.serialized), wrapped(forbidden.target)) {
        try group.targetElement(serialized: $0).serialized
      },
      decoder("scalar", values.scalars.map(\.bytes), forbidden.scalar) {
        try Scalar($0, set).requireNonzero().bytes
      },
      decoder("serialized-scalar", values.scalars.map(\.serialized), wrapped(forbidden.scalar)) {
        try Scalar(serialized: $0, set).requireNonzero().serialized
      },
    ]
  }

  private static var rsa: [Subject] {
    var tally = OperationTally()
    var draws = DeterministicGenerator(seed: 1, party: "hostile-input", purpose: "key")
    let key = RSAPrivateKey.generate(.bits2048, using: &draws, tally: &tally)
    let digest = [UInt8](repeating: 7, count: 32)
    let signature = (try? key.sign(digest: digest, domain: .ciphertext, tally: &tally)) ?? []
    let modulus = key.publicKey.modulus
    return [
      Subject("RSA-public-key", corpus: [key.publicKey.encoded], pieces: [modulus], weight: 20) {
        (try RSAPublicKey(encoded: $0).encoded, false)
      },
      // Only one signature is right for one digest: to accept is to have found the same bytes.
      Subject("RSA-signature", corpus: [signature], pieces: [modulus], weight: 10) {
        try key.publicKey.check($0, digest: digest, domain: .ciphertext, tally: &tally)
        return (signature, true)
      },
    ]
  }

  private static var sealed: Subject {
    var tally = OperationTally()
    let key = [UInt8](repeating: 1, count: Symmetric.keyByteCount)
    let nonce = [UInt8](repeating: 2, count: Symmetric.nonceByteCount)
    let seal = { (message: [UInt8]) in
      Symmetric.seal(message, key: key, nonce: nonce, additionalData: [3], tally: &tally)
    }
    let corpus = [[], [4], [UInt8](repeating: 5, count: 100)].map(seal)
    return Subject("AES-256-GCM", corpus: corpus, weight: 20) {
      (
        seal(
          try Symmetric.open($0, key: key, nonce: nonce, additionalData: [3], tally: &tally)),
        true
      )
    }
  }
}
