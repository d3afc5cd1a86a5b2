/// The name of an invariant, such as `P-1`; what it says stands in the catalogue of invariants.
///
/// A name is declared once, here or beside the invariants of another package.
public struct InvariantID: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The name in scenarios, tables and messages.
  public let name: String

  /// Declares an invariant.
  public init(_ name: String) { self.name = name }

  /// The name.
  public var description: String { name }

  /// Orders by name.
  public static func < (left: InvariantID, right: InvariantID) -> Bool { left.name < right.name }
}

// Invariants of PBFT.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension InvariantID {
  public static let p1 = InvariantID("P-1")
  public static let p2 = InvariantID("P-2")
  public static let p3 = InvariantID("P-3")
  public static let p4 = InvariantID("P-4")
  public static let p5 = InvariantID("P-5")
  public static let p6 = InvariantID("P-6")
  public static let p7 = InvariantID("P-7")
  public static let p8 = InvariantID("P-8")
  public static let p9 = InvariantID("P-9")
  public static let p10 = InvariantID("P-10")
  public static let p11 = InvariantID("P-11")
  public static let p12 = InvariantID("P-12")
  public static let p13 = InvariantID("P-13")
  public static let p14 = InvariantID("P-14")
  public static let p15 = InvariantID("P-15")
  public static let p16 = InvariantID("P-16")
  public static let p17 = InvariantID("P-17")
  public static let p18 = InvariantID("P-18")
}

// Invariants of progress of PBFT.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension InvariantID {
  public static let pl1 = InvariantID("PL-1")
  public static let pl2 = InvariantID("PL-2")
  public static let pl3 = InvariantID("PL-3")
  public static let pl4 = InvariantID("PL-4")
  public static let pl5 = InvariantID("PL-5")
}

// Invariants of the state sheet of sc-PBFT.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension InvariantID {
  public static let sc1 = InvariantID("SC-1")
  public static let sc2 = InvariantID("SC-2")
  public static let sc3 = InvariantID("SC-3")
  public static let sc4 = InvariantID("SC-4")
  public static let sc5 = InvariantID("SC-5")
  public static let sc6 = InvariantID("SC-6")
  public static let sc7 = InvariantID("SC-7")
  public static let sc8 = InvariantID("SC-8")
  public static let sc9 = InvariantID("SC-9")
  public static let sc10 = InvariantID("SC-10")
  public static let sc11 = InvariantID("SC-11")
  public static let sc12 = InvariantID("SC-12")
}

// Invariants of Raft.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension InvariantID {
  public static let r1 = InvariantID("R-1")
  public static let r2 = InvariantID("R-2")
  public static let r3 = InvariantID("R-3")
  public static let r4 = InvariantID("R-4")
  public static let r5 = InvariantID("R-5")
  public static let r6 = InvariantID("R-6")
  public static let r7 = InvariantID("R-7")
  public static let r8 = InvariantID("R-8")
  public static let r9 = InvariantID("R-9")
  public static let r10 = InvariantID("R-10")
  public static let r11 = InvariantID("R-11")
  public static let r12 = InvariantID("R-12")
  public static let r13 = InvariantID("R-13")
  public static let r14 = InvariantID("R-14")
  public static let r15 = InvariantID("R-15")
}

// Invariants of progress of Raft.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension InvariantID {
  public static let rl1 = InvariantID("RL-1")
}

// Invariants of proof of work.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension InvariantID {
  public static let w1 = InvariantID("W-1")
  public static let w2 = InvariantID("W-2")
  public static let w3 = InvariantID("W-3")
  public static let w4 = InvariantID("W-4")
  public static let w5 = InvariantID("W-5")
  public static let w6 = InvariantID("W-6")
  public static let w7 = InvariantID("W-7")
  public static let w8 = InvariantID("W-8")
  public static let w9 = InvariantID("W-9")
  public static let w10 = InvariantID("W-10")
}

// Invariants of the sharing of records.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension InvariantID {
  public static let e0 = InvariantID("E-0")
  public static let e1 = InvariantID("E-1")
  public static let e2 = InvariantID("E-2")
  public static let e3 = InvariantID("E-3")
  public static let e4 = InvariantID("E-4")
  public static let e5 = InvariantID("E-5")
  public static let e6 = InvariantID("E-6")
  public static let e7 = InvariantID("E-7")
  public static let e8 = InvariantID("E-8")
  public static let e9 = InvariantID("E-9")
}
