extension Subject {
  /// A decoder of bytes.
  ///
  /// `decode` returns the encoding of what it decoded. It also returns whether a value passes for
  /// genuine where its receiver uses it; only those of the corpus may.
  init(
    _ name: String, corpus: [[UInt8]], forbidden: [ForbiddenInput] = [], pieces: [[UInt8]] = [],
    widths: [Int] = [], weight: Int,
    decode: @escaping ([UInt8]) throws -> (encoding: [UInt8], passes: Bool)
  ) {
    self.init(
      name: name, ending: "bin", form: .bytes, corpus: corpus, forbidden: forbidden,
      pieces: pieces, widths: widths, weight: weight
    ) { bytes in
      let (encoding, passes) = try decode(bytes)
      if encoding != bytes { throw Finding(text: "accepted, but encodes differently") }
      if passes, !corpus.contains(bytes) { throw Finding(text: "altered, but passes for genuine") }
      return ""
    }
  }
}
