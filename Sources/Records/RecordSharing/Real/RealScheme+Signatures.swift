import PairingCrypto

extension RealScheme {
  /// Draws an RSA key pair.
  public mutating func signingKey(of party: String) -> RSAPrivateKey {
    var stream = generator(party, "signing key")
    return RSAPrivateKey.generate(keySize, using: &stream, tally: &group.tally)
  }

  /// The public half of a key pair.
  public func verificationKey(of key: RSAPrivateKey) -> RSAPublicKey { key.publicKey }

  /// Sig = H(domain || digest)^S mod n.
  public mutating func sign(
    _ digest: ContentDigest, domain: SignatureDomain, key: RSAPrivateKey
  ) throws(RSAFailure) -> RSASignature {
    RSASignature(try key.sign(digest: digest.bytes, domain: domain, tally: &group.tally))
  }

  /// Sig^T mod n = H(domain || digest).
  ///
  /// Deviation: Paper §II-C prints Sig = H(CT), without the exponent.
  public mutating func verify(
    _ signature: RSASignature, of digest: ContentDigest, domain: SignatureDomain,
    key: RSAPublicKey
  ) -> Bool {
    key.verify(signature.bytes, digest: digest.bytes, domain: domain, tally: &group.tally)
  }

  /// A writer that keeps bytes.
  public func digestWriter() -> ArtefactWriter { ArtefactWriter(parameterSet, .bytes) }

  /// The SHA-256 digest of what was written.
  public mutating func digest(of content: ArtefactWriter) -> ContentDigest {
    digest(of: content.bytes)
  }

  /// The Merkle root over digests (RFC 6962).
  public mutating func merkleRoot(_ leaves: [ContentDigest]) -> ContentDigest {
    var accumulator = MerkleAccumulator()
    for leaf in leaves { accumulator.append(leaf.bytes, tally: &group.tally) }
    guard let root = ContentDigest(accumulator.head(tally: &group.tally).root) else {
      preconditionFailure("a Merkle root of another length")
    }
    return root
  }

  /// Seals where a file is.
  public mutating func seal(
    _ location: StorageLocation, keys: ContentKeys, policy: SharingPolicy, file: FileID
  ) -> SealedBytes {
    seal(location.bytes, keys.location, policy, file)
  }

  /// Performs the checks of who receives elements of the groups from outside.
  public mutating func areInGroups<A: Artefact>(
    _ artefact: A
  ) -> Bool where A.Elements == RealElements {
    let elements = artefact.encoding(parameterSet, .elements).elements
    return elements.allSatisfy { bytes in
      do {
        if bytes.count == parameterSet.targetBytes {
          _ = try group.targetElement(bytes)
        } else {
          _ = try group.element(bytes)
        }
        return true
      } catch {
        return false
      }
    }
  }
}
