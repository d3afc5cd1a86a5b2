import Synchronization

/// A key of a mapping and the property that it sets: from this one row come the declaration, the
/// reading, the writing, the schema and the documentation.
public struct Field<Root>: Sendable {
  /// The declaration of the key.
  public private(set) var key: KeySpec
  private let read: @Sendable (MappingReader, inout Root) -> Void
  private let write: @Sendable (Root) -> YAMLNode?

  /// Creates a field whose reading and writing are more than those of one value.
  public init(
    _ key: KeySpec, read: @escaping @Sendable (MappingReader, inout Root) -> Void,
    write: @escaping @Sendable (Root) -> YAMLNode?
  ) {
    self.key = key
    self.read = read
    self.write = write
  }

  /// A key that stands for `fallback` where it is left out.
  public static func field<Value>(
    _ name: String, _ codec: Codec<Value>, default fallback: String,
    _ path: any WritableKeyPath<Root, Value> & Sendable, _ doc: String
  ) -> Field {
    let key = KeySpec.key(name, codec.kind, default: fallback, doc)
    let written = WrittenDefault()
    return Field(
      key, read: { reader, root in root[keyPath: path] = codec.read(reader[name]) },
      write: { root in
        let node = codec.write(root[keyPath: path])
        return YAMLText.flow(node) == written.text { codec.flow(ofDefault: key) } ? nil : node
      })
  }

  /// A key that must be written.
  public static func required<Value>(
    _ name: String, _ codec: Codec<Value>, _ path: any WritableKeyPath<Root, Value> & Sendable,
    _ doc: String
  ) -> Field {
    Field(
      .required(name, codec.kind, doc),
      read: { reader, root in root[keyPath: path] = codec.read(reader[name]) },
      write: { codec.write($0[keyPath: path]) })
  }

  /// A key whose absence means something of its own.
  public static func optional<Value>(
    _ name: String, _ codec: Codec<Value>, _ path: any WritableKeyPath<Root, Value?> & Sendable,
    _ doc: String
  ) -> Field {
    Field(
      .optional(name, codec.kind, doc),
      read: { reader, root in root[keyPath: path] = reader.optional(name).map(codec.read) },
      write: { $0[keyPath: path].map(codec.write) })
  }

  /// The field with a condition of its effect.
  package func needing(_ need: Need) -> Field {
    var field = self
    field.key = key.needing(need)
    return field
  }

  func read(_ reader: MappingReader, into root: inout Root) { read(reader, &root) }
  func node(of root: Root) -> YAMLNode? { write(root) }
}

/// The default of a key as it would be written, which is made once.
private final class WrittenDefault: Sendable {
  private let known = Mutex<String?>(nil)

  func text(_ make: () -> String?) -> String? {
    if let text = known.withLock({ $0 }) { return text }
    // Two threads may make it at once, and both make the same.
    let text = make()
    known.withLock { $0 = text }
    return text
  }
}

extension Codec {
  /// The value of a key that is left out, as it would be written.
  fileprivate func flow(ofDefault key: KeySpec) -> String? {
    guard case .defaulted(let text) = key.presence else { return nil }
    let node = key.node(forDefault: text, at: .nowhere)
    let reader = ValueReader(
      node: node, path: key.name, kind: kind, location: .nowhere, diagnostics: Diagnostics())
    return YAMLText.flow(write(read(reader)))
  }
}

/// The keys of a mapping and the value that they describe together.
public struct Section<Root>: Sendable {
  /// The declaration of the keys.
  public private(set) var spec: MappingSpec
  private let fields: [Field<Root>]
  private let initial: @Sendable () -> Root
  private let check: @Sendable (MappingReader, inout Root) -> Void

  /// Declares a mapping.
  ///
  /// - Parameters:
  ///   - name: What the mapping is called in schema and tables, a kebab-case noun.
  ///   - doc: What it describes, in one sentence.
  ///   - initial: A value whose properties the fields set.
  ///   - fields: The keys, in the order of the documentation.
  ///   - rules: Which keys go together.
  ///   - check: Reports what single values do not show.
  public init(
    _ name: String, _ doc: String, initial: @escaping @Sendable () -> Root,
    fields: [Field<Root>], rules: [MappingSpec.Rule] = [],
    check: @escaping @Sendable (MappingReader, inout Root) -> Void = { _, _ in }
  ) {
    spec = MappingSpec(name, doc, keys: fields.map(\.key), rules: rules)
    self.fields = fields
    self.initial = initial
    self.check = check
  }

  /// The section with a condition for such an item of a list to have an effect.
  package func needing(_ need: Need) -> Section {
    var section = self
    section.spec = MappingSpec(
      spec.name, spec.doc, keys: spec.keys, rules: spec.rules, need: need)
    return section
  }

  /// Reads the value of a mapping.
  public func read(_ reader: MappingReader) -> Root {
    var root = initial()
    for field in fields { field.read(reader, into: &root) }
    check(reader, &root)
    return root
  }

  /// Writes a value: a mapping of the keys that differ from their defaults.
  public func node(of root: Root) -> YAMLNode {
    .made(fields.map { (key: $0.key.name, value: $0.node(of: root)) })
  }

  /// How the value stands under a key.
  public var codec: Codec<Root> {
    Codec(.mapping(spec), read: { $0.mapping(read) }, write: { node(of: $0) })
  }
}
