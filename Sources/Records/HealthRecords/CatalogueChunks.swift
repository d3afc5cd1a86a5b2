/// A sparse list in chunks that copies share until one of them writes to a chunk.
///
/// A write after a copy moves one chunk and a reference for each chunk, not the contents.
struct CatalogueChunks<Element: Sendable>: Sendable {
  private static var width: Int { 256 }

  private var chunks: [[Element]] = []
  private let blank: Element

  /// A list in which every element is `blank`.
  init(blank: Element) { self.blank = blank }

  /// The element at an index, not negative.
  subscript(index: Int) -> Element {
    get {
      let chunk = index / Self.width
      guard chunk < chunks.count, !chunks[chunk].isEmpty else { return blank }
      return chunks[chunk][index % Self.width]
    }
    set {
      let chunk = index / Self.width
      while chunks.count <= chunk { chunks.append([]) }
      if chunks[chunk].isEmpty {
        chunks[chunk] = [Element](repeating: blank, count: Self.width)
      }
      chunks[chunk][index % Self.width] = newValue
    }
  }

  /// Visits the elements of all chunks that were written to, ascending, from an index on.
  func forEach(from start: Int, _ body: (_ index: Int, _ element: Element) -> Void) {
    let first = start / Self.width
    guard first < chunks.count else { return }
    for chunk in first..<chunks.count {
      for (offset, element) in chunks[chunk].enumerated() {
        let index = chunk * Self.width + offset
        if index >= start { body(index, element) }
      }
    }
  }
}
