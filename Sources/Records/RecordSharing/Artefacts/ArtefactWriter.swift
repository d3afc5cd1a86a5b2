import PairingCrypto

/// The one serialiser of artefacts: it keeps the bytes, or counts them and marks their content.
///
/// The encoding is that of ``ByteWriter``. The counted engine lets the same code run without the
/// bytes, so that sizes can't differ from the real engine's.
public struct ArtefactWriter: Sendable {
  /// The set whose elements are written.
  public let parameters: ParameterSet
  /// How many bytes were written.
  public private(set) var byteCount = 0
  /// How many elements of G and G_T were written, each to be checked by who receives them.
  public private(set) var elementCount = 0
  /// A 64-bit mark of what was written, if it is only counted.
  private(set) var mark: UInt64 = 0x243F_6A88_85A3_08D3
  /// The elements of G and G_T, if only they are wanted.
  private(set) var elements: [[UInt8]] = []
  private var writer = ByteWriter()
  private let purpose: Purpose

  /// What becomes of the content; sizes are always counted.
  enum Purpose {
    case bytes
    case marks
    case sizes
    case elements
  }

  /// A writer for a purpose.
  init(_ parameters: ParameterSet, _ purpose: Purpose) {
    self.parameters = parameters
    self.purpose = purpose
  }

  /// What was written, unless it is only counted.
  var bytes: [UInt8] { writer.bytes }

  /// Appends version, parameter set and kind.
  mutating func header(_ kind: ArtefactKind) {
    write(ByteWriter.version)
    write(parameters.rawValue)
    write(kind.rawValue)
  }

  mutating func write(_ value: UInt8) {
    byteCount += 1
    switch purpose {
    case .bytes: writer.write(value)
    case .marks: fold(UInt64(value))
    case .sizes, .elements: break
    }
  }

  mutating func write(_ value: UInt16) {
    byteCount += 2
    switch purpose {
    case .bytes: writer.write(value)
    case .marks: fold(UInt64(value))
    case .sizes, .elements: break
    }
  }

  mutating func write(_ value: UInt32) {
    byteCount += 4
    switch purpose {
    case .bytes: writer.write(value)
    case .marks: fold(UInt64(value))
    case .sizes, .elements: break
    }
  }

  mutating func write(_ value: UInt64) {
    byteCount += 8
    switch purpose {
    case .bytes: writer.write(value)
    case .marks: fold(value)
    case .sizes, .elements: break
    }
  }

  /// Appends how many things follow, in four bytes.
  mutating func count(_ count: Int) {
    byteCount += 4
    switch purpose {
    case .bytes: writer.writeCount(count)
    case .marks: fold(UInt64(count))
    case .sizes, .elements: break
    }
  }

  /// Appends bytes whose number the reader knows.
  mutating func fixed(_ content: [UInt8]) {
    byteCount += content.count
    switch purpose {
    case .bytes: writer.writeFixed(content)
    case .marks: fold(RecordSharing.mark(of: content))
    case .sizes, .elements: break
    }
  }

  /// Appends bytes after their number.
  mutating func field(_ content: [UInt8]) {
    count(content.count)
    fixed(content)
  }

  /// Appends a text in UTF-8 after its length.
  mutating func text(_ content: String) { field(Array(content.utf8)) }

  /// Appends 32 bytes.
  mutating func digest(_ digest: ContentDigest) {
    byteCount += ContentDigest.byteCount
    switch purpose {
    case .bytes: writer.writeFixed(digest.bytes)
    case .marks: fold(digest.mark)
    case .sizes, .elements: break
    }
  }

  /// Appends the bytes of an element of G or G_T.
  mutating func element(_ content: @autoclosure () -> [UInt8], byteCount count: Int) {
    elementCount += 1
    switch purpose {
    case .bytes, .marks: fixed(content())
    case .sizes: byteCount += count
    case .elements: elements.append(content())
    }
  }

  /// Counts an element of G or G_T that is a mark.
  mutating func element(mark: UInt64, byteCount: Int) {
    elementCount += 1
    opaque(mark: mark, byteCount: byteCount)
  }

  /// Counts bytes that a mark stands for.
  mutating func opaque(mark: UInt64, byteCount count: Int) {
    precondition(purpose == .marks || purpose == .sizes, "a mark has no bytes")
    byteCount += count
    fold(mark)
  }

  private mutating func fold(_ word: UInt64) { mark = mixed(mark, word) }
}

/// One word that depends on both, in either order differently.
func mixed(_ a: UInt64, _ b: UInt64) -> UInt64 {
  scattered((a ^ 0x9E37_79B9_7F4A_7C15) &* 0xBF58_476D_1CE4_E5B9 &+ b)
}

/// A permutation of the words that leaves no pattern (the finaliser of SplitMix64).
func scattered(_ word: UInt64) -> UInt64 {
  var z = word
  z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
  return z ^ (z >> 31)
}

/// What a text or a sequence of bytes is told from others by.
func mark(of bytes: some Sequence<UInt8>) -> UInt64 {
  var mark: UInt64 = 0x6A09_E667_F3BC_C908
  for byte in bytes { mark = (mark ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
  return scattered(mark)
}

extension Artefact {
  /// The size of the encoding with its header.
  public func byteCount(_ parameters: ParameterSet) -> Int {
    encoding(parameters, .sizes).byteCount
  }

  /// The encoding with its header.
  func encoding(_ parameters: ParameterSet, _ purpose: ArtefactWriter.Purpose) -> ArtefactWriter {
    var writer = ArtefactWriter(parameters, purpose)
    writer.header(Self.kind)
    write(to: &writer)
    return writer
  }
}

extension Artefact where Elements == RealElements {
  /// The canonical bytes: a version, the parameter set, the kind and the content.
  public func encoded(_ parameters: ParameterSet) -> [UInt8] {
    encoding(parameters, .bytes).bytes
  }
}
