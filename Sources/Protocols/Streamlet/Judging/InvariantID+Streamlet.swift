import ConsensusCore
import Invariants

// Invariants of Streamlet.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension InvariantID {
  public static let s1 = InvariantID("S-1")
  public static let s2 = InvariantID("S-2")
  public static let s3 = InvariantID("S-3")
  public static let s4 = InvariantID("S-4")
  public static let s5 = InvariantID("S-5")
  public static let s6 = InvariantID("S-6")
  public static let s7 = InvariantID("S-7")
  public static let sl1 = InvariantID("SL-1")
  public static let sl2 = InvariantID("SL-2")
}

extension InvariantSubject {
  /// Streamlet.
  public static let streamlet = InvariantSubject(rawValue: "Streamlet")
}

/// What the probes of Streamlet watch.
enum StreamletCatalog {
  static let all: [InvariantDescription] = [
    entry(
      .s1, .probe, "Streamlet §3",
      "No two honest replicas finalise different blocks at one height."),
    entry(
      .s2, .probe, "Streamlet §2", "An honest replica votes once an epoch, restarts included."),
    entry(
      .s3, .probe, "Streamlet §2",
      "What is notarised has ceil(2n / 3) voters, and the honest ones of them voted for it."),
    entry(
      .s4, .probe, "Streamlet §2",
      "An honest vote extends a longest notarised chain of the voter, restarts included."),
    entry(
      .s5, .probe, "Streamlet §2", "An honest vote is for a block of the epoch's leader."),
    entry(
      .s6, .probe, "Streamlet §2",
      "Blocks become final in order, each below three notarised ones of consecutive epochs."),
    entry(
      .s7, .probe, "PBFT §4.1",
      "Requests take effect once and the history of accepted results is linearizable."),
    entry(
      .sl1, .probeIfPromised, "Streamlet §3",
      "In a synchronous run five epochs of honest leaders in a row bring a new final block."),
    entry(
      .sl2, .probeIfPromised, "Streamlet §3",
      "With a connected quorum of honest replicas every request takes effect."),
  ]

  private static func entry(
    _ id: InvariantID, _ watch: InvariantWatch, _ source: String, _ statement: String
  ) -> InvariantDescription {
    InvariantDescription(
      id: id, subject: .streamlet, watch: watch, statement: statement, source: source)
  }
}
