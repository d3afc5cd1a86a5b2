import ConsensusCore
import DiscreteEvents
import RunPlans
import Simulator

/// Keeps the messages and steps of a part of a run.
struct DiagramRecorder: RunWatcher {
  /// What is kept where the part has too much to be shown.
  enum Keeping: Sendable {
    /// The beginning.
    case first
    /// The end.
    case last
  }

  private(set) var arrows: [DiagramScene.Arrow] = []
  private(set) var signs: [DiagramScene.Sign] = []
  /// Whether there was more than is kept.
  private(set) var isCut = false
  /// Messages that were still under way in the end and are not kept.
  private(set) var hiddenCount = 0

  private let from: VirtualTime
  private(set) var to: VirtualTime
  private let limit: Int
  private let keeping: Keeping
  private let lanes: LaneTable

  /// Copies on their way, oldest first, by everything that tells them apart; only looked up.
  private var underWay: [Copy: [DiagramScene.Arrow]] = [:]
  /// The last copy that arrived, for those that a link doubled.
  private var doubled: [Copy: DiagramScene.Arrow] = [:]
  private var openCount = 0
  private var now = DiagramScene.Moment(time: .zero, job: 0)
  private var worker: Int?

  private struct Copy: Hashable {
    var from: Int
    var to: Int
    var fingerprint: UInt64
  }

  init(
    from: VirtualTime, to: VirtualTime, limit: Int, keeping: Keeping, lanes: LaneTable
  ) {
    self.from = from
    self.to = to
    self.limit = limit
    self.keeping = keeping
    self.lanes = lanes
  }

  /// Behind the part the run goes on only for copies that are still under way.
  var wantsMore: Bool {
    now.time <= to || openCount > 0 && (now.time - to) <= (to - from) + .milliseconds(1)
  }

  mutating func record(_ event: RunEvent) {
    let lane = lanes.lane(of: event.node)
    note(event, at: lane)
    switch event.kind {
    case .delivered(let message, let sender):
      arrive(message, from: lanes.lane(of: sender), to: lane, as: .delivered)
    case .sent(let message, let recipient, let leaves):
      send(message, from: lane, to: lanes.lane(of: recipient), leaving: leaves)
    case .dropped(let message, let sender, let recipient, let reason):
      arrive(
        message, from: lanes.lane(of: sender), to: lanes.lane(of: recipient), as: .dropped(reason))
    case .timeout(let timer): sign(lane, .timer, timer)
    case .observed(let observation):
      if let mark = (observation as? any DiagramObservation)?.mark {
        sign(lane, .state(mark.shape), mark.text)
      }
    case .changed(.crashed): sign(lane, .crash, "crashes")
    case .changed(.restarted): sign(lane, .restart, "is back")
    case .changed(.rolledBack): sign(lane, .restart, "is back without its last writes")
    case .changed(.amnesiac): sign(lane, .restart, "is back without memory")
    case .issued(let request):
      sign(lane, .issued, "asks c\(request.client) t\(request.timestamp)")
    case .accepted(let request, _):
      sign(lane, .accepted, "accepts c\(request.client) t\(request.timestamp)")
    case .declined(let request):
      sign(lane, .declined, "gives up c\(request.client) t\(request.timestamp)")
    default: break
    }
  }

  /// A job begins with an input; what else happens at its node at that instant belongs to it.
  private mutating func note(_ event: RunEvent, at lane: Int) {
    if event.time > now.time {
      now = DiagramScene.Moment(time: event.time, job: 0)
      worker = lane
      return
    }
    var isInput = false
    switch event.kind {
    case .delivered, .timeout, .command, .issued, .started: isInput = true
    default: break
    }
    if case .dropped = event.kind { return }
    if isInput || worker != lane {
      now.job += 1
      worker = lane
    }
  }

  private var isInside: Bool { now.time >= from && now.time <= to }

  private mutating func sign(_ lane: Int, _ shape: DiagramScene.Sign.Shape, _ text: String) {
    guard isInside else { return }
    signs.append(DiagramScene.Sign(lane: lane, at: now, shape: shape, text: text))
    trim()
  }

  private mutating func send(
    _ message: any ConsensusMessage, from sender: Int, to recipient: Int, leaving: VirtualTime
  ) {
    guard now.time <= to else { return }
    let leaves = leaving > now.time ? DiagramScene.Moment(time: leaving, job: 0) : now
    let arrow = DiagramScene.Arrow(
      from: sender, to: recipient, kind: Int(message.kind), leaves: leaves, arrives: leaves,
      ending: .underWay, text: message.summary)
    let copy = Copy(from: sender, to: recipient, fingerprint: message.fingerprint)
    underWay[copy, default: []].append(arrow)
    openCount += 1
  }

  private mutating func arrive(
    _ message: any ConsensusMessage, from sender: Int, to recipient: Int,
    as ending: DiagramScene.Arrow.Ending
  ) {
    let copy = Copy(from: sender, to: recipient, fingerprint: message.fingerprint)
    var arrow: DiagramScene.Arrow
    if var waiting = underWay[copy] {
      // What a link loses is lost at once, what a node misses was sent before the others.
      let isNewest = ending == .dropped(.loss) || ending == .dropped(.cut)
      arrow = isNewest ? waiting.removeLast() : waiting.removeFirst()
      underWay[copy] = waiting.isEmpty ? nil : waiting
      openCount -= 1
    } else if let known = doubled[copy] {
      arrow = known
    } else {
      arrow = DiagramScene.Arrow(
        from: sender, to: recipient, kind: Int(message.kind), leaves: now, arrives: now,
        ending: ending, text: message.summary)
    }
    arrow.arrives = now
    arrow.ending = ending
    if ending == .delivered, now.time >= from { doubled[copy] = arrow }
    guard arrow.leaves.time <= to, now.time >= from else { return }
    arrows.append(arrow)
    trim()
  }

  /// Keeps the number of elements bounded.
  private mutating func trim() {
    guard arrows.count + signs.count > limit else { return }
    isCut = true
    switch keeping {
    case .first: to = min(to, now.time)
    case .last:
      guard arrows.count + signs.count > 2 * limit else { return }
      cutFront()
    }
  }

  /// Forgets the oldest elements, by the instants at which they ended.
  private mutating func cutFront() {
    let moments = (arrows.map(\.arrives) + signs.map(\.at)).sorted()
    guard moments.count > limit else { return }
    let first = moments[moments.count - limit]
    arrows.removeAll { $0.arrives < first }
    signs.removeAll { $0.at < first }
  }

  /// Ends the recording; answers where the part that is kept begins, which may show what caused its
  /// first steps as well.
  mutating func finish(showsCauses: Bool) -> VirtualTime {
    if isCut, keeping == .last {
      cutFront()
      let first = (arrows.map(\.arrives.time) + signs.map(\.at.time)).min() ?? from
      addOpen()
      return max(first, from)
    }
    let causes = arrows.filter { $0.arrives.time == from }.map(\.leaves.time)
    addOpen()
    return showsCauses ? causes.min() ?? from : from
  }

  private mutating func addOpen() {
    let open = underWay.values.flatMap { $0 }.filter { $0.leaves.time <= to }
    // The order of a dictionary is none.
    let sorted = open.sorted {
      ($0.leaves.time.nanoseconds, $0.leaves.job, $0.from, $0.to, $0.kind, $0.text)
        < ($1.leaves.time.nanoseconds, $1.leaves.job, $1.from, $1.to, $1.kind, $1.text)
    }
    // A flood ends with millions of them.
    arrows += sorted.suffix(limit)
    hiddenCount = max(0, sorted.count - limit)
  }
}

/// Which lane belongs to whom: replicas first, then client machines.
struct LaneTable: Sendable {
  let replicas: Int
  let machines: Int
  /// The first client of each machine; empty where that cannot be known beforehand.
  private let firstClients: [Int]

  init(_ settings: RunPlan) {
    replicas = settings.replicas
    var firsts: [Int] = []
    var next = 0
    for client in settings.clients {
      guard settings.workload == nil, case .closed(let connections, _) = client.load else {
        firsts = []
        break
      }
      firsts.append(next)
      next += connections
    }
    firstClients = firsts
    machines = max(1, firsts.count)
  }

  func lane(of endpoint: Endpoint) -> Int {
    if let replica = endpoint.replica { return replica.index }
    guard let client = endpoint.client else { return 0 }
    let machine = firstClients.lastIndex { $0 <= client.index } ?? 0
    return replicas + machine
  }
}
