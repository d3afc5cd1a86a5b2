import Testing

@testable import DiscreteEvents

/// What a random program schedules next, seen from now.
enum DelayPattern: String, CaseIterable, Sendable {
  case constant, uniform, exponential, zero, coarse, mixed, wild, descending, growing

  func delay(_ draw: inout Draw, step: Int) -> VirtualDuration {
    let laws: (uniform: Distribution, exponential: Distribution) = (
      .uniform(from: .zero, to: .milliseconds(2)),
      .exponential(minimum: .zero, mean: .microseconds(250))
    )
    switch self {
    case .constant: return .milliseconds(1)
    case .uniform: return laws.uniform.sample(&draw)
    case .exponential: return laws.exponential.sample(&draw)
    case .zero: return draw.chance(0.9) ? .zero : VirtualDuration(nanoseconds: 1)
    case .coarse: return .microseconds(Int64(draw.below(4)) * 100)
    case .mixed:
      if draw.chance(0.1) { return .seconds(10) }
      return draw.chance(0.2) ? .zero : laws.exponential.sample(&draw)
    case .wild: return VirtualDuration(nanoseconds: Int64(draw.next() >> (2 + draw.below(60))))
    case .descending: return .microseconds(max(Int64(5_000 - step), 0))
    case .growing: return VirtualDuration(nanoseconds: Int64(1) << Int64(min(step / 100, 50)))
    }
  }
}

@Suite("EventQueue")
struct EventQueueTests {
  @Test("The wheel does what the heap does", arguments: DelayPattern.allCases)
  func differential(pattern: DelayPattern) {
    for seed in 0..<12 as Range<UInt64> {
      var draw = Seed(seed).draw(.sampling, 1)
      let start = seed % 4 == 3 ? UInt32.max - UInt32(draw.below(5_000)) : 0
      runTwins(pattern, steps: 5_000, startingSequence: start, &draw)
    }
  }

  /// Schedules and takes at random from the wheel and from the heap, and compares every answer.
  private func runTwins(
    _ pattern: DelayPattern, steps: Int, startingSequence: UInt32, _ draw: inout Draw
  ) {
    var wheel = EventQueue(startingSequence: startingSequence)
    var heap = HeapQueue()
    // Phases of mostly scheduling and mostly taking make the queues swell and run dry.
    var bias = 0.7
    var differences = 0
    for step in 0..<steps {
      if draw.chance(0.002) { bias = draw.unit() }
      if draw.chance(bias), heap.now.nanoseconds < 1 << 61 {
        let time = heap.now + pattern.delay(&draw, step: step)
        for _ in 0...draw.below(3) {
          wheel.schedule(UInt32(step), at: time)
          heap.schedule(UInt32(step), at: time)
        }
      } else if draw.chance(0.2) {
        let limit = heap.now + pattern.delay(&draw, step: step)
        let (one, other) = (wheel.next(before: limit), heap.next(before: limit))
        if one?.time != other?.time || one?.payload != other?.payload { differences += 1 }
      } else {
        let (one, other) = (wheel.next(), heap.next())
        if one?.time != other?.time || one?.payload != other?.payload { differences += 1 }
      }
      if wheel.count != heap.count || wheel.now != heap.now { differences += 1 }
    }
    while let other = heap.next() {
      let one = wheel.next()
      if one?.time != other.time || one?.payload != other.payload { differences += 1 }
    }
    #expect(differences == 0)
    #expect(wheel.next() == nil)
    #expect(wheel.count == 0)
  }

  /// Schedules all instants at once, and checks that they come out sorted and stable.
  private func expectSorted(_ instants: [Int64]) {
    var queue = EventQueue()
    for (index, instant) in instants.enumerated() {
      queue.schedule(UInt32(index), at: VirtualTime(nanoseconds: instant))
    }
    #expect(queue.count == instants.count)
    let expected = instants.enumerated().sorted {
      ($0.element, $0.offset) < ($1.element, $1.offset)
    }
    var wrong = 0
    for (index, instant) in expected {
      guard let event = queue.next() else {
        wrong += 1
        continue
      }
      if event.time.nanoseconds != instant || event.payload != UInt32(index) { wrong += 1 }
    }
    #expect(wrong == 0)
    #expect(queue.next() == nil)
  }

  @Test("A million events of one instant come in scheduling order")
  func equalTimes() { expectSorted(Array(repeating: 123_456_789, count: 1_000_000)) }

  @Test("Descending instants come out ascending", arguments: [1, 1_000, 1_000_000] as [Int64])
  func descending(step: Int64) {
    expectSorted((0..<200_000).reversed().map { $0 * step })
  }

  @Test("A descending run within one tick does not take quadratic time")
  func descendingTick() {
    // Two far clusters put everything of a cluster into one bucket, in the worst order.
    expectSorted((0..<8_000).reversed().map { $0 % 2 * 60_000 + $0 / 4 + (1 << 30) })
  }

  @Test("Instants up to 2^62 are ordered, and so is the last one")
  func farTimes() {
    var draw = Draw(state: 5)
    var instants = (0..<20_000).map { _ in Int64(draw.next() >> (2 + draw.below(62))) }
    instants += [.max, 1 << 62, 0, (1 << 62) - 1, .max, .max - 1]
    expectSorted(instants)
  }

  @Test("A taken limit leaves later events, and earlier ones may still be scheduled")
  func horizon() throws {
    var queue = EventQueue()
    queue.schedule(1, at: VirtualTime(nanoseconds: 1_000_000))
    #expect(queue.next(before: VirtualTime(nanoseconds: 1_000_000)) == nil)
    #expect(queue.count == 1)
    #expect(queue.now == .zero)
    queue.schedule(2, at: VirtualTime(nanoseconds: 10))
    queue.schedule(3, at: VirtualTime(nanoseconds: 999_999))
    queue.schedule(4, at: VirtualTime(nanoseconds: 1_000_000))
    var payloads: [UInt32] = []
    while let event = queue.next(before: VirtualTime(nanoseconds: 1_000_001)) {
      payloads.append(event.payload)
    }
    #expect(payloads == [2, 3, 1, 4])
    #expect(queue.now == VirtualTime(nanoseconds: 1_000_000))
  }

  @Test("Events of one instant keep their order when sequence numbers run out")
  func renumbering() {
    var queue = EventQueue(startingSequence: .max - 1_000)
    for payload in 0..<2_000 as Range<UInt32> {
      queue.schedule(payload, at: VirtualTime(nanoseconds: Int64(payload % 2) * 1_000_000))
    }
    #expect(queue.count == 2_000)
    var payloads: [UInt32] = []
    while let event = queue.next() { payloads.append(event.payload) }
    #expect(
      payloads == Array(stride(from: 0, to: 2_000, by: 2))
        + Array(stride(from: 1, to: 2_000, by: 2)))
  }

  @Test("The length of a tick follows the delays, and long timers do not mislead it")
  func tuning() {
    for (delay, expected) in [(100, 0...3), (250_000, 12...15), (1_000_000_000, 24...27)] {
      var queue = EventQueue()
      var draw = Draw(state: 9)
      for payload in 0..<16 as Range<UInt32> { queue.schedule(payload, at: .zero) }
      for _ in 0..<150_000 {
        guard let event = queue.next() else { break }
        let law = Distribution.exponential(
          minimum: .zero, mean: VirtualDuration(nanoseconds: Int64(delay)))
        queue.schedule(event.payload, at: event.time + law.sample(&draw))
        if draw.chance(0.01) { queue.schedule(99, at: event.time + .seconds(1_000)) }
      }
      #expect(expected.contains(Int(queue.tickBits)), "\(delay) ns")
    }
  }

  @Test(
    "The benchmark's digest does not depend on the queue",
    arguments: [
      Distribution.constant(.milliseconds(1)),
      .uniform(from: .microseconds(500), to: .microseconds(1_500)),
      .exponential(minimum: .zero, mean: .microseconds(250)),
    ])
  func benchmark(law: Distribution) {
    for nodes in [4, 10, 64] {
      let wheel = EngineBenchmark.run(nodes: nodes, messages: 60_000, law: law)
      let heap = EngineBenchmark.runOnHeap(nodes: nodes, messages: 60_000, law: law)
      #expect(wheel.events == 60_000)
      #expect(wheel.digest == heap.digest)
    }
  }
}
