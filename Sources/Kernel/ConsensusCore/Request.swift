import DiscreteEvents

/// <REQUEST, o, t, c>: an operation that a client wants ordered, signed by the client (PBFT §4.1,
/// Paper §III-C step 1).
public struct Request: Hashable, Sendable {
  /// The client, c.
  public let client: ClientID
  /// The client's timestamp, t: grows with every request of the client, from 1.
  public let timestamp: UInt64
  /// The operation, o: a word that stands for its bytes.
  public var operation: UInt64
  /// The client's signature over operation, its size, timestamp and client.
  public var signature: Signature
  /// The size of the operation beyond ``MessageSizes/transaction``, in bytes.
  public var operationBytes: UInt32

  /// Creates a request with a signature made elsewhere.
  @inline(__always)
  public init(
    client: ClientID, timestamp: UInt64, operation: UInt64, operationBytes: UInt32,
    signature: Signature
  ) {
    self.client = client
    self.timestamp = timestamp
    self.operation = operation
    self.operationBytes = operationBytes
    self.signature = signature
  }

  /// Creates a request signed by its client.
  public init(
    client: ClientID, timestamp: UInt64, operation: UInt64, operationBytes: UInt32,
    signedBy signer: Signer
  ) {
    self.init(
      client: client, timestamp: timestamp, operation: operation, operationBytes: operationBytes,
      signature: .none)
    signature = signer.sign(content)
  }

  /// The hash of what the client signs.
  @inline(__always)
  public var content: UInt64 {
    let word = mix(
      mix(0x5E9_0E57, UInt64(truncatingIfNeeded: client.index)), mix(timestamp, operation))
    return operationBytes == 0 ? word : mix(word, UInt64(operationBytes))
  }

  // Rule: PBFT 4.1-4
  /// Tells whether the client itself signed this request.
  @inline(__always)
  public func isAuthentic(_ verifier: Verifier) -> Bool {
    verifier.isValid(signature, of: Endpoint(client), over: content)
  }

  /// The result of executing this request without an application; every correct replica computes
  /// the same.
  public var result: Digest { Digest(mix(content, 0x4E5_0175)) }
}

extension Request {
  /// The bytes that the request takes in a message beyond ``MessageSizes/base``: a transaction and what
  /// its operation has besides.
  @inline(__always)
  public func carriedSize(_ sizes: MessageSizes) -> ByteCount {
    sizes.transaction + ByteCount(Int(operationBytes))
  }
}

/// <REPLY, v, t, c, i, r>: a replica's answer to a client (PBFT §4.1, Paper §III-C step 5).
public struct Reply: Hashable, Sendable {
  /// The client the reply is for.
  public let client: ClientID
  /// The timestamp of the request it answers.
  public let timestamp: UInt64
  /// The replica that answers.
  public let replica: ReplicaID
  /// The digest of the result.
  public var result: Digest
  /// The sender's view or term.
  public let view: UInt64
  /// Whom the sender believes to lead, so that the client can send there first.
  public let leader: ReplicaID?
  /// Whether the request took effect; false only tells the client to ask `leader` instead.
  public let isExecuted: Bool
  /// The size of the result beyond ``MessageSizes/base``, in bytes.
  public var resultBytes: UInt32

  /// Creates a reply.
  public init(
    client: ClientID, timestamp: UInt64, replica: ReplicaID, result: Digest, resultBytes: UInt32,
    view: UInt64, leader: ReplicaID?, isExecuted: Bool
  ) {
    self.client = client
    self.timestamp = timestamp
    self.replica = replica
    self.result = result
    self.view = view
    self.leader = leader
    self.isExecuted = isExecuted
    self.resultBytes = resultBytes
  }

  /// Mixes the size of the result into a hash of the rest; a result without any leaves it as it is.
  @inline(__always)
  public func mixingSize(into hash: UInt64) -> UInt64 {
    resultBytes == 0 ? hash : mix(hash, UInt64(resultBytes))
  }
}

extension Request: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(client, timestamp, operation, signature, operationBytes)
  }
}

extension Reply: StateHashable {
  package func hashState(into hasher: inout StateHasher) {
    hasher.add(client, timestamp, replica, result, view, leader, isExecuted, resultBytes)
  }
}

extension Reply {
  /// The bytes that the result takes in a message beyond ``MessageSizes/base``.
  @inline(__always)
  public var carriedSize: ByteCount { ByteCount(Int(resultBytes)) }
}
