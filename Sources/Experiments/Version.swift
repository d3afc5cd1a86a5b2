import CBuild

/// The version of consim.
public enum Version {
  /// The version as a text; results carry it in their provenance.
  public static let text = "0.1.0"

  /// What ``model`` is in a program that `swift build` made alone.
  package static let unknownModel = "unknown"

  /// A digest of the sources that can reach a result, sixteen hexadecimal digits; `unknown` where
  /// the build did not say it.
  public static let model = String(cString: consim_model_version())
}
