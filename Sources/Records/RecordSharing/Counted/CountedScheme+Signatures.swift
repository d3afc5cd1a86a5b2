import PairingCrypto

extension CountedScheme {
  /// Counts a signature.
  public mutating func sign(
    _ digest: ContentDigest, domain: SignatureDomain, key: SigningKey
  ) throws(RSAFailure) -> CountedSignature {
    tally.count(.rsaSign)
    return CountedSignature(
      size: key.size, mark: Self.signature(verificationKey(of: key), digest, domain))
  }

  /// Counts the check of a signature.
  public mutating func verify(
    _ signature: CountedSignature, of digest: ContentDigest, domain: SignatureDomain,
    key: CountedKey
  ) -> Bool {
    tally.count(.rsaVerify)
    return signature.size == key.size && signature.mark == Self.signature(key, digest, domain)
  }

  private static func signature(
    _ key: CountedKey, _ digest: ContentDigest, _ domain: SignatureDomain
  ) -> UInt64 {
    mixed(mixed(key.mark, UInt64(domain.rawValue)), digest.mark)
  }

  /// A writer that marks what is written.
  public func digestWriter() -> ArtefactWriter { ArtefactWriter(parameterSet, .marks) }

  /// Counts the digest of what was written.
  public mutating func digest(of content: ArtefactWriter) -> ContentDigest {
    tally.count(.byteHashed, content.byteCount)
    return ContentDigest(mark: mixed(content.mark, UInt64(content.byteCount)))
  }

  /// Counts a Merkle root.
  public mutating func merkleRoot(_ leaves: [ContentDigest]) -> ContentDigest {
    tally += SharingCosts.merkleRoot(leaves: leaves.count)
    return ContentDigest(mark: leaves.reduce(UInt64(leaves.count)) { mixed($0, $1.mark) })
  }

  /// Counts the sealing of a location.
  public mutating func seal(
    _ location: StorageLocation, keys: ContentKeys, policy: SharingPolicy, file: FileID
  ) -> CountedSealed {
    tally.count(.byteSealed, StorageLocation.byteCount + contextByteCount(policy, file))
    let text = CountedRecord(byteCount: StorageLocation.byteCount, content: location.rawValue)
    return Self.seal(text, keys, .location, policy, file)
  }

  /// Counts the checks of elements from outside.
  public mutating func areInGroups<A: Artefact>(
    _ artefact: A
  ) -> Bool where A.Elements == CountedElements {
    tally += SharingCosts.receive(
      elements: artefact.encoding(parameterSet, .sizes).elementCount)
    return true
  }
}
