import PairingCrypto

@testable import RecordSharing

extension Walk {
  /// Owners encrypt their files anew; everybody tries the new versions, and old keys on them.
  mutating func encryptAnew(
    _ ciphertexts: [Ciphertext<Scheme.Elements>], _ owned: [Scheme.ContentKeys],
    _ abstracts: [Abstract<Scheme.Elements>], _ system: SystemKeys<Scheme>,
    _ prepared: Scheme.PreparedParameters, after change: Rekeying<Scheme.Elements>,
    _ keys: [Scheme.PreparedKey]
  ) {
    let owner = scheme.verificationKey(of: signing)
    let set = scheme.parameterSet
    for (place, old) in ciphertexts.enumerated() {
      let words = (0..<slots).map { _ in generator.below(3) == 0 ? nil : word() }
      let tables =
        generator.below(2) == 0 ? step("tables") { $0.tables(for: old.capsule.policy.labels) } : nil
      guard
        let anew = step(
          "encrypt anew",
          { scheme in
            try scheme.reencrypt(
              old, as: FileID(1 << 48 | old.file.rawValue), keys: owned[place], words: words,
              keywordKey: system.keywordKey,
              tables: tables, after: change, with: prepared)
          }, describe: { ("done", $0.ciphertext.byteCount(set)) })
      else { continue }
      let request = made("new request") { [signing] scheme in
        try scheme.storageRequest(anew.ciphertext, signedBy: signing)
      }
      guard let request else { continue }
      let abstract = made("new abstract") { scheme in
        scheme.abstract(
          of: request, at: StorageLocation(78), keys: anew.keys, ownerKey: owner,
          hospital: "St. Anna", doctor: "Dr. Weiß")
      }
      guard let abstract else { continue }
      _ = step("supersede") { _ in try abstract.check(superseding: abstracts[place]) }
      _ = step("supersede") { _ in try abstracts[place].check(superseding: abstract) }
      _ = step("old keys") { try $0.record(in: anew.ciphertext, keys: owned[place]) }
      _ = step("old abstract") { try $0.check(anew.ciphertext, against: abstracts[place]) }
      read(abstract, anew.ciphertext, keys)
    }
  }
}
