import PairingCrypto

/// A policy with its matrix and its canonical bytes, which many files share.
public struct SharingPolicy: Hashable, Sendable {
  /// (M, ρ).
  public let matrix: ShareMatrix
  /// The canonical encoding of the policy, of which the matrix is a function.
  let bytes: [UInt8]
  /// What the counted engine tells the policy from others by.
  let mark: UInt64
  /// What the counted engine tells the rows of M from others by.
  let rowMarks: [UInt64]

  /// A policy ready for use.
  ///
  /// - Throws: a violation of the limits.
  public init(_ policy: AccessPolicy) throws(PolicyViolation) {
    let matrix = try ShareMatrix(policy)
    self.matrix = matrix
    bytes = matrix.policy.bytes
    mark = RecordSharing.mark(of: bytes)
    rowMarks = (0..<matrix.rowCount).map { row in
      matrix.entries(ofRow: row).reduce(0) { mark, entry in
        let place = UInt64(entry.column) << 32 | UInt64(entry.exponent)
        return mixed(mixed(mark, place), UInt64(bitPattern: Int64(entry.base)))
      }
    }
  }

  /// The policy in normal form.
  public var policy: AccessPolicy { matrix.policy }

  /// ρ: the label of each row.
  public var labels: [RowLabel] { matrix.labels }

  /// Whether both are the same policy.
  public static func == (a: Self, b: Self) -> Bool { a.bytes == b.bytes }

  /// The canonical bytes alone.
  public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }

  /// What sealing a file's record or location authenticates besides the text: policy and file.
  func sealingContext(
    of file: FileID, _ parameters: ParameterSet, _ purpose: ArtefactWriter.Purpose
  ) -> ArtefactWriter {
    var writer = ArtefactWriter(parameters, purpose)
    writer.header(.sealingContext)
    writer.field(bytes)
    writer.write(file.rawValue)
    return writer
  }
}

extension Capsule {
  /// The cheapest rows that a key can open.
  ///
  /// A row is of no use to who lacks the component for its label, or has one of another epoch.
  func usableRows(
    with key: UserKey<Elements>
  ) throws(DecryptionFailure) -> Reconstruction {
    let count = policy.labels.count
    guard shares.count == count, rows.count == count else { throw .commitmentMismatch }
    var isHeld = [Bool](repeating: false, count: count)
    var isCurrent = isHeld
    for (index, label) in policy.labels.enumerated() {
      guard let component = key.component(for: label.attribute),
        component.points.count >= label.occurrence
      else { continue }
      isHeld[index] = true
      isCurrent[index] = component.epoch == rows[index].epoch
    }
    if let found = policy.matrix.reconstruction(where: { isCurrent[$0] }) { return found }
    let outdated = policy.labels.indices.first { isHeld[$0] && !isCurrent[$0] }
    guard let outdated, policy.matrix.reconstruction(where: { isHeld[$0] }) != nil
    else { throw .policyUnsatisfied }
    throw .keyOutdated(policy.labels[outdated].attribute)
  }
}

extension UserKey {
  /// The element for a label.
  func point(for label: RowLabel) -> Elements.Point? {
    guard let component = component(for: label.attribute),
      component.points.indices.contains(label.occurrence - 1)
    else { return nil }
    return component.points[label.occurrence - 1]
  }
}

extension PublicParameters {
  /// Where the attributes stand in the universe.
  func places(of attributes: AttributeSet) throws(KeyFailure) -> [Int] {
    guard !attributes.isEmpty else { throw .noAttributes }
    var places: [Int] = []
    for attribute in attributes {
      guard let place = universe.index(of: attribute) else { throw .unknownAttribute(attribute) }
      places.append(place)
    }
    return places
  }

  /// Where the attributes of a policy's rows stand in the universe.
  func places(of policy: SharingPolicy) throws(EncryptionFailure) -> [Int] {
    var places: [Int] = []
    for label in policy.labels {
      guard let place = universe.index(of: label.attribute) else {
        throw .unknownAttribute(label.attribute)
      }
      guard label.occurrence <= copies else {
        throw .tooManyCopies(label.attribute, label.occurrence, allowed: copies)
      }
      places.append(place)
    }
    return places
  }
}

extension SharingBounds {
  static func check(
    universe: AttributeSet, slots: Int, copies: Int
  ) throws(SetupFailure) {
    guard !universe.isEmpty else { throw .emptyUniverse }
    guard universe.count <= attributes else {
      throw .tooManyAttributes(universe.count, allowed: attributes)
    }
    guard (1...Slot.maximumCount).contains(slots) else {
      throw .slotsOutOfRange(slots, allowed: 1...Slot.maximumCount)
    }
    guard (1...self.copies).contains(copies) else {
      throw .copiesOutOfRange(copies, allowed: 1...self.copies)
    }
  }

  static func check(recordByteCount: Int) throws(EncryptionFailure) {
    guard recordByteCount <= recordBytes else {
      throw .recordTooLarge(recordByteCount, allowed: recordBytes)
    }
  }
}
