import RunPlans

/// The copies that are under way, with what a format keeps of each until it arrives.
struct OpenCopies<Kept: Sendable>: Sendable {
  private var numbers: CopyNumbers
  /// Only looked up.
  private var kept: [Int: Kept] = [:]
  /// Whether a copy may arrive twice, or arrive although it was dropped.
  private let areDoubled: Bool

  /// No copies of a run with these settings.
  init(_ settings: RunPlan) {
    areDoubled = settings.network.classes.contains { $0.duplication > 0 }
    numbers = CopyNumbers(remembersEnded: areDoubled)
  }

  /// The number of the copy that an event is about, as in JSON lines.
  mutating func number(of event: RunEvent) -> Int? { numbers.number(of: event) }

  /// Keeps something of a copy that was sent.
  mutating func keep(_ something: Kept, of number: Int) { kept[number] = something }

  /// Gives back what was kept of a copy that arrives, the first time.
  mutating func arrive(_ number: Int) -> Kept? { kept.removeValue(forKey: number) }

  /// Forgets a copy that is dropped, unless its double may still arrive.
  mutating func drop(_ number: Int) {
    if !areDoubled { kept[number] = nil }
  }
}
