import Testing

@testable import DiscreteEvents

@Suite("Draws and mixing")
struct DrawTests {
  private static let purposes: [Purpose] = [
    .latency, .loss, .duplication, .processor, .thinkTime, .arrival, .workload, .election, .mining,
    .fault, .choice, .sampling,
  ]

  @Test("A draw has fixed bits")
  func fixedBits() {
    var draw = Draw(state: 0)
    // The published first outputs of SplitMix64 for seed 0.
    #expect(draw.next() == 0xE220_A839_7B1D_CDAF)
    #expect(draw.next() == 0x6E78_9E6A_A1B9_65F4)
    #expect(draw.next() == 0x06C4_5D18_8009_454F)
  }

  @Test("Small seeds, purposes and keys never give the same words")
  func distinctKeys() {
    var seen: [UInt64] = []
    for seed in 0..<40 as Range<UInt64> {
      for purpose in Self.purposes {
        for key in 0..<100 as Range<UInt64> {
          var draw = Seed(seed).draw(purpose, key / 10, key % 10)
          seen.append(draw.next())
        }
      }
    }
    seen.sort()
    #expect(zip(seen, seen.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test("Flipping any bit of any part of a key flips half of the drawn bits")
  func avalanche() {
    let trials = 400
    for part in 0..<4 {
      for bit in 0..<64 as Range<UInt64> {
        var flips = 0
        for trial in 0..<trials {
          var key = [UInt64(trial), 3, UInt64(trial) << 32, 0]
          var before = Seed(key[0]).draw(.latency, key[1], key[2], key[3])
          key[part] ^= 1 << bit
          var after = Seed(key[0]).draw(.latency, key[1], key[2], key[3])
          flips += (before.next() ^ after.next()).nonzeroBitCount
        }
        // The mean of 400 x 64 fair coins strays by 0.2 on average; 1 is five times that.
        #expect(abs(Double(flips) / Double(trials) - 32) < 1, "part \(part) bit \(bit)")
      }
    }
  }

  @Test("Mixing changes many bits, whichever bit of either operand changes")
  func mixing() {
    var draw = Draw(state: 4)
    for bit in 0..<64 as Range<UInt64> {
      var flips = (left: 0, right: 0)
      for _ in 0..<400 {
        let (left, right) = (draw.next(), draw.next())
        flips.left += (mix(left, right) ^ mix(left ^ 1 << bit, right)).nonzeroBitCount
        flips.right += (mix(left, right) ^ mix(left, right ^ 1 << bit)).nonzeroBitCount
      }
      #expect(abs(Double(flips.left) / 400 - 32) < 1.5)
      #expect(abs(Double(flips.right) / 400 - 32) < 1.5)
    }
  }

  @Test("A zero operand is not absorbed")
  func zeros() {
    #expect(mix(0, 0) != 0)
    #expect(Set((0..<1_000).map { mix(0, $0) }).count == 1_000)
    #expect(Set((0..<1_000).map { mix($0, 0) }).count == 1_000)
    #expect(mix(1, 2) != mix(2, 1))
  }

  @Test("Words below a bound are equally likely, and the bound is not reached")
  func below() {
    var draw = Draw(state: 6)
    var counts = Array(repeating: 0, count: 10)
    for _ in 0..<100_000 { counts[Int(draw.below(10))] += 1 }
    // 10000 +- 95 each.
    #expect(counts.allSatisfy { abs($0 - 10_000) < 480 })
    #expect(draw.below(1) == 0)
  }

  @Test("Chances of 0 and 1 are never and always")
  func chance() {
    var draw = Draw(state: 8)
    for _ in 0..<1_000 {
      let always = draw.chance(1)
      let never = draw.chance(0)
      #expect(always && !never)
    }
  }

  @Test("The trace digest depends on time, target, content and order")
  func traceDigest() {
    func digest(_ events: [(Int64, UInt64, UInt64)]) -> TraceDigest {
      var digest = TraceDigest()
      for (time, target, content) in events {
        digest.combine(time: VirtualTime(nanoseconds: time), target: target, content: content)
      }
      return digest
    }
    let all = [
      digest([]), digest([(0, 0, 0)]), digest([(0, 0, 0), (0, 0, 0)]), digest([(1, 0, 0)]),
      digest([(0, 1, 0)]), digest([(0, 0, 1)]), digest([(1, 2, 3), (4, 5, 6)]),
      digest([(4, 5, 6), (1, 2, 3)]),
    ]
    #expect(Set(all).count == all.count)
    #expect(digest([(1, 2, 3)]) == digest([(1, 2, 3)]))
    #expect(digest([(1, 2, 3)]).description.count == 16)
  }
}
