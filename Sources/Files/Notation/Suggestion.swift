/// What a user most likely meant by a word that is none of those possible.
public enum Suggestion {
  /// The name nearest to a word, or nil when none is near.
  public static func nearest(to word: String, among names: [String]) -> String? {
    nearestName(to: word, among: names)
  }
}
