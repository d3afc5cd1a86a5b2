import DiscreteEvents
import RecordTestSupport
import Testing

@testable import HealthRecords

@Suite("What the cloud server checks")
struct CloudServerTests {
  let world: RecordWorld

  init() throws { world = RecordWorld(try clinic(), seed: Seed(1)) }

  /// A file under the policy that only physicians satisfy, users 0 to 2.
  private var strict: Int { (0..<12).first { world.policy(of: $0) == 0 } ?? 0 }

  private func proof(
    _ file: Int, of user: Int, at position: Int = 5, _ status: RecordAnswer.Status = .done,
    isSigned: Bool = true
  ) -> AccessProof {
    AccessProof(
      user: user, answer: RecordAnswer(status: status, position: position, file: file, check: 0),
      isSigned: isSigned)
  }

  @Test("A proof has to be signed, fresh, and for this file and this user")
  func proofs() {
    var cloud = CloudServer(world)
    let file = strict
    #expect(
      cloud.refusal(of: file, to: 0, proof: 0, proof(file, of: 0, isSigned: false)) == .unsigned)
    #expect(cloud.refusal(of: file, to: 0, proof: 0, proof(file + 1, of: 0)) == .notGranted)
    #expect(cloud.refusal(of: file, to: 1, proof: 0, proof(file, of: 0)) == .notGranted)
    for status in RecordAnswer.Status.allCases where status != .done {
      #expect(cloud.refusal(of: file, to: 0, proof: 0, proof(file, of: 0, status)) == .notGranted)
    }
    // None of these has used the proof up.
    #expect(cloud.refusal(of: file, to: 0, proof: 0, proof(file, of: 0)) == nil)
    #expect(cloud.refusal(of: file, to: 0, proof: 0, proof(file, of: 0)) == .used)
    #expect(cloud.refusal(of: file, to: 0, proof: 1, proof(file, of: 0)) == nil)
  }

  @Test("Whatever replicas sign, the policy and what was revoked before decide")
  func policies() throws {
    var cloud = CloudServer(world)
    let file = strict
    #expect(cloud.refusal(of: file, to: 3, proof: 0, proof(file, of: 3)) == .policy)
    let attribute = try #require(
      world.attributes(of: 0).compactMap { world.settings.universe.index(of: $0) }.first)
    cloud.revoke(attribute, of: 0, at: 7)
    #expect(cloud.refusal(of: file, to: 0, proof: 1, proof(file, of: 0, at: 8)) == .revoked)
    #expect(cloud.refusal(of: file, to: 0, proof: 1, proof(file, of: 0, at: 7)) == nil)
    #expect(cloud.refusal(of: file, to: 1, proof: 2, proof(file, of: 1, at: 8)) == nil)
  }

  @Test("Files that are unknown or erased are not handed out, and take no room")
  func files() {
    var cloud = CloudServer(world)
    let bytes = cloud.storedBytes
    #expect(cloud.refusal(of: 12, to: 0, proof: 0, proof(12, of: 0)) == .absent)
    cloud.commit(12)
    #expect(!cloud.isCommitted(12) && !cloud.holds(12))
    cloud.store(12)
    #expect(cloud.holds(12) && !cloud.isCommitted(12) && cloud.storedBytes > bytes)
    cloud.commit(12)
    #expect(cloud.isCommitted(12))
    cloud.erase(12)
    cloud.store(12)
    #expect(!cloud.holds(12) && cloud.storedBytes == bytes)
    #expect(cloud.refusal(of: 12, to: 0, proof: 0, proof(12, of: 0)) == .absent)
  }

  @Test("A new version stands beside the old one until the chain has it, and then alone")
  func versions() {
    var cloud = CloudServer(world)
    let (file, bytes) = (strict, cloud.storedBytes)
    let one = world.prices[
      .encrypt(policy: world.policy(of: file), size: world.size(of: file))
    ].bytes
    cloud.supersede(file, version: 1, at: 9)
    #expect(cloud.version(of: file) == 0, "a version that is not stored")
    for version in 1...3 { cloud.store(file, version: version) }
    #expect(cloud.storedBytes == bytes + 3 * one && cloud.version(of: file) == 0)
    cloud.supersede(file, version: 2, at: 9)
    #expect(cloud.storedBytes == bytes + one && cloud.version(of: file) == 2)
    #expect(cloud.isSuperseded(file, since: 8) && !cloud.isSuperseded(file, since: 9))
    // The one that was overtaken comes too late, as does a second message.
    for version in [1, 2] { cloud.supersede(file, version: version, at: 11) }
    cloud.store(file, version: 1)
    #expect(cloud.storedBytes == bytes + one && !cloud.isSuperseded(file, since: 10))
    #expect(cloud.refusal(of: file, to: 0, proof: 0, proof(file, of: 0)) == nil)
    cloud.erase(file)
    cloud.store(file, version: 4)
    #expect(cloud.storedBytes == bytes - one && !cloud.holds(file))
  }

  @Test("Nothing is taken in whose digest or signature is wrong")
  func storage() {
    let cloud = CloudServer(world)
    #expect(cloud.accepts(.none))
    #expect(!cloud.accepts(.digest) && !cloud.accepts(.signature))
  }
}
