/// The low bytes of the words of all files of the beginning, slot by slot: what a search runs over.
///
/// A byte a word keeps 2^20 files of 64 slots within 64 MiB. Files whose bytes fit are compared by
/// whole words where the vocabulary has more than a byte can tell.
struct CatalogueColumns: Sendable {
  private let columns: [[UInt8]]
  private let count: Int

  /// Asks `word` for every file below `count` and every slot.
  init(count: Int, slots: Int, word: (_ file: Int, _ slot: Int) -> Int) {
    self.count = count
    columns = (0..<slots).map { slot in
      (0..<count).map { UInt8(truncatingIfNeeded: word($0, slot)) }
    }
  }

  /// The files whose low bytes are those of the query, ascending, every `stride`th from `first`.
  func candidates(_ query: [(slot: Int, word: Int)], from first: Int, by stride: Int) -> [Int] {
    guard let head = query.first else { return [] }
    let column = columns[head.slot]
    let byte = UInt8(truncatingIfNeeded: head.word)
    let others = query.dropFirst().map {
      (column: columns[$0.slot], byte: UInt8(truncatingIfNeeded: $0.word))
    }
    var found: [Int] = []
    var file = first
    while file < count {
      if column[file] == byte, others.allSatisfy({ $0.column[file] == $0.byte }) {
        found.append(file)
      }
      file += stride
    }
    return found
  }
}
