import Notation
import YAMLDocuments

/// A value of a swept key; an item `{ name: N, value: V }` is the value V, which tables call N.
struct AxisValue {
  /// The value.
  let node: YAMLNode
  /// What tables call it, if it has a name.
  let name: String?

  /// Reads an item of a list of values.
  init(_ item: YAMLNode) {
    if case .mapping(let entries) = item.content, entries.count == 2,
      let name = item["name"]?.scalarText, let value = item["value"]
    {
      node = value
      self.name = name
    } else {
      node = item
      name = nil
    }
  }

  /// What the command line and tables call it.
  var text: String { name ?? node.sweptText }
}
