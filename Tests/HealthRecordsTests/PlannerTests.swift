import DiscreteEvents
import RecordTestSupport
import Testing

@testable import HealthRecords

@Suite("What is asked for next")
struct PlannerTests {
  @Test(
    "The k-th target is the k-th of a sorted list, whatever came and went",
    arguments: 0..<20 as Range<UInt64>)
  func targets(seed: UInt64) {
    var draw = Seed(seed).draw(.choice, 1)
    let preloaded = Int(draw.below(100))
    var targets = PlannerTargets(owners: 3, preloaded: preloaded) { $0 % 3 }
    var naive = Array(0..<preloaded)
    for _ in 0..<300 {
      let file = Int(draw.below(200))
      if draw.chance(0.5) {
        targets.insert(file, of: file % 3)
        if !naive.contains(file) { naive = (naive + [file]).sorted() }
      } else {
        targets.remove(file, of: file % 3)
        naive.removeAll { $0 == file }
      }
    }
    #expect(targets.count == naive.count)
    #expect(naive.indices.map { targets.target(rank: $0) } == naive)
    for owner in 0..<3 {
      #expect(targets.files(of: owner).map(Int.init) == naive.filter { $0 % 3 == owner })
    }
  }

  @Test("A plan depends on its number and on the files there are, on nothing else")
  func keyed() throws {
    let world = RecordWorld(try clinic(), seed: Seed(3))
    var first = Planner(world)
    var second = Planner(world)
    for number in 0..<50 {
      let plans = (first.plan(number), second.plan(number))
      let left = try #require(plans.0)
      let right = try #require(plans.1)
      #expect(left.activity == right.activity && left.file == right.file)
      #expect(left.user == right.user && left.owner == right.owner)
      #expect(left.request == right.request)
    }
  }

  @Test("No user asks twice alike, and who has asked all there is asks no more")
  func occasions() throws {
    var settings = try clinic()
    settings.users = [settings.users[0]]
    settings.users[0].count = 2
    settings.mix = [.init(.access, weight: 1)]
    settings.vocabulary = 1
    var planner = Planner(RecordWorld(settings, seed: Seed(1)))
    var asked: [Set<Int>] = [[], []]
    for number in 0..<(2 << 15) {
      let request = try #require(planner.plan(number)?.request)
      #expect(asked[request.user].insert(request.occasion).inserted)
    }
    #expect(asked.allSatisfy { $0.count == RecordOperation.occasionLimit })
    #expect(planner.isExhausted && planner.plan(1 << 20) == nil)
  }

  @Test("Files under way are no targets: neither uploads nor deletions")
  func underWay() throws {
    var settings = try clinic()
    settings.mix = [
      .init(.upload, weight: 1), .init(.access, weight: 3), .init(.delete, weight: 1),
    ]
    let world = RecordWorld(settings, seed: Seed(1))
    var planner = Planner(world)
    var deleted: Set<Int> = []
    var uploads: [Int] = []
    for number in 0..<40 {
      guard let plan = planner.plan(number) else { continue }
      switch plan.activity {
      case .upload: uploads.append(plan.file)
      case .delete:
        #expect(planner.owner(of: plan.file) == plan.owner)
        #expect(deleted.insert(plan.file).inserted)
      default:
        #expect(plan.file < 12 && !deleted.contains(plan.file))
      }
    }
    #expect(uploads == Array(12..<12 + uploads.count) && uploads.count > 3 && deleted.count > 3)
    planner.uploaded(12)
    #expect(planner.targets.contains(12) && !planner.targets.contains(13))
  }

  @Test("Popular files are asked for more often")
  func popularity() throws {
    var settings = try clinic()
    settings.mix = [.init(.access, weight: 1)]
    settings.recordExponent = 1.2
    var planner = Planner(RecordWorld(settings, seed: Seed(1)))
    var counts = [Int](repeating: 0, count: 12)
    for number in 0..<2_000 {
      if let plan = planner.plan(number) { counts[plan.file] += 1 }
    }
    #expect(counts[0] > 2 * counts[3] && counts[3] > counts[11] && counts[11] > 20)
  }

  @Test("No attribute is taken twice from a user, nor from two at a time")
  func revocations() throws {
    var settings = try clinic()
    settings.mix = [.init(.revoke, weight: 1)]
    let world = RecordWorld(settings, seed: Seed(1))
    var planner = Planner(world)
    var plans = 0
    for number in 0..<6 where planner.plan(number) != nil { plans += 1 }
    #expect(plans == 3)
    var taken: Set<[Int]> = []
    planner = Planner(world)
    for number in 0..<20 {
      guard let plan = planner.plan(number) else { continue }
      #expect(taken.insert([plan.user, plan.attribute]).inserted)
      planner.settled(plan.attribute)
    }
    // Three physicians hold two attributes, two insurers one.
    #expect(taken.count == 8)
  }

  @Test("Arrivals have the mean that was asked for")
  func arrivals() throws {
    let planner = Planner(RecordWorld(try clinic(), seed: Seed(1)))
    let total = (0..<4_000).reduce(Int64(0)) {
      $0 + planner.gap(before: $1, ratePerSecond: 100).nanoseconds
    }
    #expect(abs(Double(total) / 4_000 - 1e7) < 6e5)
  }
}
