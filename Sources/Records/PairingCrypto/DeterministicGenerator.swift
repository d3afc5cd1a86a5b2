import Crypto

/// A random number generator whose stream is fixed by a seed, a party and a purpose.
///
/// It lets a simulation with real cryptography repeat byte for byte. HMAC_DRBG with SHA-256
/// (NIST SP 800-90A §10.1.2) without reseeding; seed, party and purpose enter the state each with
/// its length, so no two triples share a stream. A copy continues with the same numbers as the
/// original: pass it `inout`, and give each secret its own purpose where copies would be made.
/// What it hashes is not counted. Whoever is not simulating uses `SystemRandomNumberGenerator`:
/// everything that draws takes any generator.
public struct DeterministicGenerator: RandomNumberGenerator, Sendable {
  /// Bytes a request: far below the 2^16 that SP 800-90A allows, many draws a state update.
  private static let requestByteCount = 256

  private var state: HMACGenerator
  private var pending: [UInt8] = []
  private var used = 0

  /// A stream for one party and one purpose under a seed of any length.
  public init(seed: [UInt8], party: String, purpose: String) {
    var material = Array("consim generator 1".utf8)
    for part in [seed, Array(party.utf8), Array(purpose.utf8)] {
      withUnsafeBytes(of: UInt64(part.count).bigEndian) { material.append(contentsOf: $0) }
      material.append(contentsOf: part)
    }
    state = HMACGenerator(seedMaterial: material)
  }

  /// A stream for one party and one purpose under a seed that is a number.
  ///
  /// The same as the eight big-endian bytes of the number.
  public init(seed: UInt64, party: String, purpose: String) {
    let bytes = withUnsafeBytes(of: seed.bigEndian) { Array($0) }
    self.init(seed: bytes, party: party, purpose: purpose)
  }

  /// The next eight bytes of the stream as a big-endian number.
  public mutating func next() -> UInt64 {
    if used == pending.count {
      pending = state.generate(count: Self.requestByteCount)
      used = 0
    }
    var word: UInt64 = 0
    for byte in pending[used..<used + 8] { word = word << 8 | UInt64(byte) }
    used += 8
    return word
  }
}

/// HMAC_DRBG with SHA-256: NIST SP 800-90A §10.1.2.
///
/// There is no additional input and no reseeding; the standard allows 2^48 requests, more than any
/// run makes.
struct HMACGenerator: Sendable {
  private var key = [UInt8](repeating: 0, count: SHA256.byteCount)
  private var value = [UInt8](repeating: 1, count: SHA256.byteCount)

  /// Instantiates: the material is entropy, nonce and personalisation string in this order.
  init(seedMaterial: [UInt8]) { update(seedMaterial) }

  private func authenticate(_ message: [UInt8]) -> [UInt8] {
    Array(HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key)))
  }

  private mutating func update(_ provided: [UInt8]) {
    key = authenticate(value + [0] + provided)
    value = authenticate(value)
    guard !provided.isEmpty else { return }
    key = authenticate(value + [1] + provided)
    value = authenticate(value)
  }

  /// The next bytes of the stream; each request ends with an update of the state.
  ///
  /// - Precondition: at most 2^16 bytes.
  mutating func generate(count: Int) -> [UInt8] {
    precondition(count <= 1 << 16, "\(count) bytes are too many for one request")
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + SHA256.byteCount)
    while bytes.count < count {
      value = authenticate(value)
      bytes.append(contentsOf: value)
    }
    update([])
    return Array(bytes.prefix(count))
  }
}

extension RandomNumberGenerator {
  /// Random bytes; a word drawn gives eight of them, big-endian, the rest of the last is dropped.
  mutating func bytes(count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    while bytes.count < count {
      withUnsafeBytes(of: next().bigEndian) { bytes.append(contentsOf: $0) }
    }
    return Array(bytes.prefix(count))
  }
}
