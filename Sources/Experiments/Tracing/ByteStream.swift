import Tables

/// Bytes on their way into a file descriptor, in chunks, so that a trace of any length needs little
/// memory.
struct ByteStream: Sendable {
  /// The number of the system's error that ended the stream, or 0; afterwards nothing is written.
  private(set) var failure: Int32 = 0

  private let descriptor: Int32
  private var buffer: [UInt8] = []
  /// The bytes of the chunks that were written.
  private var written = 0

  /// The bytes so far.
  var count: Int { written + buffer.count }

  private static let chunk = 1 << 16

  /// Creates a stream into an open descriptor, which it does not close.
  init(descriptor: Int32) {
    self.descriptor = descriptor
    buffer.reserveCapacity(Self.chunk + 1024)
  }

  /// Appends the UTF-8 of a text that needs no escaping.
  mutating func append(_ text: String) { buffer.append(contentsOf: text.utf8) }

  /// Appends one byte.
  mutating func append(_ byte: UInt8) { buffer.append(byte) }

  /// Appends a text as the inside of a JSON string.
  mutating func appendEscaped(_ text: String) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        buffer.append(UInt8(ascii: "\\"))
        buffer.append(byte)
      case 0..<0x20:
        let digits = Array("0123456789abcdef".utf8)
        append("\\u00")
        buffer.append(digits[Int(byte >> 4)])
        buffer.append(digits[Int(byte & 15)])
      default: buffer.append(byte)
      }
    }
  }

  /// Ends a line and writes the chunk if it is full.
  mutating func endLine() {
    buffer.append(UInt8(ascii: "\n"))
    if buffer.count >= Self.chunk { flush() }
  }

  /// Writes what is left.
  mutating func flush() {
    written += buffer.count
    if failure == 0 { failure = OutputFile.writeAll(buffer, to: descriptor) }
    buffer.removeAll(keepingCapacity: true)
  }
}
