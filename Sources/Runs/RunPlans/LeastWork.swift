import ConsensusCore
import PBFT
import Raft
import Simulator

/// The work that requests bring at least to the processor of every replica that leads.
public struct LeastWork: Hashable, Sendable {
  /// One kind of work, and how often it is done.
  public struct Charge: Hashable, Sendable {
    /// What is done.
    public var work: Work
    /// How often.
    public var count: Int

    /// Creates a charge.
    public init(_ work: Work, _ count: Int = 1) {
      self.work = work
      self.count = count
    }
  }

  /// The work for one request.
  public var request: [Charge]
  /// The work for one block, beside that for its requests.
  public var block: [Charge]
  /// The most requests that share a block.
  public var requestsPerBlock: Int

  /// Creates an estimate; a block holds at least one request.
  public init(request: [Charge], block: [Charge], requestsPerBlock: Int) {
    precondition(requestsPerBlock >= 1, "a block of \(requestsPerBlock) requests")
    self.request = request
    self.block = block
    self.requestsPerBlock = requestsPerBlock
  }
}

extension LeastWork {
  /// The work of taking requests in, for protocols whose blocks do not follow the load.
  ///
  /// - Returns: Nil where requests may miss a replica.
  public static func arrivals(_ plan: RunPlan) -> LeastWork? {
    guard plan.isUndisturbed, plan.reachesEverybody else { return nil }
    return LeastWork(
      request: [Charge(.receive), Charge(.checkRequest)], block: [], requestsPerBlock: 1)
  }

  /// PBFT §4.2 without view changes: a primary and a backup have the same work for a block.
  ///
  /// Where messages may be lost, only those that a certificate needs are counted. Where replicas are removed as
  /// well, no message is.
  static func pbft(_ plan: RunPlan, removesReplicas: Bool) -> LeastWork {
    let calm = plan.isUndisturbed
    let peers = plan.replicas - 1
    let heard = calm ? peers : Quorum(replicas: plan.replicas).certificate - 1
    var request = [Charge(.checkRequest), Charge(.execute), Charge(.reply)]
    if calm, plan.reachesEverybody { request.append(Charge(.receive)) }
    let block = [
      Charge(.hash), Charge(.sign, 2), Charge(.send, 2 * peers), Charge(.receive, 2 * heard),
      Charge(.verify, 2 * heard),
    ]
    return LeastWork(
      request: request, block: calm || !removesReplicas ? block : [],
      requestsPerBlock: plan[PBFTConfiguration<RoundRobin>.self].batchLimit)
  }

  /// Raft §5.3 at a leader that stays.
  ///
  /// Messages are counted where no follower can lag: one that does gets several entries in a message.
  static func raft(_ plan: RunPlan) -> LeastWork {
    let configuration = plan[RaftConfiguration.self]
    // A leader that takes all that waits sends several entries in a message.
    let calm =
      plan.isUndisturbed && plan.keepsOrder && !plan.nodes.contains(where: \.drains)
    let followers = calm ? plan.replicas - 1 : 0
    // Requests wait for each other while nobody leads; while windows are full, where those that
    // waited share a message; and for company.
    let isAlone = calm && configuration.inFlight == nil && configuration.batching.delay == nil
    let entries = configuration.inFlight == nil ? 1 : configuration.maximumEntries
    return LeastWork(
      request: [Charge(.receive), Charge(.checkRequest), Charge(.execute), Charge(.reply)],
      block: [Charge(.sign), Charge(.send, followers), Charge(.receive, followers)],
      requestsPerBlock: isAlone ? 1 : configuration.maximumBatch * entries)
  }
}

extension RunPlan {
  /// Whether every message arrives and every replica is honest and up.
  fileprivate var isUndisturbed: Bool {
    faults.isEmpty && network.changes.isEmpty && network.classes.allSatisfy { $0.loss == 0 }
  }

  /// Whether messages of one link arrive in the order in which they left.
  fileprivate var keepsOrder: Bool {
    network.classes.allSatisfy { law in
      if case .constant = law.latency { return true }
      return law.isFIFO
    }
  }

  /// Whether clients of a protocol that multicasts send every request to all replicas.
  fileprivate var reachesEverybody: Bool {
    clients.allSatisfy { ($0.dispatch ?? .multicast) == .multicast }
  }
}
