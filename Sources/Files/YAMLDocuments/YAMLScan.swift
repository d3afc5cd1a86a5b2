import Notation

/// Walks over the tokens of a YAML text before it is parsed and refuses what a scenario never needs
/// and a parser may choke on.
///
/// Refused are anchors, aliases, merge keys, tags, directives, several documents, keys that are not
/// plain words, duplicate keys, deep nesting, and files with too many values. Aliases make a file of
/// 438 bytes grow to 16.8 million nodes, and duplicate keys are only reported with both places when
/// they are found here. The walk follows the token rules of libyaml (YAML 1.1) for the two contexts:
/// *block*, where indentation counts, and *flow*, inside brackets. Time and memory are linear in the
/// size of the text.
package struct YAMLScan {
  /// How many collections may be nested.
  package static let depthAtMost = 64

  /// How many values and keys a text may hold.
  package static let nodesAtMost = 100_000

  /// After this many problems the rest of the text is not read.
  package static let problemsAtMost = 60

  /// A collection in brackets.
  package struct Flow {
    package let isMapping: Bool
    package let offset: Int
    package let line: Int
    package var keys: [String: Int] = [:]
    /// Whether the entry we are in has its colon.
    package var hasColon = false
  }

  /// A collection by indentation.
  package struct Block {
    package let column: Int
    package var keys: [String: Int] = [:]
  }

  /// A token that becomes a key if a colon follows on its line.
  package struct PossibleKey {
    package let offset: Int
    package let column: Int
    package let line: Int
    /// The text of a scalar; nil for a collection.
    package let text: String?
    package let isPlain: Bool
  }

  package let source: SourceFile
  package let bytes: [UInt8]
  package let diagnostics: Diagnostics

  package var offset = 0
  package var lineStart = 0
  package var line = 1
  package var flows: [Flow] = []
  package var blocks: [Block] = []
  package var possibleKey: PossibleKey?
  package var nodes = 0
  package var hasContent = false
  package var isStopped = false
  private let reportedBefore: Int

  private init(_ source: SourceFile, _ diagnostics: Diagnostics) {
    self.source = source
    self.bytes = source.bytes
    self.diagnostics = diagnostics
    self.reportedBefore = diagnostics.count
  }

  /// Reports everything in the text that is refused.
  package static func check(_ source: SourceFile, into diagnostics: Diagnostics) {
    var scan = YAMLScan(source, diagnostics)
    scan.run()
  }

  private mutating func run() {
    while !isStopped {
      skipBlanksAndComments()
      guard offset < bytes.count else { break }
      if flows.isEmpty { leaveBlocks(deeperThan: column) }
      if column == 0, scanDocumentMarker() { continue }
      hasContent = true
      scanToken()
    }
    if !isStopped { reportOpenBrackets() }
  }

  /// The column in bytes, from 0.
  package var column: Int { offset - lineStart }

  package func byte(at index: Int) -> UInt8? { index < bytes.count ? bytes[index] : nil }

  /// Whether a blank, a line end or the end of the text is at `index`.
  package func isBlankOrEnd(at index: Int) -> Bool {
    switch byte(at: index) {
    case nil, 0x20, 0x09, 0x0A, 0x0D: true
    default: false
    }
  }

  package mutating func report(_ message: String, at offset: Int, length: Int = 1, hint: String) {
    diagnostics.error(message, at: source.location(at: offset, length: length), hint: hint)
    if diagnostics.count - reportedBefore >= Self.problemsAtMost { isStopped = true }
  }

  /// Steps over a line feed.
  package mutating func startLine() {
    offset += 1
    lineStart = offset
    line += 1
  }

  /// Goes to the line feed that ends this line, or to the end of the text.
  package mutating func skipLine() {
    while let next = byte(at: offset), next != 0x0A { offset += 1 }
  }

  private mutating func skipBlanksAndComments() {
    while let next = byte(at: offset) {
      switch next {
      case 0x20, 0x09, 0x0D: offset += 1
      case 0x0A: startLine()
      case UInt8(ascii: "#"):
        skipLine()
      default: return
      }
    }
  }

  /// Takes `---`, `...` and `%` at the start of a line; answers false when there is none.
  private mutating func scanDocumentMarker() -> Bool {
    if bytes[offset] == UInt8(ascii: "%") {
      report(
        "a YAML directive is not allowed in a scenario", at: offset, hint: "remove this line")
      isStopped = true
      return true
    }
    guard isMarker(at: offset) else { return false }
    if bytes[offset] == UInt8(ascii: "-") {
      if hasContent {
        report(
          "a second document begins here, and a scenario file holds one", at: offset, length: 3,
          hint: "put it in a file of its own")
        isStopped = true
      }
      hasContent = true
    }
    offset += 3
    blocks = []
    possibleKey = nil
    return true
  }

  /// Whether `---` or `...` stands alone at `index`.
  package func isMarker(at index: Int) -> Bool {
    guard let first = byte(at: index), first == UInt8(ascii: "-") || first == UInt8(ascii: ".")
    else { return false }
    return byte(at: index + 1) == first && byte(at: index + 2) == first
      && isBlankOrEnd(at: index + 3)
  }

  private mutating func reportOpenBrackets() {
    guard let open = flows.last else { return }
    let bracket = open.isMapping ? "{" : "["
    report(
      "'\(bracket)' is never closed", at: open.offset,
      hint: "add '\(open.isMapping ? "}" : "]")'")
  }
}
