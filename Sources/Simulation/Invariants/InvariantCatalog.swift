import ConsensusCore

/// What an invariant speaks of.
///
/// A protocol of another module declares its own.
public struct InvariantSubject: RawRepresentable, Hashable, Sendable {
  /// The name in the list of invariants.
  public let rawValue: String

  /// Declares a subject.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// PBFT, and sc-PBFT as well.
  public static let pbft = InvariantSubject(rawValue: "PBFT")
  /// sc-PBFT only.
  public static let checkedPBFT = InvariantSubject(rawValue: "sc-PBFT")
  /// Raft.
  public static let raft = InvariantSubject(rawValue: "Raft")
  /// Proof of work.
  public static let proofOfWork = InvariantSubject(rawValue: "PoW")
  /// The sharing of records, over any of them.
  public static let records = InvariantSubject(rawValue: "records")
}

/// How an invariant is watched.
public enum InvariantWatch: String, Hashable, Sendable, CaseIterable {
  /// A probe reports violations in every run.
  case probe
  /// A probe reports violations if the scenario promises what the invariant presupposes.
  case probeIfPromised = "probe-if-promised"
  /// A probe counts; nothing is a violation.
  case counter
  /// Tests check it: it compares runs, or needs to know the scenario.
  case tests
}

/// One invariant, for documentation and for names in scenario files.
public struct InvariantDescription: Hashable, Sendable {
  /// The name, such as `P-1`.
  public let id: InvariantID
  /// What it speaks of.
  public let subject: InvariantSubject
  /// How it is watched.
  public let watch: InvariantWatch
  /// What it says, in one sentence.
  public let statement: String
  /// Where it comes from.
  public let source: String

  /// Describes an invariant.
  public init(
    id: InvariantID, subject: InvariantSubject, watch: InvariantWatch, statement: String,
    source: String
  ) {
    self.id = id
    self.subject = subject
    self.watch = watch
    self.statement = statement
    self.source = source
  }
}

/// All invariants.
public enum InvariantCatalog {
  /// The invariants in the order of their names, then those of further protocols.
  public static var all: [InvariantDescription] { builtIn + further }

  /// What they speak of, each once, in that order.
  public static var subjects: [InvariantSubject] {
    all.reduce(into: []) { if !$0.contains($1.subject) { $0.append($1.subject) } }
  }

  private static let builtIn = pbft + checkedPBFT + raft + proofOfWork + records
  nonisolated(unsafe) private static var further: [InvariantDescription] = []

  /// Makes invariants of another module known.
  ///
  /// - Precondition: No scenario was read yet, and no name is taken.
  package static func register(_ invariants: [InvariantDescription]) {
    for invariant in invariants {
      precondition(
        description(of: invariant.id) == nil, "there are two invariants '\(invariant.id)'")
      further.append(invariant)
    }
  }

  /// The invariant of this name, if there is one.
  public static func description(of id: InvariantID) -> InvariantDescription? {
    all.first { $0.id == id }
  }

  private static func entry(
    _ id: InvariantID, _ subject: InvariantSubject, _ watch: InvariantWatch, _ source: String,
    _ statement: String
  ) -> InvariantDescription {
    InvariantDescription(
      id: id, subject: subject, watch: watch, statement: statement, source: source)
  }

  private static let pbft: [InvariantDescription] = [
    entry(
      .p1, .pbft, .probe, "PBFT §3",
      "No two honest replicas execute or commit different batches at one sequence number."),
    entry(
      .p2, .pbft, .probe, "PBFT §4.2",
      "An honest replica executes every sequence number once and in order, restarts included."),
    entry(
      .p3, .pbft, .probe, "PBFT §4.1",
      "What is executed was asked and signed by its client; the null request changes nothing."),
    entry(
      .p4, .pbft, .probe, "PBFT §4.1",
      "A request takes effect at most once, and timestamps that take effect grow per client."),
    entry(
      .p5, .pbft, .probe, "PBFT §4.2",
      "Honest replicas prepare at most one digest at one view and sequence number."),
    entry(
      .p6, .pbft, .probe, "PBFT §4.2",
      "When a batch is committed at an honest replica, f + 1 honest replicas prepared it."),
    entry(
      .p7, .pbft, .probe, "PBFT §4.4",
      "Honest replicas accept nothing but the committed batch at its sequence number later on."),
    entry(
      .p8, .pbft, .probe, "PBFT §4.2",
      "An honest replica accepts, prepares and commits one digest at one view and sequence number."),
    entry(
      .p9, .pbft, .probe, "PBFT §4.2",
      "Accepted sequence numbers lie between the watermarks."),
    entry(
      .p10, .pbft, .probe, "PBFT §4.4",
      "After VIEW-CHANGE a replica accepts and sends no proposal or vote of an earlier view."),
    entry(.p11, .pbft, .probe, "PBFT §4.4", "A replica's view never goes back."),
    entry(
      .p12, .pbft, .probe, "PBFT §4.4",
      "A NEW-VIEW holds a quorum of valid VIEW-CHANGEs and proposes just what they imply."),
    entry(
      .p13, .pbft, .probe, "PBFT §4.4",
      "A VIEW-CHANGE holds valid certificates of earlier views, for all that its sender prepared."),
    entry(
      .p14, .pbft, .probe, "PBFT §4.3",
      "Honest states at one sequence number are equal, and stable ones have a quorum."),
    entry(
      .p15, .pbft, .probe, "PBFT §4.2",
      "Quorums count distinct authentic signers, never the primary's PREPARE."),
    entry(
      .p16, .pbft, .probe, "PBFT §4.1",
      "Results that clients accept form a linearizable history of honest executions."),
    entry(
      .p17, .pbft, .probe, "Model §4.3",
      "Certificates have ceil((n + f + 1) / 2) members, also where that is not 2f + 1."),
    entry(
      .p18, .pbft, .probeIfPromised, "PBFT §4.2",
      "Without faults a batch costs 1, n - 1 and n broadcasts and n replies per request."),
    entry(
      .pl1, .pbft, .probeIfPromised, "PBFT §4.5.2",
      "After stabilisation every request executes within the time-outs of the views needed."),
    entry(
      .pl2, .pbft, .probeIfPromised, "PBFT §4.5.2",
      "In a synchronous run without faults nobody asks for another view."),
    entry(
      .pl3, .pbft, .tests, "PBFT §4.5.2",
      "f + 1 VIEW-CHANGEs for higher views make a replica join the smallest of them."),
    entry(
      .pl4, .pbft, .tests, "PBFT §4.5.2",
      "The time-out doubles with every failed view and is reset by progress."),
    entry(
      .pl5, .pbft, .probeIfPromised, "PBFT §5.3",
      "A replica that lags reaches the others' state when the faults are over."),
  ]

  private static let checkedPBFT: [InvariantDescription] = [
    entry(
      .sc1, .checkedPBFT, .probe, "Paper §III-B",
      "Entries of the state sheet change only as the paper's table of states allows."),
    entry(
      .sc2, .checkedPBFT, .probe, "Model §4.2",
      "Nobody is proven malicious who is not Byzantine."),
    entry(
      .sc3, .checkedPBFT, .counter, "Model §4.4",
      "Honest nodes that are isolated are counted."),
    entry(
      .sc4, .checkedPBFT, .probe, "Paper §III-B",
      "A primary is marked for each turn that f + 1 saw time out, as malicious at the second in a "
        + "row, or at a proof."),
    entry(
      .sc5, .checkedPBFT, .probe, "Paper §III-C",
      "No honest replica votes for a new proposal of a primary malicious in its own sheet."),
    entry(
      .sc6, .checkedPBFT, .probe, "Paper §III-C",
      "Honest replicas in one view follow the same primary."),
    entry(
      .sc7, .checkedPBFT, .probeIfPromised, "Model §4.2",
      "When the faults are over honest sheets agree on who is malicious."),
    entry(
      .sc8, .checkedPBFT, .tests, "Model §4.4",
      "Safety holds whatever the sheets say."),
    entry(
      .sc9, .checkedPBFT, .probe, "Model §4.3",
      "One CONFIG block removes at most f members and adds none."),
    entry(
      .sc10, .checkedPBFT, .probe, "Paper §III-B",
      "The isolation area's counter is the number of marks as unstable."),
    entry(
      .sc11, .checkedPBFT, .probe, "Model §4.2", "The sheet survives a restart."),
    entry(
      .sc12, .checkedPBFT, .tests, "Paper §III-B",
      "Without faults a run of sc-PBFT equals one of PBFT."),
  ]

  private static let raft: [InvariantDescription] = [
    entry(.r1, .raft, .probe, "Raft Figure 3", "At most one replica ever leads a term."),
    entry(.r2, .raft, .probe, "Raft Figure 3", "A leader only appends to its log."),
    entry(
      .r3, .raft, .probe, "Raft Figure 3",
      "Logs with an entry of equal index and term are equal up to it."),
    entry(
      .r4, .raft, .probe, "Raft Figure 3",
      "Leaders of later terms have every entry committed in earlier ones."),
    entry(
      .r5, .raft, .probe, "Raft Figure 3", "No two replicas apply different entries at one index."
    ),
    entry(
      .r6, .raft, .probe, "Raft §5.2",
      "Terms never go back and a replica votes once a term, restarts included."),
    entry(
      .r7, .raft, .probe, "Raft §5.3",
      "The commit index grows and stays within what a majority holds."),
    entry(.r8, .raft, .probe, "Raft §5.4.2", "Leaders count replicas only for their own term."),
    entry(
      .r9, .raft, .probe, "Raft §5.3", "A follower's log agrees up to its match index."),
    entry(
      .r10, .raft, .probe, "Raft §5.4.1",
      "A vote goes to a candidate whose log is at least as up to date."),
    entry(
      .r11, .raft, .probe, "Raft §5.3",
      "Followers truncate only at a conflict, and never what is committed."),
    entry(
      .r12, .raft, .probe, "Raft §5.1", "Only the leader of the current term counts answers."),
    entry(.r13, .raft, .probe, "Raft §5.3", "Entries are applied once and in order."),
    entry(
      .r14, .raft, .probe, "Raft §8",
      "Requests take effect once and the history of accepted results is linearizable."),
    entry(
      .r15, .raft, .probe, "Raft §7",
      "Snapshots hold committed entries only, with the right last term."),
    entry(
      .rl1, .raft, .probeIfPromised, "Raft §5.6",
      "With a connected majority a leader emerges and commits."),
  ]

  private static let proofOfWork: [InvariantDescription] = [
    entry(
      .w1, .proofOfWork, .probeIfPromised, "Nakamoto §11",
      "Chains of honest miners without their last k blocks are prefixes of later ones."),
    entry(
      .w2, .proofOfWork, .probeIfPromised, "Backbone §3.2",
      "Any l blocks in a row hold at least a given share of honest ones."),
    entry(
      .w3, .proofOfWork, .probeIfPromised, "Backbone §3.2",
      "The chain grows at a rate within given bounds."),
    entry(
      .w4, .proofOfWork, .probe, "Nakamoto §5", "Every accepted block obeys the rules."),
    entry(
      .w5, .proofOfWork, .probe, "Nakamoto §5",
      "The tip has the most work, and changes only for strictly more."),
    entry(
      .w6, .proofOfWork, .probe, "Nakamoto §5",
      "The ledger is the replay of the chain; no transaction takes effect twice."),
    entry(
      .w7, .proofOfWork, .probe, "Nakamoto §4", "Every block on a chain was mined once."),
    entry(
      .w8, .proofOfWork, .counter, "Nakamoto §4",
      "Intervals are exponential and shares proportional to hash power."),
    entry(
      .w9, .proofOfWork, .probeIfPromised, "Nakamoto §5",
      "When the faults are over miners agree but for the last k blocks."),
    entry(.w10, .proofOfWork, .probe, "Nakamoto §2", "All miners share the genesis block."),
  ]
  private static let records: [InvariantDescription] = [
    entry(
      .e0, .records, .probe, "Sharing §9",
      "Costs and sizes are those of what is really carried out, and the parts of times add up."),
    entry(
      .e1, .records, .probe, "Paper §II-C step 6",
      "Only who satisfies the policy, is not revoked and holds what the chain hashed reads it."),
    entry(
      .e2, .records, .probe, "Paper §II-C step 4",
      "The cloud refuses wrong digests and signatures, and names a location only after storing."),
    entry(
      .e3, .records, .probe, "Paper §II-C step 4",
      "Only transactions of those who may submit them take effect."),
    entry(
      .e4, .records, .probe, "Paper §II-C step 5",
      "A search answers exactly the files that match, or the failure symbol."),
    entry(
      .e5, .records, .probe, "Paper §II-C step 4",
      "A location is acknowledged before its transaction, which commits before any read."),
    entry(
      .e6, .records, .probe, "Paper §II-C step 5",
      "Every access leaves one audit record, which the owner can list."),
    entry(
      .e7, .records, .probe, "Sharing §7",
      "Policies and revocations take effect at their sequence number, everywhere alike."),
    entry(
      .e8, .records, .probe, "Paper §II-D",
      "Neither keys nor plaintext appear in a message, in a block or in storage."),
    entry(.e9, .records, .probe, "Paper §II-C step 2", "Names of users are issued once."),
  ]
}
