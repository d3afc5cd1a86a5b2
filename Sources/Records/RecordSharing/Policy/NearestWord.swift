/// How many edits (insert, delete, replace, swap neighbours) turn one word into the other, each
/// place edited at most once (optimal string alignment).
func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
  var beforeLast = [Int](repeating: 0, count: right.count + 1)
  var last = Array(0...right.count)
  for i in left.indices {
    var current = [Int](repeating: 0, count: right.count + 1)
    current[0] = i + 1
    for j in right.indices {
      let replaced = last[j] + (left[i] == right[j] ? 0 : 1)
      var best = min(replaced, last[j + 1] + 1, current[j] + 1)
      if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
        best = min(best, beforeLast[j - 1] + 1)
      }
      current[j + 1] = best
    }
    beforeLast = last
    last = current
  }
  return last[right.count]
}

/// The place of the name that was most likely meant, or nil when none is near.
///
/// Near is within 2 edits, or a third of the length for long names, and never as many edits as the
/// shorter word has letters. Ties go to the earlier name.
func nearestIndex(to word: String, among names: some Collection<String>) -> Int? {
  let written = Array(word.utf8)
  var best: (index: Int, distance: Int)?
  for (index, name) in names.enumerated() {
    let candidate = Array(name.utf8)
    let limit = min(max(2, candidate.count / 3), min(candidate.count, written.count) - 1)
    guard abs(candidate.count - written.count) <= limit else { continue }
    let distance = editDistance(written, candidate)
    guard distance <= limit, distance < best?.distance ?? .max else { continue }
    best = (index, distance)
  }
  return best?.index
}
