/// Looks for secrets in bytes that travel or are stored (E-8).
///
/// A secret is looked for in pieces of 16 bytes at multiples of 16, and in its last 16 bytes; each is
/// found wherever it begins. One pass over the bytes rolls a word of eight bytes along; a filter of
/// bits tells most of them from the first words of all pieces, a table the rest, and then the whole
/// piece is compared.
///
/// Secrets of 8 to 15 bytes are looked for as a whole; shorter ones are not told from chance and are
/// left out. Of a long text, ``pieceLimit`` pieces that lie evenly are looked for.
public struct SecretScan: Sendable {
  /// The bytes of a piece.
  public static let pieceBytes = 16
  /// The most pieces of one secret that are looked for; up to 64 KiB, these are all.
  public static let pieceLimit = 4096

  /// How many bytes were looked through.
  public private(set) var scannedBytes = 0

  /// One piece: its first eight bytes, its last, how long it is and whose it is.
  private struct Piece: Sendable {
    var first: UInt64 = 0
    var last: UInt64 = 0
    var length: UInt8 = 0
    var secret: UInt32 = 0
  }

  private var names: [String] = []
  private var filter = [UInt64](repeating: 0, count: 1 << 10)
  private var table = [Piece](repeating: Piece(), count: 1 << 10)
  private var count = 0

  /// Knows no secret.
  public init() {}

  /// Adds a secret; it is named in findings.
  public mutating func add(_ secret: [UInt8], as name: String) {
    let width = Swift.min(Self.pieceBytes, secret.count)
    guard width >= 8 else { return }
    names.append(name)
    let pieces = secret.count / width
    let step = Swift.max(1, (pieces + Self.pieceLimit - 1) / Self.pieceLimit)
    for piece in stride(from: 0, to: pieces, by: step) {
      insert(secret, at: piece * width, width)
    }
    if secret.count % width != 0 { insert(secret, at: secret.count - width, width) }
  }

  private mutating func insert(_ secret: [UInt8], at start: Int, _ width: Int) {
    let end = start + width
    let piece = Piece(
      first: Self.word(secret, at: start), last: Self.word(secret, at: end - 8),
      length: UInt8(width), secret: UInt32(names.count - 1))
    if 2 * (count + 1) > table.count { grow() }
    place(piece)
  }

  private static func word(_ bytes: [UInt8], at start: Int) -> UInt64 {
    bytes[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func scattered(_ word: UInt64) -> UInt64 {
    let mixed = (word ^ word >> 32) &* 0x9E37_79B9_7F4A_7C15
    return mixed ^ mixed >> 29
  }

  private mutating func place(_ piece: Piece) {
    let hash = Self.scattered(piece.first)
    let bits = UInt64(filter.count * 64 - 1)
    filter[Int(hash & bits) / 64] |= 1 << (hash & 63)
    var slot = Int(hash >> 20) & (table.count - 1)
    while table[slot].length != 0 {
      // A piece that two secrets have is the first one's.
      if table[slot].first == piece.first, table[slot].last == piece.last,
        table[slot].length == piece.length
      {
        return
      }
      slot = (slot + 1) & (table.count - 1)
    }
    table[slot] = piece
    count += 1
  }

  private mutating func grow() {
    let old = table
    table = [Piece](repeating: Piece(), count: 2 * old.count)
    filter = [UInt64](repeating: 0, count: 2 * filter.count)
    count = 0
    for piece in old where piece.length != 0 { place(piece) }
  }

  /// Looks through bytes; the name of the first secret that is in them.
  public mutating func scan(_ bytes: [UInt8]) -> String? {
    scannedBytes += bytes.count
    let bits = UInt64(filter.count * 64 - 1)
    return bytes.withUnsafeBufferPointer { bytes in
      filter.withUnsafeBufferPointer { filter in
        var word: UInt64 = 0
        for end in bytes.indices {
          word = word << 8 | UInt64(bytes[end])
          let hash = Self.scattered(word)
          guard filter[Int(hash & bits) / 64] & 1 << (hash & 63) != 0, end >= 7 else { continue }
          if let secret = match(word, hash, bytes, end - 7) { return names[secret] }
        }
        return nil
      }
    }
  }

  /// The secret of the piece that begins at a place.
  private func match(
    _ word: UInt64, _ hash: UInt64, _ bytes: UnsafeBufferPointer<UInt8>, _ start: Int
  ) -> Int? {
    var slot = Int(hash >> 20) & (table.count - 1)
    while table[slot].length != 0 {
      let piece = table[slot]
      let end = start + Int(piece.length)
      if piece.first == word, end <= bytes.count {
        let last = bytes[end - 8..<end].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        if last == piece.last { return Int(piece.secret) }
      }
      slot = (slot + 1) & (table.count - 1)
    }
    return nil
  }
}
