import PairingCrypto

// Revocation by encrypting anew (Sharing §7): what stood on the chain no longer opens what is stored.

extension SharingScheme {
  /// Encrypts a record anew after an attribute got a new key (DO): new K, capsule, index and body.
  ///
  /// The new version has a name of its own. Everything random is drawn by that name, the record, the
  /// policy and the keys of attributes in force: neither K, a nonce nor an r_i serves twice, even if
  /// the owner gives one name to two versions of which the chain takes one.
  ///
  /// - Parameters:
  ///   - ciphertext: The version that is stored, checked against the chain.
  ///   - name: A later version of the record; an owner passes over those that were begun before.
  ///   - keys: The keys of that version, which the owner has kept.
  ///   - words: The words of the new index, one a slot; nil stands for a filler.
  ///   - keywordKey: What hashes the words.
  ///   - tables: Tables of the hashes of attributes; nil to hash them.
  ///   - rekeying: The new key of the revoked attribute. Without one a user who opens the old capsule
  ///     opens the new one as well.
  ///   - parameters: The public parameters with that key.
  /// - Returns: The new version, with its keys for the owner to keep.
  /// - Throws: why there is nothing to protect, or the first step that failed.
  public mutating func reencrypt(
    _ ciphertext: Ciphertext<Elements>, as name: FileID, keys: ContentKeys, words: [String?],
    keywordKey: KeywordKey, tables: AttributeTables?, after rekeying: Rekeying<Elements>,
    with parameters: PreparedParameters
  ) throws(ReencryptionFailure) -> EncryptedFile<Self> {
    let policy = ciphertext.capsule.policy
    guard policy.labels.contains(where: { $0.attribute == rekeying.attribute }) else {
      throw .notNamed(rekeying.attribute)
    }
    let epoch = self.parameters(of: parameters).key(of: rekeying.attribute)?.epoch
    guard let epoch, epoch >= rekeying.epoch else { throw .keyNotAdopted(rekeying.epoch) }
    guard name.record == ciphertext.file.record, name.version > ciphertext.file.version else {
      throw .notLater(name, than: ciphertext.file)
    }
    let record: Elements.Record
    do throws(DecryptionFailure) {
      record = try self.record(in: ciphertext, keys: keys)
    } catch {
      throw .notOpened(error)
    }
    do throws(EncryptionFailure) {
      let index = try index(words, of: name, key: keywordKey, with: parameters)
      return try encrypt(
        record, under: policy, as: name, of: ciphertext.owner, index: index, tables: tables,
        with: parameters)
    } catch {
      throw .notEncrypted(error)
    }
  }
}

extension Abstract {
  /// Checks that this abstract may take the place of another one (BC), without computing.
  ///
  /// A later version is never replaced by an earlier one, in whatever order both arrive.
  ///
  /// - Throws: if it is about another record, not a later version, or of another owner.
  public func check(superseding old: Self) throws(TransactionFailure) {
    guard file.record == old.file.record, file.version > old.file.version else {
      throw .notSuperseding(file, old: old.file)
    }
    guard owner == old.owner, ownerKey == old.ownerKey else { throw .foreignKey(file) }
  }
}

/// Why a record can't be encrypted anew.
public enum ReencryptionFailure: Error, Hashable, Sendable {
  /// The policy does not name the attribute that got a new key.
  case notNamed(Attribute)
  /// The parameters do not have the new key, of this epoch, yet.
  case keyNotAdopted(Epoch)
  /// The name is that of another record, or of no later version.
  case notLater(FileID, than: FileID)
  /// The old ciphertext does not open.
  case notOpened(DecryptionFailure)
  /// The record or its words can't be encrypted.
  case notEncrypted(EncryptionFailure)
}
