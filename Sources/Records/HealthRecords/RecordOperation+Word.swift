/// The layout of the word, from the top: four bits of kind, then the fields, then zeros.
///
/// Users and owners take 20 bits, files 24, attributes and versions 16, epochs 20. In an access users take 17
/// bits and occasions 15, the upper three before the user.
extension RecordOperation {
  private static let partyBits = 20
  private static let fileBits = 24
  private static let attributeBits = 16
  private static let epochBits = 20
  private static let askerBits = 17
  private static let versionBits = 16
  private static let occasionBits = 12
  private static let eraBits = 3
  /// Versions of a file that can be told apart.
  static let versionLimit = 1 << versionBits
  /// Requests of one user that can be told apart.
  static let occasionLimit = 1 << (occasionBits + eraBits)

  /// The operation as the word that a request carries; every number must be within its bits.
  public var word: UInt64 {
    switch self {
    case .enrol(let owner): Self.packed(1, (owner, Self.partyBits))
    case .register(let user): Self.packed(2, (user, Self.partyBits))
    case .store(let owner, let file):
      Self.packed(3, (owner, Self.partyBits), (file, Self.fileBits))
    case .access(let request):
      Self.packed(
        4, (request.occasion >> Self.occasionBits, Self.eraBits),
        (request.user, Self.askerBits), (request.target, Self.fileBits),
        (request.occasion & (1 << Self.occasionBits - 1), Self.occasionBits),
        (request.misses ? 1 : 0, 1),
        (Int(request.flaw.rawValue), 2))
    case .revoke(let attribute, let user):
      Self.packed(5, (attribute, Self.attributeBits), (user, Self.partyBits))
    case .rekey(let attribute, let epoch):
      Self.packed(6, (attribute, Self.attributeBits), (epoch, Self.epochBits))
    case .renew(let file, let attribute, let epoch):
      Self.packed(
        7, (file, Self.fileBits), (attribute, Self.attributeBits), (epoch, Self.epochBits))
    case .delete(let owner, let file):
      Self.packed(8, (owner, Self.partyBits), (file, Self.fileBits))
    case .list(let owner): Self.packed(9, (owner, Self.partyBits))
    case .report(let user, let file, let isMissing):
      Self.packed(
        10, (user, Self.partyBits), (file, Self.fileBits), (isMissing ? 1 : 0, 1))
    case .supersede(let owner, let file, let version):
      Self.packed(
        11, (owner, Self.partyBits), (file, Self.fileBits), (version, Self.versionBits))
    }
  }

  /// Reads a word; nil for one that no operation has.
  public init?(word: UInt64) {
    var fields = Fields(rest: word)
    switch fields.next(4) {
    case 1: self = .enrol(owner: fields.next(Self.partyBits))
    case 2: self = .register(user: fields.next(Self.partyBits))
    case 3:
      self = .store(owner: fields.next(Self.partyBits), file: fields.next(Self.fileBits))
    case 4:
      let era = fields.next(Self.eraBits) << Self.occasionBits
      let (user, target) = (fields.next(Self.askerBits), fields.next(Self.fileBits))
      let (occasion, misses) = (era | fields.next(Self.occasionBits), fields.next(1) == 1)
      guard let flaw = AccessRequest.Flaw(rawValue: UInt8(fields.next(2))) else { return nil }
      self = .access(
        AccessRequest(user: user, target: target, occasion: occasion, misses: misses, flaw: flaw))
    case 5:
      self = .revoke(
        attribute: fields.next(Self.attributeBits), user: fields.next(Self.partyBits))
    case 6:
      self = .rekey(
        attribute: fields.next(Self.attributeBits), epoch: fields.next(Self.epochBits))
    case 7:
      self = .renew(
        file: fields.next(Self.fileBits), attribute: fields.next(Self.attributeBits),
        epoch: fields.next(Self.epochBits))
    case 8:
      self = .delete(owner: fields.next(Self.partyBits), file: fields.next(Self.fileBits))
    case 9: self = .list(owner: fields.next(Self.partyBits))
    case 10:
      self = .report(
        user: fields.next(Self.partyBits), file: fields.next(Self.fileBits),
        isMissing: fields.next(1) == 1)
    case 11:
      self = .supersede(
        owner: fields.next(Self.partyBits), file: fields.next(Self.fileBits),
        version: fields.next(Self.versionBits))
    default: return nil
    }
    guard fields.rest == 0 else { return nil }
  }

  private static func packed(_ kind: UInt64, _ fields: (value: Int, bits: Int)...) -> UInt64 {
    var word = kind << 60
    var free = 60
    for field in fields {
      precondition(
        field.value >= 0 && field.value < 1 << field.bits,
        "\(field.value) does not fit \(field.bits) bits of an operation")
      free -= field.bits
      word |= UInt64(field.value) << UInt64(free)
    }
    return word
  }

  /// Takes fields off the top of a word.
  private struct Fields {
    var rest: UInt64

    mutating func next(_ bits: Int) -> Int {
      let value = rest >> UInt64(64 - bits)
      rest <<= UInt64(bits)
      return Int(value)
    }
  }
}
