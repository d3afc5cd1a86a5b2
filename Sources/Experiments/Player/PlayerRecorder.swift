import ConsensusCore
import DiscreteEvents
import Invariants
import RunPlans
import Simulator

/// Keeps every event of a part of a run, in the few bytes that a page needs; Documentation/Player.md has
/// the format.
struct PlayerRecorder: RunWatcher {
  /// What an event is, by the number that stands for it.
  enum EventType: UInt8 {
    case started, delivered, timeout, command, sent, dropped, observed, changed, issued, accepted
    case declined, partySent, partyHandled, testBegan, testEnded, violated, ended, handled
  }

  /// What is known of a replica.
  struct LaneState: Sendable {
    var view: UInt64?
    var leads = false
    var isByzantine = false
    var isDown = false
  }

  /// A lane of the page, or -1 for the whole run.
  private typealias Lane = Int

  private static let timeBit: UInt8 = 32
  private static let laneBit: UInt8 = 64
  private static let textBit: UInt8 = 128

  private(set) var bytes = PlayerBytes()
  private(set) var texts = PlayerTexts()
  /// The kinds of message that parties send, which follow those of the protocol.
  private(set) var partyKinds: [String] = []
  /// The events so far.
  private(set) var count = 0
  /// Whether there were more events than may be kept.
  private(set) var isFull = false

  private let from: VirtualTime
  private let to: VirtualTime
  private let limit: Int
  private let lanes: LaneTable
  private let kindCount: Int
  private var violations: [Violation]

  /// What is known of each lane before the first event.
  private(set) var before: [LaneState]

  private var copies = CopyNumbers()
  /// The number of each copy among those that are shown, by its number in the run.
  private var shown: [Int: Int] = [:]
  private var sentCount = 0
  private var now = VirtualTime.zero
  private var lastLane: Lane = -1
  private var lastCopy = 0
  private var lastSent: (kind: Int, text: String)?

  /// A recorder of the events from one instant to another, at most so many.
  ///
  /// - Parameters:
  ///   - from: The first instant.
  ///   - to: The last instant.
  ///   - limit: The most events.
  ///   - lanes: Which lane belongs to whom.
  ///   - kinds: The number of kinds of message.
  ///   - violations: What the run breaks, ascending in time.
  init(
    from: VirtualTime, to: VirtualTime, limit: Int, lanes: LaneTable, kinds: Int,
    violations: [Violation]
  ) {
    self.from = from
    self.to = to
    self.limit = limit
    self.lanes = lanes
    kindCount = kinds
    before = Array(repeating: LaneState(), count: lanes.replicas)
    self.violations = violations.reversed()
  }

  var wantsMore: Bool { !isFull && now <= to }

  mutating func record(_ event: RunEvent) {
    while let next = violations.last, next.time < event.time {
      violations.removeLast()
      write(next)
    }
    // Copies count on, so that their ends are known.
    let copy = copies.number(of: event)
    guard event.time <= to else {
      now = event.time
      return
    }
    guard event.time >= from else {
      note(event)
      return
    }
    write(event, copy)
  }

  /// Writes what is known only after the run.
  mutating func finish(_ outcome: Outcome) {
    while let next = violations.popLast() { write(next) }
    guard outcome.end <= to else { return }
    begin(.ended, of: -1, at: max(now, outcome.end))
    write(text: "\(outcome.stopReason.name), digest \(outcome.digest)")
  }

  /// Notes what an event before the part makes of its lane.
  private mutating func note(_ event: RunEvent) {
    guard let lane = event.node.replica?.index else { return }
    switch event.kind {
    case .changed(let condition):
      switch condition {
      case .byzantine: before[lane].isByzantine = true
      case .crashed: before[lane] = LaneState(isByzantine: before[lane].isByzantine, isDown: true)
      case .restarted, .rolledBack, .amnesiac: before[lane].isDown = false
      case .lying: break
      }
    case .observed(let observation):
      let shown = observation as? any DiagramObservation
      guard let mark = shown?.mark, let view = shown?.round?.view else { return }
      if mark.shape == .leads || mark.shape == .enters { before[lane].view = view }
      if mark.shape != .notes { before[lane].leads = mark.shape == .leads || before[lane].leads }
      if mark.shape == .leaves || mark.shape == .enters { before[lane].leads = false }
    default: break
    }
  }

  // MARK: Events

  private mutating func write(_ event: RunEvent, _ copy: Int?) {
    let lane = lanes.lane(of: event.node)
    switch event.kind {
    case .sent(let message, let recipient, let leaves):
      send(
        .sent, Int(message.kind), message.summary, from: lane, to: lanes.lane(of: recipient),
        at: event.time, leaving: leaves)
      if let copy { shown[copy] = sentCount - 1 }
    case .delivered(let message, let sender):
      end(
        .delivered, Int(message.kind), message.summary, copy, at: event.time, lane: lane,
        other: lanes.lane(of: sender))
    case .dropped(let message, let sender, let recipient, let reason):
      end(
        .dropped, Int(message.kind), message.summary, copy, at: event.time,
        lane: lanes.lane(of: sender), other: lanes.lane(of: recipient))
      write(text: reason.name)
    case .handled(let ends):
      begin(.handled, of: lane, at: event.time)
      bytes.append(Int(ends.nanoseconds - event.time.nanoseconds))
    case .observed(let observation):
      begin(.observed, of: lane, at: event.time)
      write(text: observation.summary)
      let shown = observation as? any DiagramObservation
      bytes.append(shown?.mark.map(\.shape.number) ?? 0)
      bytes.append(shown?.round.map { Int(clamping: $0.view &+ 1) } ?? 0)
    default: writeOther(event, at: lane)
    }
  }

  private mutating func writeOther(_ event: RunEvent, at lane: Lane) {
    switch event.kind {
    case .started: write(.started, of: lane, at: event.time, "")
    case .timeout(let timer): write(.timeout, of: lane, at: event.time, timer)
    case .command(let command): write(.command, of: lane, at: event.time, "\(command)")
    case .changed(let condition): write(.changed, of: lane, at: event.time, "\(condition)")
    case .issued(let request): write(.issued, of: lane, at: event.time, Self.text(request))
    case .accepted(let request, let result):
      write(.accepted, of: lane, at: event.time, "\(Self.text(request)) result \(result)")
    case .declined(let request): write(.declined, of: lane, at: event.time, Self.text(request))
    case .testBegan(let number): write(.testBegan, of: -1, at: event.time, "test \(number)")
    case .testEnded(let number): write(.testEnded, of: -1, at: event.time, "test \(number)")
    case .partySent(let message, let name, let sender, let recipient, let leaves):
      send(
        .partySent, kind(of: name), Self.text(message), from: self.lane(of: sender),
        to: self.lane(of: recipient), at: event.time, leaving: leaves)
    case .partyHandled(let message, let name, let sender, let party):
      end(
        .partyHandled, kind(of: name), Self.text(message), nil, at: event.time,
        lane: self.lane(of: party), other: self.lane(of: sender))
    case .sent, .delivered, .dropped, .handled, .observed: break
    }
  }

  private mutating func write(
    _ type: EventType, of lane: Lane, at time: VirtualTime, _ text: String
  ) {
    begin(type, of: lane, at: time)
    write(text: text)
  }

  private mutating func write(_ violation: Violation) {
    guard violation.time >= from, violation.time <= to else { return }
    let lane = violation.replica.map { lanes.lane(of: Endpoint($0)) } ?? -1
    write(.violated, of: lane, at: max(now, violation.time), violation.description)
  }

  private mutating func send(
    _ type: EventType, _ kind: Int, _ text: String, from sender: Lane, to recipient: Lane,
    at time: VirtualTime, leaving leaves: VirtualTime
  ) {
    // The copies of a broadcast share their text.
    let isNew = lastSent?.kind != kind || lastSent?.text != text
    begin(type, of: sender, at: time, bits: isNew ? Self.textBit : 0)
    bytes.append(recipient)
    if isNew {
      bytes.append(kind)
      write(text: text)
      lastSent = (kind, text)
    }
    bytes.append(max(0, Int(leaves.nanoseconds - time.nanoseconds)))
    sentCount += 1
  }

  private mutating func end(
    _ type: EventType, _ kind: Int, _ text: String, _ copy: Int?, at time: VirtualTime, lane: Lane,
    other: Lane
  ) {
    guard let place = copy.flatMap({ shown[$0] }) else {
      begin(type, of: lane, at: time, bits: Self.textBit)
      bytes.append(kind)
      bytes.append(other)
      write(text: text)
      return
    }
    begin(type, of: lane, at: time)
    bytes.append(signed: place - lastCopy)
    lastCopy = place
  }

  // MARK: Bytes

  private mutating func begin(
    _ type: EventType, of lane: Lane, at time: VirtualTime, bits: UInt8 = 0
  ) {
    let span = time.nanoseconds - (count == 0 ? 0 : now.nanoseconds)
    var code = type.rawValue | bits
    if span > 0 { code |= Self.timeBit }
    if lane != lastLane { code |= Self.laneBit }
    bytes.append(code)
    if span > 0 { bytes.append(Int(span)) }
    if lane != lastLane { bytes.append(lane + 1) }
    now = time
    lastLane = lane
    count += 1
    isFull = count >= limit
  }

  private mutating func write(text: String) {
    let (template, changes) = texts.split(text)
    bytes.append(template)
    for change in changes { bytes.append(signed: change) }
  }

  private func lane(of party: PartyID) -> Lane { lanes.replicas + party.index }

  private mutating func kind(of name: String) -> Int {
    let place = partyKinds.firstIndex(of: name) ?? partyKinds.count
    if place == partyKinds.count { partyKinds.append(name) }
    return kindCount + place
  }

  private static func text(_ request: Request) -> String {
    "request c\(request.client) t\(request.timestamp)"
  }

  private static func text(_ message: PartyMessage) -> String {
    "flow \(message.flow) content \(message.content), \(message.bytes) bytes"
  }
}

extension StateMark.Shape {
  /// The number that stands for it on a page, from 1.
  fileprivate var number: UInt8 {
    UInt8((Self.allCases.firstIndex(of: self) ?? 0) + 1)
  }
}
