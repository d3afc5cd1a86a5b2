/// What a run must have for a key, or an item of a list, to have an effect.
package struct Need: Sendable {
  /// The condition in words, for messages: "a series that runs Raft".
  package let text: String

  /// Whether a run meets the condition.
  package let holds: @Sendable (WrittenKey) -> Bool

  /// Creates a condition.
  package init(_ text: String, _ holds: @escaping @Sendable (WrittenKey) -> Bool) {
    self.text = text
    self.holds = holds
  }

  /// Both conditions.
  package func and(_ other: Need) -> Need {
    Need("\(text), and \(other.text)") { holds($0) && other.holds($0) }
  }

  /// Several keys beside one another need a certain text of another key.
  package static func beside(_ key: String, _ texts: String...) -> Need {
    Need("'\(key): \(texts.joined(separator: "' or '\(key): "))'") { written in
      written.text(of: key).map { texts.contains($0) } ?? false
    }
  }

  /// Another key is written beside it.
  package static func with(_ key: String, or other: String? = nil) -> Need {
    Need("'\(key)'" + (other.map { " or '\($0)'" } ?? "")) { written in
      written.mapping[key] != nil || other.map { written.mapping[$0] != nil } ?? false
    }
  }
}

/// A key as one run has it: where it stands and what the run is.
package struct WrittenKey {
  /// The run, as the module that declares the keys describes it.
  package var run: any Sendable
  /// The mapping in which the key stands, or the item itself.
  package var mapping: YAMLNode
  /// The value of the key, or the item itself.
  package var value: YAMLNode

  /// Creates a key of a run.
  package init(run: any Sendable, mapping: YAMLNode, value: YAMLNode) {
    self.run = run
    self.mapping = mapping
    self.value = value
  }

  /// The text beside the key under another name, if it is written.
  package func text(of key: String) -> String? { mapping[key]?.scalarText }
}
