import Testing

@testable import PairingCrypto

@Suite("Mistakes of a programmer stop the program")
struct MistakeTests {
  @Test("A scalar of another set")
  func foreignScalar() async {
    await #expect(processExitsWith: .failure) {
      var group = PairingGroup(.toy)
      _ = group.power(PairingGroup.generator(of: .toy), Scalar.one(.ss512))
    }
  }

  @Test("An element of another set")
  func foreignElement() async {
    await #expect(processExitsWith: .failure) {
      var group = PairingGroup(.toy)
      _ = group.pair(PairingGroup.generator(of: .toy), PairingGroup.generator(of: .ss512))
    }
  }

  @Test("A sum of scalars of two sets")
  func mixedSum() async {
    await #expect(processExitsWith: .failure) { _ = Scalar.one(.toy) + Scalar.one(.ss512) }
  }

  @Test("The inverse of zero")
  func inverseOfZero() async {
    await #expect(processExitsWith: .failure) {
      var group = PairingGroup(.toy)
      _ = group.inverse(Scalar.zero(.toy))
    }
  }

  @Test("A table for the identity")
  func tableOfIdentity() async {
    await #expect(processExitsWith: .failure) {
      var group = PairingGroup(.toy)
      _ = group.table(for: GroupElement.identity(.toy))
    }
  }
}
