import RecordSharing
import Testing

@Suite struct PolicyFuzzTests {
  private static let seeds = [
    "(cardiology AND doctor) OR 2 of (a, b, c)", "a and b or c", "2 of (a, 3 of (b, c, d, e), f)",
    "((((a))))", "1 of (a#2, !b) && ()",
  ].map { Array($0.utf8) }

  @Test("Altered texts give policies or problems inside the text", arguments: 0..<4)
  func mutations(seed: Int) throws {
    var generator = SeededGenerator(UInt64(seed) &+ 400)
    var read = 0
    for _ in 0..<25_000 {
      let bytes = generator.mutated(Self.seeds[generator.below(Self.seeds.count)])
      read += try Self.check(String(decoding: bytes, as: UTF8.self)) ? 1 : 0
    }
    #expect((1000..<25_000).contains(read))
  }

  @Test("Random words of the syntax give policies or problems inside the text", arguments: 0..<2)
  func words(seed: Int) throws {
    var generator = SeededGenerator(UInt64(seed) &+ 800)
    let words = [
      "a", "b", "AND", "or", "of", "not", "(", ")", ",", "2", "3", "1", "0", "\n", "#", "é", "&&",
      "99999999999999999999",
    ]
    for _ in 0..<5000 {
      let count = 1 + generator.below(12)
      let text = (0..<count).map { _ in words[generator.below(words.count)] }
        .joined(separator: generator.below(2) == 0 ? " " : "")
      _ = try Self.check(text)
    }
  }

  /// Whether a text is a policy; what comes out is consistent either way.
  private static func check(_ text: String) throws -> Bool {
    let found = problems(text)
    guard !found.isEmpty else {
      let policy = try AccessPolicy.parse(text)
      try #require(try AccessPolicy.parse(policy.description) == policy)
      return true
    }
    let count = text.utf8.count
    try #require(found.count <= 21)
    try #require(found.allSatisfy { (0...count).contains($0.offset) })
    try #require(found.map(\.offset) == found.map(\.offset).sorted())
    // The first one is shown, which decodes the text anew.
    try #require(!found[0].description.isEmpty)
    return false
  }
}
