import DiscreteEvents
import Simulator

/// Where the time of an operation went along the chain of jobs, messages and submissions that leads
/// from its start to its end.
///
/// Every instant between start and end is spent on exactly one part of exactly one step: the clock
/// only ever moves on by spending. Where an operation branches, each branch is a copy, and the one
/// that ends last is what the operation waited for.
struct FlowPath: Sendable {
  enum Part {
    case crypto, consensus, network, queueing
  }

  /// Until when time is accounted for.
  private(set) var clock: VirtualTime
  /// The steps in the order in which they were entered.
  private(set) var steps: [(step: RecordStep, time: TimeBreakdown)]
  /// What the operation waits for now, should the run end.
  var pending = Part.queueing
  /// Whether some instant lay before the clock.
  private(set) var isBroken = false

  init(_ step: RecordStep, at start: VirtualTime) {
    clock = start
    steps = [(step, TimeBreakdown())]
  }

  /// The time of all steps.
  var total: Int64 { steps.reduce(0) { $0 + $1.time.total } }

  /// From now on time is spent on a step; entering the step that is under way changes nothing.
  mutating func enter(_ step: RecordStep) {
    guard steps[steps.count - 1].step != step else { return }
    steps.append((step, TimeBreakdown()))
  }

  mutating func spend(until instant: VirtualTime, on part: Part) {
    let span = (instant - clock).nanoseconds
    guard span >= 0 else {
      isBroken = true
      return
    }
    clock = instant
    let last = steps.count - 1
    switch part {
    case .crypto: steps[last].time.crypto += span
    case .consensus: steps[last].time.consensus += span
    case .network: steps[last].time.network += span
    case .queueing: steps[last].time.queueing += span
    }
  }

  /// Accounts for the time from the last job to the beginning of this one.
  ///
  /// - Parameters:
  ///   - job: The job that begins.
  ///   - step: The step that begins once the last job's work was done; nil to stay in the step.
  ///   - replicas: The cryptography of the replicas between issue and answer, admission and
  ///     execution once each, in nanoseconds; not more than there was time for is taken.
  mutating func reach(_ job: PartyJob, entering step: RecordStep? = nil, replicas: Int64 = 0) {
    switch job.input {
    case .started, .alarm:
      if let step { enter(step) }
    case .message:
      spend(until: job.sent, on: .crypto)
      if let step { enter(step) }
      spend(until: job.arrived, on: .network)
    case .accepted(let submission, _), .declined(let submission):
      spend(until: submission.submitted, on: .crypto)
      if let step { enter(step) }
      spend(until: submission.issued, on: .queueing)
      let longest = (job.arrived - clock).nanoseconds
      let crypto = max(0, min(replicas, longest))
      spend(until: clock + VirtualDuration(nanoseconds: crypto), on: .crypto)
      spend(until: job.arrived, on: .consensus)
    }
    spend(until: job.begun, on: .queueing)
    pending = .crypto
  }

  /// The path ends with the work of the last job, which its party's note to itself marks.
  mutating func close(with note: PartyJob) { spend(until: note.sent, on: .crypto) }
}
