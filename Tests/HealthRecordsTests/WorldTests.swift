import ConsensusCore
import DiscreteEvents
import PairingCrypto
import RecordSharing
import Testing

@testable import HealthRecords

/// Settings of a clinic: three patients, two authorities, doctors, nurses and an insurer.
///
/// Attribute 0 is `doctor`, 1 `insurer`, 2 `nurse`, 3 `ward`. Users 0 and 1 are doctors of the ward,
/// 2 is a nurse, 3 an insurer.
func ledgerClinic(
  preloaded: Int = 40, scope: RecordSettings.Scope = .everything,
  enrolment: RecordSettings.Enrolment = .done, vocabulary: Int = 3
) throws -> RecordSettings {
  func attributes(_ names: String...) throws -> AttributeSet {
    AttributeSet(try names.map { try Attribute($0) })
  }
  var settings = RecordSettings(
    universe: try attributes("doctor", "insurer", "nurse", "ward"),
    users: [
      .init(name: "doctor", attributes: try attributes("doctor", "ward"), count: 2, group: 0),
      .init(name: "nurse", attributes: try attributes("nurse", "ward"), count: 1, group: 0),
      .init(name: "insurer", attributes: try attributes("insurer"), count: 1, group: 0),
    ],
    policies: [
      .init(try SharingPolicy(AccessPolicy.parse("doctor AND ward")), weight: 2),
      .init(try SharingPolicy(AccessPolicy.parse("insurer OR doctor")), weight: 1),
      .init(try SharingPolicy(AccessPolicy.parse("nurse OR (doctor AND ward)")), weight: 1),
    ])
  settings.authorities = 2
  settings.patients = 3
  settings.connections = 2
  settings.slots = 3
  settings.queriedSlots = 2
  settings.vocabulary = vocabulary
  settings.wordExponent = 1
  settings.preloaded = preloaded
  settings.scope = scope
  settings.enrolment = enrolment
  for operation in CountedOperation.allCases { settings.costs[operation] = 1_000_000 }
  return settings
}

@Suite("The world of records")
struct WorldTests {
  @Test("Everything in it follows from the seed and stays in its range", arguments: [1, 2, 3])
  func pure(seed: UInt64) throws {
    let settings = try ledgerClinic()
    let (world, same) = (
      RecordWorld(settings, seed: Seed(seed)), RecordWorld(settings, seed: Seed(seed))
    )
    let other = RecordWorld(settings, seed: Seed(seed + 100))
    let files = Array(0..<300) + [1 << 24 - 1]
    for file in files {
      #expect(world.policy(of: file) == same.policy(of: file))
      #expect(settings.policies.indices.contains(world.policy(of: file)))
      for slot in 0..<3 {
        #expect(world.word(of: file, slot: slot) == same.word(of: file, slot: slot))
        #expect((0..<3).contains(world.word(of: file, slot: slot)))
      }
    }
    #expect(files.map { world.policy(of: $0) } != files.map { other.policy(of: $0) })
    #expect(
      files.map { world.word(of: $0, slot: 0) } != files.map { world.word(of: $0, slot: 1) })
  }

  @Test("Policies come by their weight, and one without weight never")
  func weights() throws {
    var settings = try ledgerClinic()
    settings.policies[1].weight = 0
    let world = RecordWorld(settings, seed: Seed(1))
    var counts = [0, 0, 0]
    for file in 0..<9000 { counts[world.policy(of: file)] += 1 }
    #expect(counts[1] == 0)
    #expect((5700...6300).contains(counts[0]))
  }

  @Test("What a file is does not depend on whether it was there at the beginning")
  func beginning() throws {
    let with = RecordWorld(try ledgerClinic(preloaded: 200), seed: Seed(6))
    let without = RecordWorld(try ledgerClinic(preloaded: 0), seed: Seed(6))
    for file in 0..<300 {
      #expect(with.policy(of: file) == without.policy(of: file))
      #expect(with.size(of: file) == without.size(of: file))
      #expect(with.word(of: file, slot: 1) == without.word(of: file, slot: 1))
    }
  }

  @Test("A query asks for words of its target, in as many slots as it should, ascending")
  func queries() throws {
    let world = RecordWorld(try ledgerClinic(), seed: Seed(4))
    var seen: Set<[Int]> = []
    for occasion in 0..<200 {
      var request = AccessRequest(
        user: 1, target: occasion, occasion: occasion, misses: false, flaw: .none)
      let query = world.query(request)
      seen.insert(query.map(\.slot))
      #expect(query.count == 2)
      #expect(query[0].slot < query[1].slot)
      for (slot, word) in query { #expect(word == world.word(of: occasion, slot: slot)) }
      request.misses = true
      let missed = world.query(request)
      #expect(missed.map(\.slot) == query.map(\.slot))
      #expect(missed[0].word == 3)
      #expect(missed[1].word == query[1].word)
    }
    #expect(seen == [[0, 1], [0, 2], [1, 2]])
  }

  @Test("Users are of the class that their number falls into")
  func classes() throws {
    let world = RecordWorld(try ledgerClinic(), seed: Seed(1))
    #expect((0..<4).map(world.userClass) == [0, 0, 1, 2])
    #expect(world.attributes(of: 3) == world.settings.users[2].attributes)
    #expect((0..<6).map(world.owner) == [0, 1, 2, 0, 1, 2])
  }

  @Test("The sampled engine takes the share that it was given, the others all or none")
  func sample() throws {
    var settings = try ledgerClinic()
    for (engine, range) in [
      (RecordSettings.Engine.counted, 0...0), (.real, 4000...4000), (.sampled(0.25), 900...1100),
    ] {
      settings.engine = engine
      let world = RecordWorld(settings, seed: Seed(1))
      #expect(range.contains((0..<4000).count(where: world.isReal)))
    }
  }

  @Test("Words in text differ by slot and by word")
  func texts() throws {
    let world = RecordWorld(try ledgerClinic(), seed: Seed(1))
    let texts = (0..<20).flatMap { slot in (0..<20).map { world.text(slot: slot, word: $0) } }
    #expect(Set(texts).count == 400)
  }
}
