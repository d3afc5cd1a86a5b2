/// How many edits (insert, delete, replace, swap neighbours) turn one word into the other, each
/// place edited at most once (optimal string alignment).
package func editDistance(_ left: String, _ right: String) -> Int {
  let a = Array(left.unicodeScalars)
  let b = Array(right.unicodeScalars)
  var beforeLast = [Int](repeating: 0, count: b.count + 1)
  var last = Array(0...b.count)
  for i in 0..<a.count {
    var current = [i + 1] + [Int](repeating: 0, count: b.count)
    for j in 0..<b.count {
      let replaced = last[j] + (a[i] == b[j] ? 0 : 1)
      var best = min(replaced, last[j + 1] + 1, current[j] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        best = min(best, beforeLast[j - 1] + 1)
      }
      current[j + 1] = best
    }
    beforeLast = last
    last = current
  }
  return last[b.count]
}

/// The name a user most likely meant, or nil when none is near.
///
/// Near is within 2 edits, or a third of the length for long names, and never as many edits as the
/// word has letters. Upper case and `_` for `-` cost nothing. Ties go to the earlier name.
package func nearestName(to word: String, among names: [String]) -> String? {
  guard word.utf8.count <= 64 else { return nil }
  let written = normalised(word)
  var best: (name: String, distance: Int)?
  for name in names {
    let distance = editDistance(written, normalised(name))
    let limit = min(max(2, name.count / 3), max(name.count, word.count) - 1)
    guard distance <= limit, distance < best?.distance ?? .max else { continue }
    best = (name, distance)
  }
  return best?.name
}

/// Names that differ only in case or in the kind of dash are the same to a reader.
private func normalised(_ name: String) -> String {
  String(name.lowercased().map { $0 == "_" || $0 == " " ? "-" : $0 })
}

/// Names in quotes, separated by commas and a last "or", as messages list them.
package func listed(_ names: [String], or word: String = "or") -> String {
  let quoted = names.map { "'\($0)'" }
  guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "nothing" }
  return quoted.dropLast().joined(separator: ", ") + " \(word) " + last
}
