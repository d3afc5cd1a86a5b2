import PairingCrypto

extension RealScheme {
  /// K = C' · e(∏ C'_i^{w_i}, D') · ∏ e(C_i^{-w_i}, D_{ρ(i)}) · e(C''^{-1}, D): one product of |I| + 2
  /// pairings.
  ///
  /// Deviation: Paper §II-C computes 2|I| + 1 pairings with their powers, and prints e(g,g)^{aπs} where
  /// e(g,g)^{ats} is meant. The weights are moved into G, where they are mostly 1.
  public mutating func open(
    _ capsule: Capsule<Elements>, with key: PreparedKey
  ) throws(DecryptionFailure) -> ContentKeys {
    let used = try capsule.usableRows(with: key.key)
    let material = recover(capsule, used, key).bytes
    guard commitment(to: material) == capsule.commitment else { throw .commitmentMismatch }
    return contentKeys(of: material)
  }

  /// K, or anything at all if capsule and key don't fit.
  mutating func recover(
    _ capsule: Capsule<Elements>, _ used: Reconstruction, _ key: PreparedKey
  ) -> TargetElement {
    let weights = used.weights(in: &group)
    var products: [[PowerTerm]] = [[]]
    for (index, row) in used.rows.enumerated() {
      let share = capsule.shares[row]
      guard used.isWeighted(at: index) else {
        products[0].append(.element(share))
        continue
      }
      products[0].append(.variable(share, weights[index]))
      products.append([.variable(capsule.rows[row].point, -weights[index])])
    }
    let powers = group.powers(products)
    var terms: [PairingTerm] = [
      .prepared(key.registered, powers[0]),
      .prepared(key.blinded, group.inverse(capsule.header)),
    ]
    var next = 1
    for (index, row) in used.rows.enumerated() {
      guard let component = key.element(for: capsule.policy.labels[row]) else { continue }
      if used.isWeighted(at: index) {
        terms.append(.prepared(component, powers[next]))
        next += 1
      } else {
        terms.append(.prepared(component, group.inverse(capsule.rows[row].point)))
      }
    }
    return group.multiply(capsule.masked, group.product(ofPairings: terms))
  }

  /// Opens the record of a checked ciphertext.
  public mutating func record(
    in ciphertext: Ciphertext<Elements>, keys: ContentKeys
  ) throws(DecryptionFailure) -> [UInt8] {
    try open(ciphertext.body, keys.record, ciphertext.capsule.policy, ciphertext.file)
  }

  /// Opens the location in an abstract.
  public mutating func location(
    in abstract: Abstract<Elements>, keys: ContentKeys
  ) throws(DecryptionFailure) -> StorageLocation {
    let bytes = try open(
      abstract.location, keys.location, abstract.capsule.policy, abstract.file)
    guard let location = StorageLocation(bytes) else { throw .tagMismatch }
    return location
  }

  private mutating func open(
    _ sealed: SealedBytes, _ key: [UInt8], _ policy: SharingPolicy, _ file: FileID
  ) throws(DecryptionFailure) -> [UInt8] {
    let context = policy.sealingContext(of: file, parameterSet, .bytes).bytes
    do throws(SymmetricFailure) {
      return try Symmetric.open(
        sealed.bytes, key: key, nonce: SealedPart.nonce, additionalData: context,
        tally: &group.tally)
    } catch {
      throw .tagMismatch
    }
  }
}

extension StorageLocation {
  /// The place in eight bytes, the high one first; nil if there are more or fewer.
  init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.init(bytes.reduce(0) { $0 << 8 | UInt64($1) })
  }

  /// The eight bytes.
  var bytes: [UInt8] {
    var writer = ByteWriter()
    writer.write(rawValue)
    return writer.bytes
  }
}
