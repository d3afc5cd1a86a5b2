import Tables

/// The contents of the file of one run: five lines of head, then the result.
///
/// The head names the format, the model version and the key, and has the length of the result and its
/// SHA-256, by which a torn file is known.
struct RunFile {
  /// The model version that made the result.
  let model: String
  /// The text of the key.
  let key: String
  /// The lines of ``RunText``.
  let body: ArraySlice<UInt8>

  private static let format = "consim-run 1"

  /// The whole file.
  static func bytes(model: String, key: String, body: [UInt8]) -> [UInt8] {
    let head =
      "\(format)\nmodel \(model)\nkey \(key)\nbytes \(body.count)\nsha256 \(SHA256Digest(of: body))\n"
    return Array(head.utf8) + body
  }

  /// Reads a whole file.
  ///
  /// - Throws: ``RunTextError`` where it is not whole, or not what was written.
  init(_ bytes: [UInt8]) throws(RunTextError) {
    var rest = bytes[...]
    guard Self.line(&rest) == Self.format else {
      throw RunTextError(problem: "it does not begin with '\(Self.format)'")
    }
    model = try Self.value("model", &rest)
    key = try Self.value("key", &rest)
    let length = try Self.value("bytes", &rest)
    let digest = try Self.value("sha256", &rest)
    guard length == "\(rest.count)" else {
      throw RunTextError(problem: "it has \(rest.count) bytes of a result of \(length)")
    }
    guard SHA256Digest(of: rest).description == digest else {
      throw RunTextError(problem: "the SHA-256 of its result is another")
    }
    body = rest
  }

  private static func line(_ rest: inout ArraySlice<UInt8>) -> String? {
    guard let end = rest.prefix(200).firstIndex(of: 0x0A) else { return nil }
    defer { rest = rest[(end + 1)...] }
    return String(decoding: rest[..<end], as: UTF8.self)
  }

  private static func value(
    _ name: String, _ rest: inout ArraySlice<UInt8>
  ) throws(RunTextError) -> String {
    guard let line = line(&rest), line.hasPrefix(name + " ") else {
      throw RunTextError(problem: "its head has no '\(name)'")
    }
    return String(line.dropFirst(name.count + 1))
  }
}
