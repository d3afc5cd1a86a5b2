import ConsensusCore

/// What the real engine carries out at one job of a party or of the replicas, with what the
/// simulation decided: the cryptography has to decide alike.
public enum ShadowAct: Hashable, Sendable {
  /// Step 1: TC draws the system's keys.
  case setUp
  /// Step 2: an owner draws RSA keys, TC certifies them.
  case enrol(owner: Int)
  /// Step 2: an authority issues a user's key, sealed for the way; the user opens and prepares it.
  case register(user: Int)
  /// Step 3: index and encryption of a file, and the request to store it.
  case encrypt(file: Int, owner: Int)
  /// Step 4: CS checks a request with what is wrong about it; has to accept it only without a flaw.
  case checkStorage(file: Int, flaw: StorageFlaw)
  /// Step 4: the owner makes abstract and transaction, a node checks signature, index and root.
  case commit(file: Int, owner: Int)
  /// Step 5: the token of a request; the nodes' check of it and its match with `among` have to say
  /// what the flaw and `matching` say. Both lists hold only files for which ``RecordWorld/isReal``.
  case search(AccessRequest, among: [Int], matching: [Int])
  /// Step 5: the user opens the capsule of a file that was granted, and its location.
  case open(user: Int, file: Int)
  /// Step 6: the user gets a ciphertext, checks it against the chain and opens it; only the file's
  /// own, unaltered ciphertext may give the record that was encrypted.
  case read(user: Int, file: Int, returned: ReturnedCiphertext)
  /// Users pool their keys; nothing may open.
  case collude(user: Int, with: Int, file: Int)
  /// A user without the right attributes, or with outdated ones, tries a capsule; it may not open.
  case trespass(user: Int, file: Int)
  /// CS tries to open a file without a key and to guess its words without the keyword key.
  case pry(file: Int)
  /// An attribute gets a new key: holders but `except` get new components, `files` new rows.
  case rekey(attribute: Int, except: [Int], files: [Int])
  /// An attribute gets a new key, and owners will encrypt `files` anew. Those `underWay` to the chain
  /// are encrypted anew at once: the chain gets them under the new key.
  case newKey(attribute: Int, except: [Int], files: [Int], underWay: [Int])
  /// The owner encrypts a file anew after an attribute got a new key: old keys may open nothing of
  /// this version, which takes no effect before ``supersede(file:version:)``.
  case encryptAnew(file: Int, version: Int, attribute: Int)
  /// The cloud server learns that the chain has accepted a version of a file.
  case supersede(file: Int, version: Int)
  /// A user who lost an attribute reads what blocks hold of a file, and the ciphertext as it is now;
  /// whether that opens.
  case readChain(user: Int, file: Int, opens: Bool)
}

/// What is wrong about a request to store a file.
public enum StorageFlaw: UInt8, CaseIterable, Hashable, Sendable {
  /// Nothing.
  case none
  /// The digest is of something else.
  case digest
  /// The signature is somebody else's.
  case signature
}

/// What the cloud server returns.
public enum ReturnedCiphertext: Hashable, Sendable {
  /// What was stored.
  case stored
  /// The same with one byte altered.
  case altered
  /// Another file's.
  case other(Int)
}

/// What the real engine found different from what the simulation decided.
public struct ShadowFinding: Hashable, Sendable {
  /// The invariant that it breaks, such as `E-1`; `E-0` where costs or sizes differ from those
  /// that were charged.
  public var invariant: InvariantID
  /// What was found.
  public var detail: String

  /// Creates a finding.
  public init(_ invariant: InvariantID, _ detail: String) {
    self.invariant = invariant
    self.detail = detail
  }
}
