import PairingCrypto

// Step 5: the signed request around a token.

extension SharingScheme {
  /// Signs a token for the time that it was made for (DU).
  ///
  /// - Throws: if computing the signature went wrong.
  public mutating func request(
    _ token: SearchToken<Elements>, at time: UInt64, signedBy key: SigningKey
  ) throws(RSAFailure) -> SearchRequest<Elements> {
    let signed = requestDigest(token, at: time)
    let signature = try sign(signed, domain: .request, key: key)
    return SearchRequest(token: token, time: time, signature: signature)
  }

  /// Whether the user that a token names signed the request, which costs no pairing (BC, before ordering).
  public mutating func isSigned(
    _ request: SearchRequest<Elements>, in registry: KeyRegistry<Elements>
  ) -> Bool {
    guard let user = registry.key(of: request.token.user) else { return false }
    let signed = requestDigest(request.token, at: request.time)
    return verify(request.signature, of: signed, domain: .request, key: user)
  }

  /// Whether the token of a request was made with the key of a registered user for the request's time
  /// (BC).
  public mutating func isValid(
    _ request: SearchRequest<Elements>, of entry: RegistryEntry<Elements>,
    with parameters: PublicParameters<Elements>
  ) -> Bool {
    isValid(request.token, of: entry, at: request.time, with: parameters)
  }

  /// Checks signature and token of a request (BC).
  ///
  /// - Throws: the first check that failed.
  public mutating func check(
    _ request: SearchRequest<Elements>, of entry: RegistryEntry<Elements>,
    in registry: KeyRegistry<Elements>, with parameters: PublicParameters<Elements>
  ) throws(RequestFailure) {
    guard isSigned(request, in: registry) else { throw .badSignature }
    guard isValid(request, of: entry, with: parameters) else { throw .badToken }
  }

  private mutating func requestDigest(
    _ token: SearchToken<Elements>, at time: UInt64
  ) -> ContentDigest {
    let content = digest(of: token)
    var writer = digestWriter()
    writer.header(.searchRequest)
    writer.digest(content)
    writer.write(time)
    return digest(of: writer)
  }

  /// The challenge of a token's proof with R.
  mutating func challenge(
    _ statement: TokenStatement<Elements>, _ commitment: Elements.Point
  ) -> ContentDigest {
    var writer = digestWriter()
    statement.write(commitment, to: &writer)
    return digest(of: writer)
  }
}
