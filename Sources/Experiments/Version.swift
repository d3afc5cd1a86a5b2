/// The version of consim.
public enum Version {
  /// The version as a text; results carry it in their provenance.
  public static let text = "0.1.0"
}
