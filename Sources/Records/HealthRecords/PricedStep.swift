/// What a party or a replica does at once and is charged for: the cryptography of Paper §II-C in the
/// pieces between which messages travel.
///
/// Sizes, policies and classes are places in the lists of ``RecordSettings``, attributes are places
/// in its universe. Whatever comes from outside is checked to be in the groups by who receives it,
/// and the check belongs to the step that does. Secrets travel sealed; sealing them belongs to the
/// step that makes them, opening them to the step that takes them.
public enum PricedStep: Hashable, Sendable {
  /// Step 1, TC: the system's keys and TC's own RSA keys; PK.
  case setUp
  /// Step 1: TC seals MK and κ for an authority, which opens them, checks and prepares PK and draws
  /// RSA keys; the sealed keys, without PK.
  case masterKey
  /// Step 2, DO: checks and prepares PK, makes its tables of attributes if it keeps any, draws RSA
  /// keys; the request to certify them.
  case ownerKey
  /// Step 2, TC: signs an owner's public key and seals κ; both.
  case certify
  /// Step 2, DO: checks its certificate and opens κ.
  case checkCertificate
  /// Step 2, AA: issues the key of a user of a class; the key and κ, sealed, without PK.
  case userKey(Int)
  /// Step 2, DU of a class: checks and prepares PK, opens, checks and prepares its key.
  case takeKey(Int)
  /// Step 2, AA: signs the entry of a user of a class; entry and signature.
  case registryEntry(Int)
  /// Step 2: the certificate of an owner as a transaction, which TC has signed already.
  case enrolment
  /// Step 3, DO: the index of a file; I_W.
  case index
  /// Step 3, DO: encrypts a record; the ciphertext, which is what CS stores.
  case encrypt(policy: Int, size: Int)
  /// Step 4, DO: digests and signs a ciphertext; the whole request.
  case storageRequest(policy: Int, size: Int)
  /// Step 4, CS: checks elements, digests and signature; the location.
  case checkStorage(policy: Int, size: Int)
  /// Step 4, DO: seals the location, makes and signs the transaction of one abstract; all of it.
  case transaction(policy: Int)
  /// Step 4, a node before ordering: elements, the digest of the rows, the Merkle root over the
  /// abstracts and the owner's signature.
  case admitTransaction(policy: Int)
  /// Step 4, a node in executing: whether the index is valid, and the leaf of the block's tree.
  case executeStore(policy: Int)
  /// Step 5, DU: a token with its proof, and the signed request around it; all of it.
  case token
  /// A node before ordering any other transaction: the signature of its submitter.
  case admitRequest
  /// Step 5, a node before ordering: elements of a token and the signature over it and its time.
  case admitToken
  /// Step 5, a node in executing: whether the token is the user's, by proof and pairing, and its lines.
  case checkToken
  /// Step 5, a node: whether one file matches.
  case matchFile
  /// Step 5: the abstract in an answer.
  case returnAbstract(policy: Int)
  /// Step 5, DU of a class with an up-to-date key: checks an abstract's elements, opens capsule and
  /// location; only the first if the class does not satisfy the policy.
  case open(userClass: Int, policy: Int)
  /// Step 5: one replica's signed answer to an access, of which CS checks as many as it needs.
  case proof
  /// Step 5, CS: hands a ciphertext out.
  case serve(policy: Int, size: Int)
  /// Step 6, DU: digests against the chain, then the record; at most so much if the digests differ, for
  /// the shape of what came.
  case decrypt(policy: Int, size: Int)
  /// Signing any other transaction by who submits it; the signature.
  case request
  /// Re-keying, AA: draws the new key of an attribute, takes PAK'_x up and seals v'_x/v_x for CS; the
  /// announcement.
  case rekey(attribute: Int)
  /// Encrypting anew, AA: draws the new key of an attribute and takes PAK'_x up; the announcement.
  case newKey(attribute: Int)
  /// Encrypting anew, DO: checks the old ciphertext against the chain, opens it, makes a new index and
  /// encrypts the record once more; the new ciphertext.
  case reencrypt(policy: Int, size: Int)
  /// Re-keying, CS: opens v'_x/v_x; as it travels to CS, sealed.
  case rowFactor
  /// Re-keying, AA: checks the component of one holder and makes the new one; sealed.
  case renewKey(attribute: Int)
  /// Re-keying, DU: opens, checks and prepares the new component.
  case takeRenewal(attribute: Int)
  /// Re-keying, CS: the new rows of a file; none if its policy lacks the attribute.
  case renewRows(policy: Int, attribute: Int)
  /// Re-keying, a node: checks new rows against the old, then has their digest.
  case checkRows(policy: Int, attribute: Int)
  /// The curious CS tries a made-up key on a capsule, and a token under a guessed κ on its index.
  case pry(policy: Int)
}
