import PairingCrypto
import RecordSharing

extension PricedSteps {
  // MARK: Step 3

  /// Index and encryption of a file.
  mutating func encrypt(
    _ record: Scheme.Elements.Record, words: [String], as number: Int, of owner: Int,
    policy: Int, size: Int
  ) throws -> PricedFile<Scheme> {
    let file = FileID(UInt64(number))
    let index = try perform(.index) { steps in
      let index = try steps.scheme.index(
        words, of: file, key: steps.keywordKey(of: owner), with: steps.parameters)
      return (index, steps.size(index))
    }
    return try perform(.encrypt(policy: policy, size: size)) { steps in
      let encrypted = try steps.scheme.encrypt(
        record, under: steps.policies[policy], as: file, of: OwnerID(UInt32(owner)), index: index,
        tables: steps.ownersTables, with: steps.parameters)
      let made = PricedFile<Scheme>(
        number: number, policy: policy, size: size, owner: owner,
        ciphertext: encrypted.ciphertext, keys: encrypted.keys)
      return (made, steps.size(encrypted.ciphertext))
    }
  }

  // MARK: Step 4

  /// The owner's request to store a file.
  mutating func storageRequest(
    _ file: PricedFile<Scheme>, by owner: PricedOwner<Scheme>
  ) throws -> StorageRequest<Scheme.Elements> {
    try perform(.storageRequest(policy: file.policy, size: file.size)) { steps in
      let request = try steps.scheme.storageRequest(file.ciphertext, signedBy: owner.signingKey)
      return (request, steps.size(request))
    }
  }

  /// Whether CS takes a request; why not, if it does not.
  mutating func checkStorage(
    _ request: StorageRequest<Scheme.Elements>, policy: Int, size: Int
  ) -> StorageFailure? {
    perform(.checkStorage(policy: policy, size: size)) { steps in
      // Foreign elements are refused like a digest that is not theirs.
      guard steps.scheme.areInGroups(request) else { return (.digestMismatch, 0) }
      do throws(StorageFailure) {
        try steps.scheme.check(request, in: steps.registry)
        return (nil, StorageLocation.byteCount)
      } catch {
        return (error, StorageLocation.byteCount)
      }
    }
  }

  /// The abstract of a stored file, in a transaction.
  mutating func transaction(
    _ file: PricedFile<Scheme>, _ request: StorageRequest<Scheme.Elements>,
    by owner: PricedOwner<Scheme>
  ) throws -> SignedTransaction<Scheme.Elements> {
    try perform(.transaction(policy: file.policy)) { steps in
      let abstract = steps.scheme.abstract(
        of: request, at: StorageLocation(file.name.rawValue), keys: file.keys,
        ownerKey: owner.publicKey, hospital: PricedWords.name("hospital", file.owner % 8),
        doctor: PricedWords.name("doctor", file.number % 64))
      let transaction = try steps.scheme.transaction(
        TransactionID(file.name.rawValue), at: file.name.rawValue, abstracts: [abstract],
        signedBy: owner.signingKey)
      return (transaction, steps.size(transaction))
    }
  }

  /// Whether a node admits a transaction.
  mutating func admit(
    _ transaction: SignedTransaction<Scheme.Elements>, policy: Int
  ) -> Bool {
    perform(.admitTransaction(policy: policy)) { steps in
      guard steps.scheme.areInGroups(transaction) else { return (false, 0) }
      return ((try? steps.scheme.check(transaction, in: steps.registry)) != nil, 0)
    }
  }

  /// Whether a node executes a transaction.
  mutating func execute(
    _ transaction: SignedTransaction<Scheme.Elements>, policy: Int
  ) -> Bool {
    perform(.executeStore(policy: policy)) { steps in
      let published = steps.scheme.parameters(of: steps.parameters)
      let areValid = transaction.abstracts.allSatisfy { abstract in
        published.takes(abstract) && steps.scheme.isValid(abstract.index, with: published)
      }
      _ = steps.scheme.merkleRoot([steps.scheme.digest(of: transaction)])
      return (areValid, 0)
    }
  }

  // MARK: Step 6

  /// CS hands a ciphertext out.
  mutating func serve(_ ciphertext: Ciphertext<Scheme.Elements>, policy: Int, size: Int) {
    perform(.serve(policy: policy, size: size)) { steps in ((), steps.size(ciphertext)) }
  }

  /// The record of a ciphertext that is the one on the chain.
  mutating func decrypt(
    _ ciphertext: Ciphertext<Scheme.Elements>, against abstract: Abstract<Scheme.Elements>,
    keys: Scheme.ContentKeys, policy: Int, size: Int
  ) -> Result<Scheme.Elements.Record, DecryptionFailure> {
    perform(.decrypt(policy: policy, size: size)) { steps in
      do throws(DecryptionFailure) {
        try steps.scheme.check(ciphertext, against: abstract)
        return (.success(try steps.scheme.record(in: ciphertext, keys: keys)), 0)
      } catch {
        return (.failure(error), 0)
      }
    }
  }
}

extension PublicParameters {
  /// Whether a file can be searched and read.
  ///
  /// Rows of an epoch that has ended meanwhile are no fault: they are renewed like those of files
  /// that were on the chain before.
  fileprivate func takes(_ abstract: Abstract<Elements>) -> Bool {
    do throws(TransactionFailure) {
      try check(abstract)
      return true
    } catch {
      guard case .outdatedRow(_, _, let found, let expected) = error else { return false }
      return found < expected && abstract.index.entries.count == slots
    }
  }
}
