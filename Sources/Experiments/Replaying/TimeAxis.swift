import DiscreteEvents

/// Where instants lie from left to right.
///
/// Time runs evenly where messages are under way; a longer wait is shortened and marked as a break.
/// What several nodes do at one instant lies side by side in its order.
struct TimeAxis: Sendable {
  /// A wait that is drawn shorter than it was.
  struct Break: Sendable {
    var left: Double
    var right: Double
    var span: VirtualDuration
  }

  /// A number at the axis.
  struct Tick: Sendable {
    var place: Double
    var time: VirtualTime
  }

  private(set) var breaks: [Break] = []
  /// Where the last instant has passed: behind it nothing is known.
  private(set) var end: Double
  /// How far texts may reach.
  private(set) var right: Double
  let left: Double

  private var instants: [Int64] = []
  /// By instant: where its first job lies, and how many it has.
  private var places: [Double] = []
  private var jobs: [Int] = []
  /// By instant: the jobs that show something; others take no room.
  private var jobNames: [[Int]] = []
  private var jobWidth = 9.0
  /// Per nanosecond; 0 where no message takes time.
  private var scale = 0.0

  private var breakWidth = 56.0
  private var longestGap = 150.0

  private static let latencyWidth = 84.0
  private static let widest = 2400.0

  init(_ scene: DiagramScene, left: Double) {
    self.left = left
    (end, right) = (left, left)
    collect(scene)
    let spans = scene.arrows.filter { $0.ending == .delivered && $0.arrives.time > $0.leaves.time }
      .map { ($0.arrives.time - $0.leaves.time).nanoseconds }.sorted()
    if !spans.isEmpty { scale = Self.latencyWidth / Double(spans[spans.count / 2]) }
    let extra = jobs.reduce(0) { $0 + $1 - 1 }
    if extra > 0 { jobWidth = min(jobWidth, 1800 / Double(extra)) }
    layOut()
    for _ in 0..<2 where right - left > Self.widest {
      (breakWidth, longestGap) = (36, 90)
      scale *= Self.widest / (right - left)
      layOut()
    }
  }

  private mutating func collect(_ scene: DiagramScene) {
    var moments = scene.signs.map(\.at)
    for arrow in scene.arrows {
      moments.append(arrow.leaves)
      moments.append(arrow.arrives)
    }
    let inside = moments.filter { $0.time >= scene.from && $0.time <= scene.to }.sorted()
    append(scene.from.nanoseconds, job: 0)
    for moment in inside { append(moment.time.nanoseconds, job: moment.job) }
    append(scene.to.nanoseconds, job: 0)
  }

  private mutating func append(_ instant: Int64, job: Int) {
    if instants.last != instant {
      instants.append(instant)
      jobs.append(1)
      jobNames.append([job])
    } else if jobNames[jobNames.count - 1].last != job {
      if job < jobNames[jobNames.count - 1].last ?? 0 { return }
      jobNames[jobNames.count - 1].append(job)
      jobs[jobs.count - 1] += 1
    }
  }

  private mutating func layOut() {
    breaks = []
    places = []
    var place = left + 14
    for index in instants.indices {
      places.append(place)
      place += Double(jobs[index] - 1) * jobWidth
      guard index + 1 < instants.count else { break }
      let span = instants[index + 1] - instants[index]
      let width = Double(span) * scale
      if scale == 0 || width > longestGap {
        breaks.append(
          Break(
            left: place, right: place + breakWidth, span: VirtualDuration(nanoseconds: span)))
        place += breakWidth
      } else {
        place += max(width, 1.5)
      }
    }
    end = place + 22
    right = max(end, left + 640)
  }

  /// Where a moment lies; what is outside lies at the nearest end.
  func place(_ moment: DiagramScene.Moment) -> Double {
    let instant = moment.time.nanoseconds
    let index = self.index(notAfter: instant)
    guard index >= 0 else { return places[0] }
    let job = jobNames[index].lastIndex { $0 <= moment.job } ?? 0
    if instants[index] == instant { return places[index] + Double(job) * jobWidth }
    let begin = places[index] + Double(jobs[index] - 1) * jobWidth
    guard index + 1 < instants.count else { return begin }
    let part = Double(instant - instants[index]) / Double(instants[index + 1] - instants[index])
    return begin + part * (places[index + 1] - begin)
  }

  /// Where an instant lies, before everything that happens at it.
  func place(_ time: VirtualTime) -> Double {
    place(DiagramScene.Moment(time: time, job: 0))
  }

  private func index(notAfter instant: Int64) -> Int {
    var low = 0
    var high = instants.count
    while low < high {
      let middle = (low + high) / 2
      if instants[middle] <= instant { low = middle + 1 } else { high = middle }
    }
    return low - 1
  }

  /// Round instants that are far enough apart, and where each wait ends.
  var ticks: [Tick] {
    var found: [Tick] = []
    let room = 64.0
    for end in breaks.map(\.right) + [places[0]] {
      guard let index = places.firstIndex(where: { abs($0 - end) < 0.01 }) else { continue }
      found.append(
        Tick(place: places[index], time: VirtualTime(nanoseconds: instants[index])))
    }
    found.sort { $0.place < $1.place }
    var kept: [Tick] = []
    for tick in found where kept.last.map({ tick.place - $0.place >= room }) ?? true {
      kept.append(tick)
    }
    guard scale > 0, let first = instants.first, let last = instants.last else { return kept }
    let step = Self.roundStep(atLeast: 90 / scale)
    var time = (first / step) * step
    while time <= last {
      let place = place(VirtualTime(nanoseconds: time))
      let isInBreak = breaks.contains { place > $0.left - 1 && place < $0.right + 1 }
      if time >= first, !isInBreak, !kept.contains(where: { abs($0.place - place) < room }) {
        kept.append(Tick(place: place, time: VirtualTime(nanoseconds: time)))
      }
      guard time <= .max - step, (last - first) / step < 20_000 else { break }
      time += step
    }
    return kept.sorted { $0.place < $1.place }
  }

  private static func roundStep(atLeast least: Double) -> Int64 {
    var power: Int64 = 1
    while Double(power) * 10 < least, power < 1_000_000_000_000_000 { power *= 10 }
    for factor: Int64 in [1, 2, 5, 10] where Double(power * factor) >= least {
      return power * factor
    }
    return power * 10
  }
}
