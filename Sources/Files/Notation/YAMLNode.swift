/// A value of a YAML text with the place where it was written.
///
/// Scalars are kept as text: what `010` or `1:30` means is decided by the key that reads them, never
/// by YAML 1.1, which would answer 8 and 90.
public struct YAMLNode: Sendable {
  /// What a node holds.
  public enum Content: Sendable {
    /// A text, and whether it stood in quotes or in a block (`|`, `>`).
    case scalar(String, isQuoted: Bool)
    /// Values by key, in the order of the text, no key twice.
    case mapping([Entry])
    /// Values in order.
    case sequence([YAMLNode])
  }

  /// A key of a mapping with its value.
  public struct Entry: Sendable {
    /// The key.
    public var key: String
    /// Where the key was written.
    public var location: Location
    /// The value.
    public var value: YAMLNode

    /// Creates an entry.
    public init(key: String, location: Location, value: YAMLNode) {
      self.key = key
      self.location = location
      self.value = value
    }
  }

  /// What the node holds.
  public var content: Content

  /// Where it was written.
  public var location: Location

  /// Creates a node.
  public init(_ content: Content, at location: Location) {
    self.content = content
    self.location = location
  }

  /// Whether nothing was written: an empty value, `~` or `null`.
  public var isNothing: Bool {
    guard case .scalar(let text, isQuoted: false) = content else { return false }
    return text.isEmpty || text == "~" || text == "null" || text == "Null" || text == "NULL"
  }

  /// The value of a key, or nil when this is no mapping or has no such key.
  public subscript(key: String) -> YAMLNode? {
    guard case .mapping(let entries) = content else { return nil }
    return entries.first { $0.key == key }?.value
  }

  /// What was found, as messages say it: "a list", "'10'", "nothing".
  public var summary: String {
    switch content {
    case .mapping: return "a mapping"
    case .sequence: return "a list"
    case .scalar(let text, let isQuoted):
      if isNothing { return "nothing" }
      let line = text.split(separator: "\n", omittingEmptySubsequences: false).first ?? ""
      let short = line.count > 40 || line.count < text.count ? line.prefix(40) + "…" : line
      return isQuoted ? "the quoted text \"\(short)\"" : "'\(short)'"
    }
  }
}

extension YAMLNode {
  /// The form the value was written in.
  package var form: ValueKind.Form {
    switch content {
    case .scalar: .scalar
    case .sequence: .list
    case .mapping: .mapping
    }
  }
}
