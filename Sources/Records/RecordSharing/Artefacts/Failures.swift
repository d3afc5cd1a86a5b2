import PairingCrypto

/// Why a system can't be set up.
public enum SetupFailure: Error, Hashable, Sendable {
  /// There is no attribute.
  case emptyUniverse
  /// There are too many attributes.
  case tooManyAttributes(Int, allowed: Int)
  /// The number of keyword slots is out of range.
  case slotsOutOfRange(Int, allowed: ClosedRange<Int>)
  /// The number of times that a policy may name an attribute is out of range.
  case copiesOutOfRange(Int, allowed: ClosedRange<Int>)
}

/// Why a key can't be issued or changed.
public enum KeyFailure: Error, Hashable, Sendable {
  /// The universe lacks the attribute.
  case unknownAttribute(Attribute)
  /// A user without attributes could open nothing.
  case noAttributes
  /// The key has no component for the attribute that is updated.
  case notHeld(Attribute)
  /// The key is another user's than the registry's entry.
  case foreignKey(UserID)
  /// The chain's list has the attribute as revoked of the user.
  case revoked(Attribute, UserID)
  /// A component is not the one that was issued to the user for this attribute.
  case falseComponent(Attribute)
  /// The update is for another user.
  case foreignUpdate(UserID)
  /// The update is of another attribute or epoch than what was announced.
  case notAnnounced(Attribute, Epoch)
  /// The update is not newer than the component that is held: an old one sent again.
  case outdatedUpdate(Epoch, held: Epoch)
  /// The number of components differs from the system's.
  case wrongNumberOfComponents(Int, expected: Int)
}

/// Why a file can't be encrypted or indexed.
public enum EncryptionFailure: Error, Hashable, Sendable {
  /// The universe lacks an attribute of the policy.
  case unknownAttribute(Attribute)
  /// The policy names an attribute more often than keys have components for it.
  case tooManyCopies(Attribute, Int, allowed: Int)
  /// The record is too large.
  case recordTooLarge(Int, allowed: Int)
  /// There is not one word or filler for each slot.
  case wrongNumberOfWords(Int, slots: Int)
  /// A word has too many bytes.
  case wordTooLong(Slot, Int, allowed: Int)
}

/// Why a token can't be made.
public enum QueryFailure: Error, Hashable, Sendable {
  /// Nothing is asked for.
  case noWords
  /// The system has fewer slots.
  case unknownSlot(Slot, slots: Int)
  /// A slot is asked for twice.
  case repeatedSlot(Slot)
  /// A word has too many bytes.
  case wordTooLong(Slot, Int, allowed: Int)
}

/// Why a file can't be read.
public enum DecryptionFailure: Error, Hashable, Sendable {
  /// The ciphertext is not the one that the chain knows.
  case digestMismatch
  /// The C_i are not those that the chain knows.
  case rowDigestMismatch
  /// The user's attributes don't satisfy the policy.
  case policyUnsatisfied
  /// They do, but the key has an old component for this attribute.
  case keyOutdated(Attribute)
  /// What the capsule opens to is not what it commits to: it was altered or the key isn't genuine.
  case commitmentMismatch
  /// The sealed record or location was altered.
  case tagMismatch
}

/// Why the cloud server answers ⊥ to an upload.
public enum StorageFailure: Error, Hashable, Sendable {
  /// The digest that was sent is not that of the ciphertext.
  case digestMismatch
  /// The digest of the C_i that was sent is not that of the ciphertext.
  case rowDigestMismatch
  /// The registry of keys lacks the owner that the ciphertext names.
  case unknownOwner(OwnerID)
  /// The owner did not sign these digests.
  case badSignature
}

/// Why a key is not taken into the registry.
public enum EnrolmentFailure: Error, Hashable, Sendable {
  /// The centre did not sign the certificate.
  case badSignature
  /// The party has another key already.
  case otherKey(String)
}

/// Why a transaction can't be made, or a node refuses it.
public enum TransactionFailure: Error, Equatable, Sendable {
  /// It has no file, or too many.
  case wrongNumberOfFiles(Int, allowed: ClosedRange<Int>)
  /// The root is not that of the abstracts.
  case rootMismatch
  /// The C_i of a file are not those that its owner signed.
  case rowDigestMismatch(FileID)
  /// The registry of keys lacks the owner that the first abstract names.
  case unknownOwner(OwnerID)
  /// An abstract names another owner than the first one.
  case foreignOwner(FileID)
  /// An abstract names another key than its owner's.
  case foreignKey(FileID)
  /// A policy names an attribute that the universe lacks.
  case unknownAttribute(FileID, Attribute)
  /// A policy names an attribute more often than keys have components for it.
  case tooManyCopies(FileID, Attribute, Int, allowed: Int)
  /// A row is not under the current key of its attribute, so that holders of it could not read.
  case outdatedRow(FileID, Attribute, Epoch, expected: Epoch)
  /// The index does not have an entry for each slot.
  case wrongNumberOfSlots(FileID, Int, expected: Int)
  /// It is no later version of the record whose abstract it would replace.
  case notSuperseding(FileID, old: FileID)
  /// The owner did not sign it.
  case badSignature
  /// Computing the signature went wrong.
  case notSigned(RSAFailure)
}

/// Why an attribute's new key, or an update of rows, is refused.
public enum UpdateFailure: Error, Hashable, Sendable {
  /// The universe lacks the attribute.
  case unknownAttribute(Attribute)
  /// The update is for another file.
  case wrongFile(FileID)
  /// It does not follow on what is there.
  case wrongEpoch(Epoch, expected: Epoch)
  /// It does not have exactly the rows that the attribute labels.
  case wrongRows
  /// A row is not the old one under the new key.
  case falseRow(Int)
  /// The rows that are to be replaced are not those that the update was checked against.
  case changedRows
}

/// Why bytes are no artefact.
public enum ArtefactFailure: Error, Equatable, Sendable {
  /// The bytes themselves are not right.
  case bytes(ByteProblem)
  /// An element is not in its group.
  case element(DecodingFailure, offset: Int)
  /// A policy is none.
  case policy(PolicyDecodingProblem)
  /// A public key is none.
  case key(RSAFailure, offset: Int)
  /// A name is no attribute.
  case attribute(AttributeProblem, offset: Int)
  /// A name of an attribute is in upper case.
  case foldedName(offset: Int)
  /// A text is no UTF-8.
  case badText(offset: Int)
  /// Things that have to be in ascending order, each once, are not.
  case notAscending(offset: Int)
  /// A list does not have as many members as it has to.
  case wrongCount(Int, expected: Int, offset: Int)
}
