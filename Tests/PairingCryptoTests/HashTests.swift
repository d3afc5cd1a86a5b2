import Testing

@testable import PairingCrypto

@Suite("Hashing to G")
struct HashTests {
  private static let messages: [(name: String, bytes: [UInt8])] = [
    ("empty", []), ("abc", Array("abc".utf8)), ("abcdef0123456789", Array("abcdef0123456789".utf8)),
    ("q128", Array("q128_".utf8) + [UInt8](repeating: UInt8(ascii: "q"), count: 128)),
    ("a512", Array("a512_".utf8) + [UInt8](repeating: UInt8(ascii: "a"), count: 512)),
  ]

  @Test(
    "RFC 9380 K.1: expand_message_xmd with SHA-256",
    arguments: [
      (0, "68a985b87eb6b46952128911f2a4412bbc302a9d759667f87f7a21d803f07235"),
      (1, "d8ccab23b5985ccea865c6c97b6e5b8350e794e603b4b97902f53a8a0d605615"),
      (2, "eff31487c770a893cfb36f912fbfcbff40d5661771ca4b2cb4eafe524333f5c1"),
      (3, "b23a1d2b4d97b2ef7785562a7e8bac7eed54ed6e97e29aa51bfe3f12ddad1ff9"),
      (4, "4623227bcc01293b8c130bf771da8c298dede7383243dc0993d2d94823958c4c"),
      (
        0,
        "af84c27ccfd45d41914fdff5df25293e221afc53d8ad2ac06d5e3e29485dadbee0d121587713a3e0dd4d5e69e93eb"
          + "7cd4f5df4cd103e188cf60cb02edc3edf18eda8576c412b18ffb658e3dd6ec849469b979d444cf7b26911a08e"
          + "63cf31f9dcc541708d3491184472c2c29bb749d4286b004ceb5ee6b9a7fa5b646c993f0ced"
      ),
      (
        1,
        "abba86a6129e366fc877aab32fc4ffc70120d8996c88aee2fe4b32d6c7b6437a647e6c3163d40b76a73cf6a5674ef"
          + "1d890f95b664ee0afa5359a5c4e07985635bbecbac65d747d3d2da7ec2b8221b17b0ca9dc8a1ac1c07ea6a1e6"
          + "0583e2cb00058e77b7b72a298425cd1b941ad4ec65e8afc50303a22c0f99b0509b4c895f40"
      ),
    ])
  func expansion(_ message: Int, _ expected: String) {
    let domain = Array("QUUX-V01-CS02-with-expander-SHA256-128".utf8)
    let uniform = HashToField.expand(
      Self.messages[message].bytes, domain: domain, count: expected.utf8.count / 2)
    #expect(hexadecimal(uniform) == expected, "\(Self.messages[message].name)")
  }

  @Test(
    "RFC 9380 K.2: a domain of 256 bytes is hashed first",
    arguments: [
      (0, "e8dc0c8b686b7ef2074086fbdd2f30e3f8bfbd3bdf177f73f04b97ce618a3ed3"),
      (1, "52dbf4f36cf560fca57dedec2ad924ee9c266341d8f3d6afe5171733b16bbb12"),
    ])
  func longDomain(_ message: Int, _ expected: String) {
    let prefix = "QUUX-V01-CS02-with-expander-SHA256-128-long-DST-"
    let domain =
      Array(prefix.utf8)
      + [UInt8](repeating: UInt8(ascii: "1"), count: 256 - prefix.utf8.count)
    let uniform = HashToField.expand(Self.messages[message].bytes, domain: domain, count: 32)
    #expect(hexadecimal(uniform) == expected)
  }

  @Test("A coordinate takes 128 bits more than the prime")
  func lengths() {
    #expect(ParameterSet.allCases.map(HashToField.coordinateBytes) == [25, 80, 208])
  }

  @Test(
    "Hashes are in the group, never the identity, and differ",
    arguments:
      ParameterSet.allCases)
  func membership(_ set: ParameterSet) throws {
    var group = PairingGroup(set)
    var seen: Set<[UInt8]> = []
    var odd = 0
    let count = set.tries(300)
    for index in 0..<count {
      let message = Array("message \(index)".utf8)
      let element = group.hash(message, domain: Array("test".utf8))
      #expect(!element.isIdentity)
      #expect(try group.element(element.bytes) == element)
      #expect(group.hash(message, domain: Array("test".utf8)) == element)
      seen.insert(element.bytes)
      odd += Int(element.bytes[0] & 1)
    }
    #expect(seen.count == count)
    if count > 100 { #expect((count / 4...count * 3 / 4).contains(odd)) }
  }

  @Test("Another domain, a shifted border or another set gives another element")
  func separation() {
    var group = PairingGroup(.ss512)
    let element = group.hash(Array("abc".utf8), domain: Array("d".utf8))
    #expect(group.hash(Array("abc".utf8), domain: Array("e".utf8)) != element)
    #expect(group.hash(Array("ab".utf8), domain: Array("cd".utf8)) != element)
    #expect(group.hash([], domain: []) != element)
  }

  @Test(
    "The map takes every coordinate to the curve and obeys the sign",
    arguments:
      ParameterSet.allCases)
  func map(_ set: ParameterSet) {
    var draws = Draws(50)
    let domain = set.domain
    for _ in 0..<set.tries(200) {
      let number = set.randomNumber(&draws)
      let points = [false, true].map { isOdd in
        set.withField(elements: 4 + Field.elementsForRoot) { field in
          let n = field.n
          let point = field.take(2)
          let scratch = field.take(Field.elementsForRoot)
          field.enter(point, number)
          field.mapToCurve(point, point + n, isOdd: isOdd, domain, scratch: scratch)
          #expect(field.isOdd(point + n, scratch: scratch) == isOdd)
          field.curveEquation(scratch, point)
          field.square(scratch + n, point + n)
          #expect(field.areEqual(scratch, scratch + n))
          let x = field.number(point)
          field.negate(point, point)
          #expect(x == number || field.number(point) == number)
          return x
        }
      }
      #expect(points[0] == points[1])
      let elements = [false, true].map { set.mapToGroup(x: number, isOdd: $0) }
      #expect(elements[0] == elements[1].inverted)
    }
  }

  @Test(
    "Hashes are those of an independent calculation in plain integers, both signs",
    arguments: [
      (
        ParameterSet.ss512, "abc",
        "1805638046a7558d01e5f150dfc750cbd5205cb54b3b7bdc761efec0e1d65108"
      ),
      (.ss512, "cardiology", "505cf085b074cb55b03c6d63243f911674dcd2d50620e18a4fa3d39e84b33974"),
      (.ss1536, "abc", "f9a5477f77c89ce1ade48939d399d1378a3365825cd99975771bf1e34b253caf"),
      (.ss1536, "cardiology", "5ade05845b0ff5d51ecdd38dd4d1d866f3d0cd3ecf22c136af76330e242190f7"),
    ])
  func knownHashes(set: ParameterSet, message: String, digest: String) {
    var group = PairingGroup(set)
    let element = group.hash(Array(message.utf8), domain: Array("CONSIM-TEST-V01".utf8))
    var tally = OperationTally()
    #expect(Symmetric.sha256(element.bytes, tally: &tally).hex == digest)
  }

  @Test("Should a hash meet the identity, the next is taken")
  func retry() {
    let set = ParameterSet.toy
    var attempts: [[UInt]] = []
    let element = HashToField.hash([1, 2], domain: [3], set) { x, isOdd in
      attempts.append(x)
      return attempts.count < 3 ? .identity(set) : set.mapToGroup(x: x, isOdd: isOdd)
    }
    #expect(attempts.count == 3)
    #expect(Set(attempts).count == 3)
    #expect(!element.isIdentity)
    var group = PairingGroup(set)
    #expect(element != group.hash([1, 2], domain: [3]))
  }
}
