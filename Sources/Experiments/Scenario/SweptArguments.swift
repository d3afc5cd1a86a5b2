import Notation
import YAMLDocuments

// What the command line sweeps, and what it fixes of that which a file sweeps.
extension YAMLNode {
  /// The scenario with an axis of the file, which every variant has too.
  ///
  /// It replaces what the file sweeps of the key.
  func sweeping(_ axis: Substitution) -> YAMLNode {
    var tree = self
    tree = tree.mapping(at: "zip") { $0.removing([axis.path]) }
    for list in ["variants", "series"] {
      tree = tree.eachItem(of: list) { item in
        let own = item.mapping(at: "zip") { $0.removing([axis.path]) }
        return own.mapping(at: "sweep") {
          list == "series" ? $0.removing([axis.path]) : $0.setting(axis)
        }
      }
    }
    let sweep = tree["sweep"] ?? YAMLNode(.mapping([]), at: location)
    return tree.setting("sweep", to: sweep.setting(axis))
  }

  /// The scenario with one value for a key wherever it is swept, and the value.
  ///
  /// The value may be the name of a swept one.
  func pinning(_ setting: Substitution) -> (tree: YAMLNode, setting: Substitution) {
    let key = setting.path
    var chosen = setting.value
    var item = setting.value
    for part in [self] + (self["variants"]?.items ?? []) + (self["series"]?.items ?? []) {
      for values in [part["sweep"]?[key], part["zip"]?[key]] {
        for one in values?.items ?? [] {
          let value = AxisValue(one)
          if value.name != nil, value.name == setting.value.scalarText {
            chosen = YAMLNode(value.node.content, at: setting.value.location)
            item = one
          }
        }
      }
    }
    let axis = Substitution(
      path: key, at: setting.location,
      value: YAMLNode(.sequence([item]), at: setting.value.location))
    var tree = pinned(axis, grid: nil)
    let grid = tree["sweep"]
    tree = tree.eachItem(of: "variants") { $0.pinned(axis, grid: grid) }
    tree = tree.eachItem(of: "series") { $0.pinned(axis, grid: nil) }
    return (tree, Substitution(path: key, at: setting.location, value: chosen))
  }

  /// The same for the sweep of this mapping alone; a zipped key moves into its grid, which is a copy of
  /// `grid` where it has none.
  private func pinned(_ axis: Substitution, grid: YAMLNode?) -> YAMLNode {
    let isZipped = self["zip"]?[axis.path] != nil
    guard isZipped || self["sweep"]?[axis.path] != nil else { return self }
    let own = self["sweep"] ?? grid ?? YAMLNode(.mapping([]), at: location)
    return mapping(at: "zip") { $0.removing([axis.path]) }
      .setting("sweep", to: own.setting(axis))
  }

  /// The mapping with the value of an axis.
  private func setting(_ axis: Substitution) -> YAMLNode {
    guard case .mapping(let entries) = removing([axis.path]).content else { return self }
    let entry = Entry(key: axis.path, location: axis.location, value: axis.value)
    let place = self.entries.firstIndex { $0.key == axis.path } ?? entries.count
    return YAMLNode(.mapping(entries[..<place] + [entry] + entries[place...]), at: location)
  }

  private func mapping(at key: String, _ change: (YAMLNode) -> YAMLNode) -> YAMLNode {
    self[key].map { setting(key, to: change($0)) } ?? self
  }

  private func eachItem(of key: String, _ change: (YAMLNode) -> YAMLNode) -> YAMLNode {
    guard let list = self[key], case .sequence(let items) = list.content else { return self }
    return setting(key, to: YAMLNode(.sequence(items.map(change)), at: list.location))
  }
}

extension Substitution {
  /// Reads `key=a,b,c`, a list or a range in brackets, as given to `--sweep`; nil after a problem.
  init?(sweep argument: String, into diagnostics: Diagnostics) {
    guard let axis = Substitution(argument: argument, of: Self.sweepFlag, into: diagnostics) else {
      return nil
    }
    guard let text = axis.value.scalarText else {
      self = axis
      return
    }
    var column = axis.value.location.column
    let items = text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      let value = part.drop { $0 == " " }
      let place = Location(
        source: axis.value.location.source, line: 1, column: column + part.count - value.count,
        length: value.count)
      column += part.count + 1
      return YAMLNode(.scalar(String(value), isQuoted: false), at: place)
    }
    self.init(
      path: axis.path, at: axis.location, value: YAMLNode(.sequence(items), at: axis.value.location)
    )
  }

  /// The option that sweeps a key.
  static let sweepFlag = "--sweep"
}
