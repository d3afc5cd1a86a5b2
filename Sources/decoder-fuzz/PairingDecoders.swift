import PairingCrypto

/// The decoders of `PairingCrypto` with valid encodings.
enum PairingDecoders {
  /// Mostly the toy set, which takes little time, and finds points outside the group by chance.
  static var all: [Decoder] {
    elements(.toy, weight: 20) + elements(.ss512, weight: 8) + elements(.ss1536, weight: 1)
      + rsa + [sealed]
  }

  private static func elements(_ set: ParameterSet, weight: Int) -> [Decoder] {
    let values = Values(set)
    let forbidden = ForbiddenInputs(values)
    return decoders(
      "element", values, values.elements, forbidden.element, weight: weight,
      bytes: (\.bytes, { (group, bytes) throws(DecodingFailure) in try group.element(bytes) }),
      serialized: (
        \.serialized,
        { (group, bytes) throws(DecodingFailure) in try group.element(serialized: bytes) }
      ))
      + decoders(
        "target element", values, values.targets, forbidden.target, weight: weight,
        bytes: (
          \.bytes, { (group, bytes) throws(DecodingFailure) in try group.targetElement(bytes) }
        ),
        serialized: (
          \.serialized,
          { (group, bytes) throws(DecodingFailure) in try group.targetElement(serialized: bytes) }
        ))
      + decoders(
        "nonzero scalar", values, values.scalars, forbidden.scalar, weight: weight,
        bytes: (
          \.bytes,
          { (_, bytes) throws(DecodingFailure) in try Scalar(bytes, set).requireNonzero() }
        ),
        serialized: (
          \.serialized,
          { (_, bytes) throws(DecodingFailure) in
            try Scalar(serialized: bytes, set).requireNonzero()
          }
        ))
  }

  private typealias Coding<Value> = (
    encode: (Value) -> [UInt8],
    decode: (inout PairingGroup, [UInt8]) throws(DecodingFailure) -> Value
  )

  /// The decoder of the bare bytes of a kind, and that of bytes with version and set.
  private static func decoders<Value>(
    _ kind: String, _ values: Values, _ corpus: [Value], _ forbidden: [ForbiddenInput], weight: Int,
    bytes: Coding<Value>, serialized: Coding<Value>
  ) -> [Decoder] {
    let set = values.parameters
    let wrapped = forbidden.map { ForbiddenInput([1, set.rawValue] + $0.bytes, $0.failure) }
    return [("", bytes, forbidden), ("serialized ", serialized, wrapped)].map {
      form, coding, forbidden in
      var group = PairingGroup(set)
      return Decoder(
        "\(set.name) \(form)\(kind)", corpus: corpus.map(coding.encode), forbidden: forbidden,
        pieces: values.pieces, weight: weight,
        decode: { bytes throws(DecodingFailure) in try coding.decode(&group, bytes) },
        encode: coding.encode)
    }
  }

  private static var rsa: [Decoder] {
    var tally = OperationTally()
    var draws = DeterministicGenerator(seed: 1, party: "decoder-fuzz", purpose: "key")
    let key = RSAPrivateKey.generate(.bits2048, using: &draws, tally: &tally)
    let digest = [UInt8](repeating: 7, count: 32)
    let signature = try? key.sign(digest: digest, domain: .ciphertext, tally: &tally)
    let modulus = key.publicKey.modulus
    return [
      Decoder(
        "RSA public key", corpus: [key.publicKey.encoded], pieces: [modulus], weight: 20,
        decode: { bytes throws(RSAFailure) in try RSAPublicKey(encoded: bytes) },
        encode: \.encoded),
      // Only one signature is right for one digest: to accept is to have found the same bytes.
      Decoder(
        "RSA signature", corpus: [signature ?? []], pieces: [modulus], weight: 10,
        decode: { bytes throws(RSAFailure) in
          try key.publicKey.check(bytes, digest: digest, domain: .ciphertext, tally: &tally)
        }, encode: { signature ?? [] }, use: { true }),
    ]
  }

  private static var sealed: Decoder {
    var tally = OperationTally()
    let key = [UInt8](repeating: 1, count: Symmetric.keyByteCount)
    let nonce = [UInt8](repeating: 2, count: Symmetric.nonceByteCount)
    let seal = { (message: [UInt8]) in
      Symmetric.seal(message, key: key, nonce: nonce, additionalData: [3], tally: &tally)
    }
    return Decoder(
      "AES-256-GCM", corpus: [[], [4], [UInt8](repeating: 5, count: 100)].map(seal), weight: 20,
      decode: { bytes throws(SymmetricFailure) in
        try Symmetric.open(bytes, key: key, nonce: nonce, additionalData: [3], tally: &tally)
      }, encode: seal, use: { _ in true })
  }
}
