import PairingCrypto
import Testing

@testable import RecordSharing

@Suite("Proofs of tokens")
struct TokenProofTests {
  /// Two users, tokens of each, and what nodes say to forgeries.
  private struct Scene<Scheme: SharingScheme> {
    var world: World<Scheme>
    let first: IssuedKey<Scheme.Elements>
    let second: IssuedKey<Scheme.Elements>

    init(_ scheme: Scheme) throws {
      world = try World(scheme)
      first = try world.issue(1, "a")
      second = try world.issue(2, "a")
    }

    mutating func token(
      _ user: IssuedKey<Scheme.Elements>, _ slots: [Int], occasion: UInt64, at time: UInt64
    ) throws -> SearchToken<Scheme.Elements> {
      try world.scheme.token(
        for: slots.map { SlotWord(Slot(UInt8($0)), "w") }, key: user.key, occasion: occasion,
        at: time, keywordKey: world.system.keywordKey, with: world.prepared)
    }

    mutating func isValid(
      _ token: SearchToken<Scheme.Elements>, _ user: IssuedKey<Scheme.Elements>, at time: UInt64
    ) -> Bool {
      world.scheme.isValid(token, of: user.entry, at: time, with: world.system.parameters)
    }
  }

  /// What nodes say to tokens that were put together; ``base`` stands for g.
  private func answers<Scheme: SharingScheme>(
    _ scheme: Scheme, base: Scheme.Elements.Point
  ) throws -> [Bool] {
    var scene = try Scene(scheme)
    let own = try scene.token(scene.first, [1, 2], occasion: 1, at: 10)
    let other = try scene.token(scene.first, [0], occasion: 2, at: 20)
    let foreign = try scene.token(scene.second, [1, 2], occasion: 1, at: 10)
    let user = UserID(1)
    return [
      scene.isValid(own, scene.first, at: 10), scene.isValid(other, scene.first, at: 20),
      scene.isValid(foreign, scene.second, at: 10),
      // t1 = t2 = g, t3 = D'_uid.
      scene.isValid(
        own.forged(for: scene.first.entry, base: base, slots: [Slot(0)]), scene.first, at: 10),
      scene.isValid(
        foreign.forged(for: scene.first.entry, base: base, slots: [Slot(0)]), scene.first, at: 10),
      scene.isValid(
        own.forged(for: scene.first.entry, base: own.searching, slots: [Slot(0)]), scene.first,
        at: 10),
      // t2, t3 and proof of one token with the question of another.
      scene.isValid(own.asking(with: other), scene.first, at: 20),
      scene.isValid(other.asking(with: own), scene.first, at: 10),
      // Another user's token under one's own name, for either entry.
      scene.isValid(foreign.altering(.user(user)), scene.first, at: 10),
      scene.isValid(foreign.altering(.user(user)), scene.second, at: 10),
      scene.isValid(foreign, scene.first, at: 10),
      // A token of another time.
      scene.isValid(own, scene.first, at: 20), scene.isValid(own, scene.first, at: 9),
    ]
  }

  private let expected = [Bool](repeating: true, count: 3) + [Bool](repeating: false, count: 10)

  @Test("Who has only what the registry shows, or others' tokens, makes no token")
  func forgeries() throws {
    #expect(try answers(real(), base: PairingGroup.generator(of: .toy)) == expected)
    #expect(try answers(real(.ss512), base: PairingGroup.generator(of: .ss512)) == expected)
    #expect(try answers(counted(), base: CountedPoint(mark: 7)) == expected)
  }

  @Test("The forger of t1 = t2 = g and t3 = D' passes the pairing, so that the proof is needed")
  func pairingAlone() throws {
    var scene = try Scene(real())
    let own = try scene.token(scene.first, [0], occasion: 1, at: 10)
    let g = PairingGroup.generator(of: .toy)
    let forged = own.forged(for: scene.first.entry, base: g, slots: [Slot(0)])
    let passes = scene.world.scheme.areEqual(
      (forged.personal, g), (forged.searching, scene.first.entry.registered))
    #expect(passes)
    // Even a right proof that log_g t2 is known, which it is, is none of its logarithm to g^alpha.
    let k = Scalar(5, .toy)
    let base = scene.world.system.parameters.searching
    let statement = forged.statement(at: 10, base: base)
    let commitment = scene.world.scheme.group.power(g, k)
    let digest = scene.world.scheme.challenge(statement, commitment)
    let c = Scalar(reducing: digest.bytes, .toy)
    let token = statement.token(KnowledgeProof(challenge: c, response: k + c))
    let isValid = scene.isValid(token, scene.first, at: 10)
    #expect(!isValid)
  }

  @Test("Two proofs with one R and two challenges give D'', so that a proof shows possession")
  func extraction() throws {
    var scene = try Scene(real())
    var generator = SeededGenerator(3)
    let (pi, k) = (generator.scalars(1, .toy)[0], generator.scalars(1, .toy)[0])
    let base = scene.world.system.parameters.searching
    let template = try scene.token(scene.first, [0], occasion: 1, at: 10)
    // A prover who is rewound to one k: the time enters the challenge alone.
    func prove(at time: UInt64) -> SearchToken<RealElements> {
      var token = template
      token.searching = scene.world.scheme.group.power(base, pi)
      token.personal = scene.world.scheme.group.power(scene.first.key.searching, pi)
      let statement = token.statement(at: time, base: base)
      let commitment = scene.world.scheme.group.power(base, k)
      let digest = scene.world.scheme.challenge(statement, commitment)
      let c = Scalar(reducing: digest.bytes, .toy)
      return statement.token(KnowledgeProof(challenge: c, response: k + c * pi))
    }
    let (own, again) = (prove(at: 10), prove(at: 11))
    let areValid =
      scene.isValid(own, scene.first, at: 10) && scene.isValid(again, scene.first, at: 11)
    #expect(areValid)
    let difference = own.proof.challenge - again.proof.challenge
    let extractedPower =
      (own.proof.response - again.proof.response) * scene.world.scheme.group.inverse(difference)
    let inverse = scene.world.scheme.group.inverse(extractedPower)
    let extracted = scene.world.scheme.group.power(own.personal, inverse)
    #expect(extracted == scene.first.key.searching)
  }

  @Test("No two tokens share the k of their proofs, even if an occasion serves twice")
  func separateProofs() throws {
    var scene = try Scene(real())
    let base = scene.world.system.parameters.searching
    func commitment(_ token: SearchToken<RealElements>) -> GroupElement {
      scene.world.scheme.group.product([
        .variable(base, token.proof.response),
        .variable(token.searching, -token.proof.challenge),
      ])
    }
    let tokens = [
      try scene.token(scene.first, [0], occasion: 1, at: 10),
      try scene.token(scene.first, [0], occasion: 1, at: 11),
      try scene.token(scene.first, [1], occasion: 1, at: 10),
      try scene.token(scene.first, [0, 1], occasion: 1, at: 10),
      try scene.token(scene.second, [0], occasion: 1, at: 10),
    ]
    #expect(Set(tokens.map { commitment($0).bytes }).count == tokens.count)
  }

  @Test("A request is taken only with the signature and the token of its time")
  func requests() throws {
    func failures<Scheme: SharingScheme>(
      _ scheme: Scheme, _ keys: [Scheme.SigningKey]
    ) throws -> [RequestFailure?] {
      var scene = try Scene(scheme)
      let token = try scene.token(scene.first, [0], occasion: 1, at: 10)
      let request = try scene.world.scheme.request(token, at: 10, signedBy: keys[0])
      var later = request
      later.time = 11
      var exchanged = request
      exchanged.token = try scene.token(scene.first, [1], occasion: 2, at: 10)
      let dated = try scene.world.scheme.request(token, at: 11, signedBy: keys[0])
      let foreign = try scene.world.scheme.request(token, at: 10, signedBy: keys[1])
      let registry = try scene.world.scheme.registry(keys[0])
      return [request, later, exchanged, dated, foreign].map { request in
        failure { () throws(RequestFailure) in
          try scene.world.scheme.check(
            request, of: scene.first.entry, in: registry, with: scene.world.system.parameters)
        }
      }
    }
    let expected: [RequestFailure?] = [
      nil, .badSignature, .badSignature, .badToken, .badSignature,
    ]
    #expect(try failures(real(), [Keys.owner, Keys.centre]) == expected)
    var marking = counted()
    let keys = ["a", "b"].map { marking.signingKey(of: $0) }
    #expect(try failures(marking, keys) == expected)
  }
}
