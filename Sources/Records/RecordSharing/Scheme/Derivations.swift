import PairingCrypto

/// What H1 hashes: the slot, then the word with its length.
///
/// Deviation: H1 of Paper §II-C is public and takes the word alone, so that whoever guesses the words
/// of a file can test them with one exponentiation. Here it is keyed by κ, which owners and users
/// have, and takes the slot.
enum KeywordHash {
  static let keyByteCount = 32
  static let wordBytes = SharingBounds.nameBytes

  static func message(_ word: String, in slot: Slot) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(slot.rawValue)
    writer.writeField(Array(word.utf8))
    return writer.bytes
  }

  static func ownerMessage(_ owner: OwnerID) -> [UInt8] {
    var writer = ByteWriter()
    writer.writeFixed(Array("owner".utf8))
    writer.write(owner.rawValue)
    return writer.bytes
  }

  /// What an HMAC of a word hashes: key, slot, length and word.
  static func byteCount(of word: String) -> Int { keyByteCount + 1 + 4 + word.utf8.count }

  static func check(_ words: [String?], slots: Int) throws(EncryptionFailure) {
    guard words.count == slots else { throw .wrongNumberOfWords(words.count, slots: slots) }
    for (slot, word) in words.enumerated() {
      guard let length = word?.utf8.count, length > wordBytes else { continue }
      throw .wordTooLong(Slot(UInt8(slot)), length, allowed: wordBytes)
    }
  }

  /// The words in the order of their slots.
  static func check(_ words: [SlotWord], slots: Int) throws(QueryFailure) -> [SlotWord] {
    guard !words.isEmpty else { throw .noWords }
    let sorted = words.sorted { $0.slot < $1.slot }
    for (index, word) in sorted.enumerated() {
      guard Int(word.slot.rawValue) < slots else {
        throw .unknownSlot(word.slot, slots: slots)
      }
      if index > 0, sorted[index - 1].slot == word.slot { throw .repeatedSlot(word.slot) }
      let length = word.word.utf8.count
      guard length <= wordBytes else {
        throw .wordTooLong(word.slot, length, allowed: wordBytes)
      }
    }
    return sorted
  }
}

/// What is sealed under a key derived from K; each part has its own key, so a nonce may be constant.
enum SealedPart: UInt8 {
  case record = 1
  case location

  /// What the key is derived for.
  var info: [UInt8] {
    switch self {
    case .record: Array("data".utf8)
    case .location: Array("loc".utf8)
    }
  }

  /// No key seals twice.
  static let nonce = [UInt8](repeating: 0, count: Symmetric.nonceByteCount)
}

/// What is made of K: a commitment and two keys.
///
/// Deviation: Paper §II-C uses an element of G_T as the key of a symmetric cipher and one key for
/// record and location; and authenticated encryption alone lets a dishonest owner make one ciphertext
/// that two keys open.
enum ContentKeyDerivation {
  static let commitmentLabel = Array("commit".utf8)

  static func commitmentByteCount(_ targetBytes: Int) -> Int { commitmentLabel.count + targetBytes }

  static func derivationByteCount(_ targetBytes: Int) -> Int {
    2 * targetBytes + SealedPart.record.info.count + SealedPart.location.info.count
  }

  static func byteCount(_ targetBytes: Int) -> Int {
    commitmentByteCount(targetBytes) + derivationByteCount(targetBytes)
  }
}

extension RowLabel {
  /// What Hg takes: which use of the hash it is, then the label.
  ///
  /// Deviation: Paper §II-C writes H for this hash into G and for the digests of files, too.
  static let hashDomain = Array("EHR-ATTRIBUTE-V01-XMD:SHA-256".utf8)
}
