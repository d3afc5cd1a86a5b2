import PairingCrypto

extension PublicParameters: DecodableArtefact where Elements == RealElements {
  /// Reads everything but the header; attributes have to ascend.
  public init(from reader: inout ArtefactReader) throws(ArtefactFailure) {
    parameterSet = reader.parameters
    slots = try reader.uint8(in: 1...Slot.maximumCount)
    copies = try reader.uint8(in: 1...SharingBounds.copies)
    epoch = try reader.epoch()
    sharing = try reader.point()
    searching = try reader.point()
    masking = try reader.target()
    let start = reader.offset
    let count = try reader.count(
      atMost: SharingBounds.attributes, bytesEach: 8 + reader.elementBytes)
    guard count > 0 else { throw .wrongCount(0, expected: 1, offset: start) }
    var attributes: [Attribute] = []
    var keys: [AttributeKey<RealElements>] = []
    for _ in 0..<count {
      attributes.append(try reader.attribute(after: attributes.last))
      keys.append(AttributeKey(epoch: try reader.epoch(), point: try reader.point()))
    }
    universe = AttributeSet(attributes)
    attributeKeys = keys
  }
}

extension ArtefactReader {
  /// What a key has for an attribute that follows on another one.
  fileprivate mutating func component(
    after previous: Attribute?
  ) throws(ArtefactFailure) -> KeyComponent<RealElements> {
    let attribute = try attribute(after: previous)
    let epoch = try epoch()
    let start = offset
    let count = try count(atMost: SharingBounds.copies, bytesEach: elementBytes)
    guard count > 0 else { throw .wrongCount(0, expected: 1, offset: start) }
    return KeyComponent(attribute: attribute, epoch: epoch, points: try points(count))
  }
}

extension UserKey: DecodableArtefact where Elements == RealElements {
  /// Reads everything but the header; attributes have to ascend.
  public init(from reader: inout ArtefactReader) throws(ArtefactFailure) {
    user = UserID(try reader.uint32())
    blinded = try reader.point()
    registered = try reader.point()
    searching = try reader.point()
    let count = try reader.count(
      atMost: SharingBounds.attributes, bytesEach: 12 + reader.elementBytes)
    components = []
    for _ in 0..<count {
      components.append(try reader.component(after: components.last?.attribute))
    }
  }
}

extension RegistryEntry: DecodableArtefact where Elements == RealElements {
  /// Reads everything but the header; attributes have to ascend.
  public init(from reader: inout ArtefactReader) throws(ArtefactFailure) {
    user = UserID(try reader.uint32())
    let count = try reader.count(atMost: SharingBounds.attributes, bytesEach: 5)
    var attributes: [Attribute] = []
    for _ in 0..<count { attributes.append(try reader.attribute(after: attributes.last)) }
    self.attributes = AttributeSet(attributes)
    registered = try reader.point()
  }
}

extension Certificate: DecodableArtefact where Elements == RealElements {
  /// Reads everything but the header.
  public init(from reader: inout ArtefactReader) throws(ArtefactFailure) {
    party = try reader.text()
    key = try reader.key()
    signature = try reader.signature()
  }
}

extension Rekeying: DecodableArtefact where Elements == RealElements {
  /// Reads everything but the header.
  public init(from reader: inout ArtefactReader) throws(ArtefactFailure) {
    attribute = try reader.attribute()
    previous = try reader.epoch()
    epoch = try reader.epoch()
    key = try reader.point()
  }
}

extension RowUpdate: DecodableArtefact where Elements == RealElements {
  /// Reads everything but the header; rows have to ascend.
  public init(from reader: inout ArtefactReader) throws(ArtefactFailure) {
    file = FileID(try reader.uint64())
    attribute = try reader.attribute()
    epoch = try reader.epoch()
    let count = try reader.count(
      atMost: SharingBounds.rows, bytesEach: 2 + reader.elementBytes)
    rows = []
    for _ in 0..<count {
      let start = reader.offset
      let row = try reader.uint16()
      if let last = rows.last?.row, row <= last { throw .notAscending(offset: start) }
      rows.append(UpdatedRow(row: row, point: try reader.point()))
    }
  }
}

extension KeyUpdate: DecodableArtefact where Elements == RealElements {
  /// Reads everything but the header.
  public init(from reader: inout ArtefactReader) throws(ArtefactFailure) {
    user = UserID(try reader.uint32())
    component = try reader.component(after: nil)
  }
}
