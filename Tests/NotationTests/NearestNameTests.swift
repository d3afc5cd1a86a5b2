import Testing

@testable import Notation

@Suite struct NearestNameTests {
  @Test(
    "The distance counts inserted, deleted, replaced and swapped letters",
    arguments: [
      ("", "", 0), ("", "abc", 3), ("abc", "", 3), ("abc", "abc", 0), ("abc", "abd", 1),
      ("abc", "acb", 1), ("bandwith", "bandwidth", 1), ("kitten", "sitting", 3), ("ca", "abc", 3),
      ("é", "e", 1),
    ])
  func distance(left: String, right: String, expected: Int) {
    #expect(editDistance(left, right) == expected)
    #expect(editDistance(right, left) == expected)
  }

  @Test(
    "A near name is suggested and a far one is not",
    arguments: [
      ("bandwith", "bandwidth"), ("Latency", "latency"), ("latnecy", "latency"),
      ("view_timeout", "view-timeout"), ("lattency-budget", nil), ("x", nil), ("", nil),
      ("zzzzzz", nil), ("view-timeuot-mx", "view-timeout"),
    ] as [(String, String?)])
  func nearest(word: String, expected: String?) {
    #expect(
      nearestName(to: word, among: ["latency", "bandwidth", "view-timeout", "n"]) == expected)
  }

  @Test("Names are listed with commas and a last word")
  func lists() {
    #expect(listed([]) == "nothing")
    #expect(listed(["a"]) == "'a'")
    #expect(listed(["a", "b"]) == "'a' or 'b'")
    #expect(listed(["a", "b", "c"], or: "and") == "'a', 'b' and 'c'")
  }
}
