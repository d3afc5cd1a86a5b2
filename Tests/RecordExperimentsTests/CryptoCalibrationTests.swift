import PairingCrypto
import Testing

@testable import Experiments
@testable import RecordExperiments
@testable import Notation
@testable import RunPlans
@testable import Tables

@Suite("Timing in batches")
struct BatchTimerTests {
  /// A clock that subjects advance, in nanoseconds.
  private final class Clock {
    var now = 0
    var calls: [Int] = []
  }

  private func samples(
    cost: Int, leastBatch: Int, batches: Int = 9
  ) -> (samples: BatchSamples, calls: [Int]) {
    let clock = Clock()
    let timer = BatchTimer(clock: { clock.now }, leastBatch: leastBatch, batches: batches)
    let all = timer.samples([
      TimedSubject(name: "a") { count in
        clock.now += cost * count
        clock.calls.append(count)
      }
    ])
    return (all[0], clock.calls)
  }

  @Test(
    "Batches last long enough, are alike, and come after a warm-up",
    arguments: [1, 7, 1_000, 350_000, 50_000_000, 900_000_000])
  func sizes(cost: Int) {
    let (samples, calls) = samples(cost: cost, leastBatch: 50_000_000)
    #expect(samples.picoseconds == Array(repeating: Int64(cost) * 1_000, count: 9))
    #expect(calls.suffix(9).allSatisfy { $0 == samples.operations })
    #expect(calls.count > 9)
    let batch = cost * samples.operations
    #expect(batch >= 50_000_000 || samples.operations == BatchTimer.mostOperations)
    // Not so large that measuring takes minutes.
    #expect(batch < 50_000_000 * 16 || samples.operations == 1)
  }

  @Test("What takes no time at all ends too")
  func nothing() {
    #expect(samples(cost: 0, leastBatch: 1_000).samples.operations == BatchTimer.mostOperations)
  }

  @Test("The median counts, whatever happens to single batches")
  func median() {
    let samples = BatchSamples(operations: 1, picoseconds: [5, 900, 4, 6, 5, 5, 1, 7, 800])
    #expect(samples.median == 5)
    #expect(samples.spread == 1...900)
    #expect(samples.divided(by: 2).median == 2)
  }

  @Test("Subjects take turns, and differences are taken batch by batch")
  func turns() {
    let clock = Clock()
    var order: [String] = []
    var told: [String] = []
    let timer = BatchTimer(clock: { clock.now }, leastBatch: 1, batches: 3)
    let subjects = [
      TimedSubject(name: "a") { count in
        clock.now += 10 * count
        order.append("a")
      },
      TimedSubject(name: "b", leastOperations: 4) { count in
        clock.now += 30 * count
        order.append("b")
      },
    ]
    let all = timer.samples(subjects) { told.append("\($0) \($1) \($2)") }
    #expect(all[1].operations >= 4)
    #expect(told.first == "a 0 8" && told.last == "b 7 8" && told.count == 8)
    #expect(order.suffix(6) == ["a", "b", "a", "b", "a", "b"])
    let difference = BatchSamples.combining(all[0], all[1]) { $1 - $0 }
    #expect(difference.picoseconds == [20_000, 20_000, 20_000])
    let below = BatchSamples.combining(all[0], all[1]) { $0 - $1 }
    #expect(below.picoseconds == [0, 0, 0])
  }

  @Test("The clock is this process's time, and does not run backwards")
  func clock() {
    let before = BatchTimer.userTime()
    var sum = 0
    for number in 0..<200_000 { sum &+= number &* number }
    #expect(sum != 0)
    #expect(BatchTimer.userTime() >= before)
  }
}

@Suite("Calibration")
struct CryptoCalibrationTests {
  /// Times in which every primitive takes so many nanoseconds, the products as a model says.
  private func times(_ parameters: ParameterSet) -> PrimitiveTimes {
    var times = PrimitiveTimes(parameters: parameters)
    for (index, primitive) in Primitive.allCases.enumerated() {
      times[primitive] = BatchSamples(
        operations: 3, picoseconds: Array(repeating: Int64(1_000 * (index + 1)), count: 9))
    }
    func set(_ primitive: Primitive, _ picoseconds: Int64) {
      times[primitive].picoseconds = Array(repeating: picoseconds, count: 9)
    }
    // A Miller loop of 300, a prepared one of 130, a final exponentiation of 80 us.
    set(.pairing, 380_000_000)
    set(.productOf12, 3_680_000_000)
    set(.preparedPairing, 210_000_000)
    set(.preparedProductOf12, 1_640_000_000)
    set(.fixedExponentiation, 25_000_000)
    set(.narrowExponentiation, 45_000_000)
    set(.elementsOf16, 15_000_000)
    set(.hash16KiB, 16_384 * 556)
    set(.seal16KiB, 16_384 * 238)
    return times
  }

  @Test("The costs of Miller loops and of bytes follow from what was timed")
  func derivation() {
    let profile = CryptoCalibration(times(.ss512)).profile(
      name: "test-ss512", machine: "none", date: "2026-11-30", commit: "none")
    #expect(profile[.millerLoop].cost == 300_000_000)
    #expect(profile[.preparedMillerLoop].cost == 130_000_000)
    #expect(profile[.finalExponentiation].cost == 80_000_000)
    #expect(profile[.fixedExponentiation].cost == 35_000_000)
    #expect(profile[.pointAddition].cost == 1_000_000)
    #expect(profile[.byteHashed].cost == 556)
    #expect(profile[.byteSealed].cost == 238)
    #expect(profile.rsaBits == 2_048)
    for operation in CountedOperation.allCases {
      #expect(profile[operation].kind == .measured)
      #expect(profile[operation].spread == profile[operation].cost...profile[operation].cost)
    }
    // No operation took over the time of another.
    #expect(Set(CountedOperation.allCases.map { profile[$0].cost }).count == 17)
  }

  @Test("A calibrated profile reads back, and its pairing costs what a pairing took")
  func reading() throws {
    let written = CryptoCalibration(times(.ss1536)).profile(
      name: "test-ss1536", machine: "a machine, 2 cores", date: "2026-11-30", commit: "0f00")
    let read = try CryptoCostProfile(SourceFile(name: "test.yaml", text: written.text))
    #expect(read == written)
    #expect(read.rsaBits == 3_072)
    var pairing = OperationTally()
    pairing.count(.millerLoop)
    pairing.count(.finalExponentiation)
    #expect(read.cost(of: pairing) == .microseconds(380))
  }

  @Test("All primitives of the smallest set are timed for real, and the tables show them")
  func real() {
    var told: [String] = []
    let calibration = CryptoCalibration.run(.toy, leastBatch: .milliseconds(1)) { subject, _, _ in
      told.append(subject)
    }
    #expect(told.first == "pairing" && told.count == 19 * 10)
    let profile = calibration.profile(
      name: "test-toy", machine: "none", date: "2026-11-30", commit: "none")
    for operation in CountedOperation.allCases {
      #expect(calibration.text.contains("\n\(operation.name) "))
      // A difference of noisy times may be nothing; what was timed by itself may not.
      if operation != .finalExponentiation, operation != .millerLoop {
        #expect(profile[operation].cost > 0, "\(operation.name)")
      }
    }
  }

  @Test("The anchors are those of the committed profile of PBC")
  func anchors() throws {
    let profile = try CryptoCostProfile(path: CryptoCostProfileTests.directory + "/pbc-ss512.yaml")
    let same: [(Primitive, CountedOperation)] = [
      (.preparation, .preparation), (.fixedExponentiation, .fixedExponentiation),
      (.variableExponentiation, .variableExponentiation), (.hashToGroup, .hashToGroup),
      (.pointAddition, .pointAddition), (.subgroupCheck, .subgroupCheck), (.rsaSign, .rsaSign),
      (.rsaVerify, .rsaVerify),
    ]
    for (primitive, operation) in same {
      #expect(primitive.anchor(.ss512).map { $0 * 1_000 } == profile[operation].cost)
    }
    let final = profile[.finalExponentiation].cost
    #expect(Primitive.pairing.anchor(.ss512) == (profile[.millerLoop].cost + final) / 1_000)
    #expect(
      Primitive.preparedPairing.anchor(.ss512)
        == (profile[.preparedMillerLoop].cost + final) / 1_000)
    #expect(Primitive.allCases.allSatisfy { $0.anchor(.toy) == nil })
  }

  @Test("The table of primitives gives anchors and ratios")
  func table() {
    let lines = CryptoBenchmark(times(.ss512), leastBatch: .zero).primitives.split(separator: "\n")
    #expect(lines.count == Primitive.allCases.count + 1)
    #expect(Set(lines.map(\.count)).count == 1)
    let words = lines[1].split(separator: " ").map(String.init)
    #expect(words == ["pairing", "380", "us", "380", "us", "380", "us", "580", "us", "0.66"])
    #expect(TextTable.ratio(1, 200) == "0.01")
    #expect(TextTable.ratio(1, 201) == "0.00")
    #expect(TextTable.ratio(2_999, 1_000) == "3.00")
  }
}
