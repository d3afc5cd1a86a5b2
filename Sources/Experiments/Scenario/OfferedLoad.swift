import ConsensusCore
import RunPlans
import Simulator

/// What the open loops of a point ask of the processor of its fastest replica at least.
///
/// It is a lower bound: it has the work that every request brings to each replica that leads, by the prices of
/// the plan, in blocks as large as they may be. What time-outs, checkpoints, repeated messages and other clients
/// add is left out.
struct OfferedLoad {
  /// Requests a second that honest open loops issue, in millionths.
  let millionths: Int64
  /// The work of a full block on the fastest replica, in nanoseconds.
  private let block: Int128
  /// The work of a block of one request there.
  private let single: Int128
  /// The requests of a full block.
  private let requestsPerBlock: Int

  /// Adds up the work; nil where no open loop asks for as long as the run lasts, or where a request's work is not known.
  init?(_ cell: Scenario.Cell) {
    let plan = cell.settings
    guard plan.model == .messages, plan.workload == nil, Self.asksThroughout(plan),
      let least = cell.subject.traits.leastWork(plan)
    else { return nil }
    let rates = plan.clients.compactMap { client -> Double? in
      guard client.attack == nil, case .open(let rate) = client.load else { return nil }
      return rate
    }
    guard !rates.isEmpty else { return nil }
    // Rounded down for each client: the sum is exact, whatever its order.
    millionths = rates.reduce(0) { $0 + Int64(($1 * 1_000_000).rounded(.down)) }
    let fastest = plan.nodes.prefix(plan.replicas).map(\.serviceTime.fixed).min() ?? 1 << 32
    func time(_ charges: [LeastWork.Charge]) -> Int128 {
      charges.reduce(0) { $0 + Int128(plan.costs[$1.work]) * Int128($1.count) }
    }
    func scaled(_ work: Int128) -> Int128 { (min(work, 1 << 62) * Int128(fastest)) >> 32 }
    let (request, shared) = (time(least.request), time(least.block))
    requestsPerBlock = least.requestsPerBlock
    block = scaled(request * Int128(least.requestsPerBlock) + shared)
    single = scaled(request + shared)
  }

  /// Whether the work of a second takes longer than a second.
  var isAboveProcessor: Bool { needed > available }

  /// The share of the processor, in so many parts, rounded down.
  private func share(of parts: Int128) -> Int128 { min(needed, 1 << 100) * parts / available }

  private var needed: Int128 { Int128(millionths) * min(block, 1 << 62) }
  private var available: Int128 { Int128(requestsPerBlock) * 1_000_000 * 1_000_000_000 }

  /// The numbers, in a clause.
  var explanation: String {
    let permille = share(of: 1000)
    let rate = Self.decimal(Int128(millionths), thousands: 1_000_000)
    let each = Self.decimal(block / Int128(requestsPerBlock), thousands: 1000)
    let blocks =
      requestsPerBlock == 1
      ? ""
      : " in blocks of \(requestsPerBlock), \(Self.decimal(single, thousands: 1000)) us in blocks of one"
    return
      "\(rate) requests a second take at least \(permille / 10).\(permille % 10) % of the fastest "
      + "replica's processor, each at least \(each) us\(blocks); they wait ever longer"
  }

  /// A quotient with at most one decimal, rounded down.
  private static func decimal(_ value: Int128, thousands: Int128) -> String {
    let tenths = value * 10 / thousands
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
  }

  /// Whether clients ask for as long as the run lasts, or a window of it.
  private static func asksThroughout(_ plan: RunPlan) -> Bool {
    guard case .tests(let tests) = plan.schedule, case .firstRequests = tests.ending else {
      return true
    }
    return false
  }
}
