import PairingCrypto
import RecordSharing

/// One of everything that a small system makes, and what its receivers do with it.
struct SharingWorld {
  typealias Scheme = RealScheme

  var scheme: RealScheme
  let system: SystemKeys<RealScheme>
  let prepared: RealScheme.PreparedParameters
  let ownerKey: RSAPublicKey
  let registry: KeyRegistry<RealElements>
  let issued: IssuedKey<RealElements>
  let key: RealScheme.PreparedKey
  let files: [UploadedFile]
  let transaction: SignedTransaction<RealElements>
  let certificate: Certificate<RealElements>
  let token: SearchToken<RealElements>
  let searchRequest: SearchRequest<RealElements>
  let rekeying: Rekeying<RealElements>
  let rekeyingSecret: RealScheme.RekeyingSecret
  let rowUpdate: RowUpdate<RealElements>
  let keyUpdate: KeyUpdate<RealElements>

  /// What becomes of one file.
  struct UploadedFile {
    let request: StorageRequest<RealElements>
    let abstract: Abstract<RealElements>
  }

  /// The world lacks something that it should have.
  struct Incomplete: Error {}

  init(_ set: ParameterSet) throws {
    var scheme = RealScheme(set, keySize: .bits2048, seed: 1)
    let names = ["cardiology", "doctor", "nurse", "surgery"]
    let universe = AttributeSet(try names.map { try Attribute($0) })
    let system = try scheme.setUp(universe: universe, slots: 4, copies: 2)
    let prepared = scheme.prepare(system.parameters)
    let signing = scheme.signingKey(of: "owner")
    ownerKey = scheme.verificationKey(of: signing)
    var registry = KeyRegistry<RealElements>()
    for party in [OwnerID(1).partyName, UserID(7).partyName] {
      let certificate = try scheme.certify(ownerKey, of: party, by: signing)
      try scheme.enrol(certificate, by: ownerKey, in: &registry)
    }
    self.registry = registry
    issued = try scheme.generateKey(
      for: UserID(7), attributes: AttributeSet(universe.attributes.prefix(3)),
      master: system.master, with: prepared)
    key = scheme.prepare(issued.key)

    let policies = ["doctor", "(cardiology AND doctor) OR 2 of (nurse, surgery, doctor)"]
    var files: [UploadedFile] = []
    for (number, text) in policies.enumerated() {
      let file = FileID(UInt64(number))
      let index = try scheme.index(
        ["a", nil, "c", "d"], of: file, key: system.keywordKey, with: prepared)
      let encrypted = try scheme.encrypt(
        scheme.record(byteCount: 50, content: 3),
        under: SharingPolicy(AccessPolicy.parse(text)), as: file, of: OwnerID(1), index: index,
        tables: nil, with: prepared)
      let request = try scheme.storageRequest(encrypted.ciphertext, signedBy: signing)
      let abstract = scheme.abstract(
        of: request, at: StorageLocation(5), keys: encrypted.keys, ownerKey: ownerKey,
        hospital: "St. Anna", doctor: "Dr. Wei\u{df}")
      files.append(UploadedFile(request: request, abstract: abstract))
    }
    self.files = files
    transaction = try scheme.transaction(
      TransactionID(9), at: 11, abstracts: files.map(\.abstract), signedBy: signing)
    certificate = try scheme.certify(ownerKey, of: "owner", by: signing)
    token = try scheme.token(
      for: [SlotWord(Slot(0), "a"), SlotWord(Slot(3), "d")], key: issued.key, occasion: 1,
      at: 1, keywordKey: system.keywordKey, with: prepared)
    searchRequest = try scheme.request(token, at: 1, signedBy: signing)

    var master = system.master
    (rekeying, rekeyingSecret) = try scheme.rekey(
      Attribute("doctor"), master: &master, with: prepared)
    guard
      let rowUpdate = scheme.update(
        of: files[1].abstract.file, files[1].abstract.capsule, secret: rekeyingSecret)
    else { throw Incomplete() }
    self.rowUpdate = rowUpdate
    keyUpdate = try scheme.keyUpdate(
      for: issued.key, of: issued.entry, unless: AttributeRevocationList(), secret: rekeyingSecret)
    self.system = system
    self.prepared = prepared
    self.scheme = scheme
  }
}

extension SharingWorld {
  /// The decoder of every kind of artefact; each goes on to who receives the kind.
  func decoders(weight: Int) -> [Subject] {
    keyDecoders(weight) + fileDecoders(weight) + searchDecoders(weight) + updateDecoders(weight)
  }

  private func decoder<A: DecodableArtefact>(
    _ corpus: [A], _ weight: Int, use: @escaping (inout Self, A) throws -> Bool
  ) -> Subject {
    var world = self
    let set = scheme.parameterSet
    let kind = "\(A.self)".prefix { $0 != "<" }
    let values = Values(set)
    let width = token.question.bytes.count
    // Besides numbers, valid elements and such as are on the curve or of norm one only.
    let elements =
      values.elements.prefix(3).map(\.bytes) + values.targets.prefix(2).map(\.bytes)
      + ForbiddenInputs(values).element.map(\.bytes) + ForbiddenInputs(values).target.map(\.bytes)
    return Subject(
      "\(set.name)-\(kind)", corpus: corpus.map { $0.encoded(set) },
      pieces: values.pieces + elements, widths: [1, 4, width, width + 2, width + 4], weight: weight
    ) { bytes in
      let artefact = try world.scheme.decode(A.self, from: bytes)
      let passes = (try? use(&world, artefact)) ?? false
      return (artefact.encoded(set), passes)
    }
  }

  private func keyDecoders(_ weight: Int) -> [Subject] {
    [
      decoder([system.parameters], 1) { world, parameters in
        let prepared = world.scheme.prepare(parameters)
        _ = try world.scheme.index(
          ["a", nil, "c", "d"], of: FileID(1), key: world.system.keywordKey, with: prepared)
        return false
      },
      decoder([issued.key], weight) { world, key in
        let prepared = world.scheme.prepare(key)
        _ = try world.scheme.keyUpdate(
          for: key, of: world.issued.entry, unless: AttributeRevocationList(),
          secret: world.rekeyingSecret)
        _ = try world.scheme.open(world.files[1].abstract.capsule, with: prepared)
        return false
      },
      decoder([issued.entry], weight) { world, entry in
        _ = world.scheme.isValid(
          world.token, of: entry, at: 1, with: world.system.parameters)
        return false
      },
      decoder([certificate], weight) { world, certificate in
        world.scheme.isValid(certificate, by: world.ownerKey)
      },
    ]
  }

  private func fileDecoders(_ weight: Int) -> [Subject] {
    [
      decoder(files.map(\.abstract.capsule), weight) { world, capsule in
        _ = world.scheme.update(of: FileID(1), capsule, secret: world.rekeyingSecret)
        _ = try world.scheme.open(capsule, with: world.key)
        return false
      },
      decoder(files.map(\.request.ciphertext), weight) { world, ciphertext in
        for file in world.files {
          if (try? world.scheme.decrypt(ciphertext, against: file.abstract, with: world.key)) != nil
          {
            return true
          }
        }
        return false
      },
      decoder(files.map(\.request), weight) { world, request in
        try world.scheme.check(request, in: world.registry)
        return true
      },
      decoder(files.map(\.abstract), weight) { world, abstract in
        _ = try? world.scheme.check(
          world.rowUpdate, to: abstract, from: world.attributeKey, by: world.rekeying)
        let keys = try world.scheme.open(abstract.capsule, with: world.key)
        _ = try world.scheme.location(in: abstract, keys: keys)
        return false
      },
      decoder([transaction], weight) { world, transaction in
        try world.scheme.check(transaction, in: world.registry)
        return true
      },
    ]
  }

  private func searchDecoders(_ weight: Int) -> [Subject] {
    [
      decoder(files.map(\.abstract.index), weight) { world, index in
        _ = world.scheme.isValid(index, with: world.system.parameters)
        let token = world.scheme.prepare(world.token)
        _ = world.scheme.matches(token, index)
        return false
      },
      decoder([token], weight) { world, token in
        _ = world.scheme.isValid(
          token, of: world.issued.entry, at: 1, with: world.system.parameters)
        let prepared = world.scheme.prepare(token)
        _ = world.scheme.matches(prepared, world.files[0].abstract.index)
        return false
      },
      decoder([searchRequest], weight) { world, request in
        try world.scheme.check(
          request, of: world.issued.entry, in: world.registry, with: world.system.parameters)
        return true
      },
    ]
  }

  /// The key of the attribute before it was changed.
  private var attributeKey: AttributeKey<RealElements> {
    let known = system.parameters.attributeKeys
    return system.parameters.key(of: rekeying.attribute) ?? known[0]
  }

  private func updateDecoders(_ weight: Int) -> [Subject] {
    [
      decoder([rekeying], weight) { world, rekeying in
        var prepared = world.prepared
        try world.scheme.adopt(rekeying, in: &prepared)
        return false
      },
      decoder([rowUpdate], weight) { world, update in
        let checked = try world.scheme.check(
          update, to: world.files[1].abstract, from: world.attributeKey, by: world.rekeying)
        var abstract = world.files[1].abstract
        try world.scheme.apply(checked, to: &abstract)
        return true
      },
      decoder([keyUpdate], weight) { world, update in
        var key = world.key
        try world.scheme.adopt(update, in: &key, by: world.rekeying)
        _ = try world.scheme.open(world.files[1].abstract.capsule, with: key)
        return false
      },
    ]
  }
}
