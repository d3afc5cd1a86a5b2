import DiscreteEvents

/// Ways to spoil an input.
enum Mutation {
  case flipBit, truncate, splice, cross, insertPiece, delete, duplicate, noise
  case ofBytes(ByteMutation)
  case ofList(ListMutation)
  case ofText(TextMutation)
  case ofLines(LineMutation)

  /// Longer texts are refused for their length alone.
  static let sizeAtMost = 1 << 17

  private static let general: [Self] = [
    .flipBit, .truncate, .splice, .cross, .insertPiece, .delete, .duplicate, .noise,
  ]
  private static let bytes =
    general + ByteMutation.allCases.map(Self.ofBytes) + ListMutation.allCases.map(Self.ofList)
  private static let text =
    general + TextMutation.allCases.map(Self.ofText) + LineMutation.allCases.map(Self.ofLines)
  /// Those after which a text may still be valid; numbers come most often.
  private static let gentle: [Self] =
    [Self](repeating: .ofText(.replaceNumber), count: 4)
    + [
      .ofText(.replaceWord), .ofLines(.delete), .ofLines(.duplicate), .ofLines(.swap), .splice,
    ]

  static func all(of form: Subject.Form) -> [Self] {
    switch form {
    case .bytes: bytes
    case .text: text
    case .gentleText: gentle
    }
  }

  /// Spoils `input`; `other` is a valid one.
  func apply(to input: inout [UInt8], other: [UInt8], of subject: Subject, _ draws: inout Draw) {
    switch self {
    case .flipBit: input.change(&draws) { $0 ^ (1 << UInt8($1.below(8))) }
    case .truncate: input.removeLast(input.isEmpty ? 0 : 1 + draws.below(input.count))
    case .splice:
      let piece = other[draws.range(of: other.count)]
      input.replaceSubrange(draws.range(of: input.count), with: piece)
    case .cross:
      let kept = input.prefix(draws.below(input.count + 1))
      input = kept + other.suffix(draws.below(other.count + 1))
    case .insertPiece:
      input.insert(contentsOf: subject.piece(&draws), at: draws.below(input.count + 1))
    case .delete: input.removeSubrange(draws.range(of: input.count))
    case .duplicate:
      let range = draws.range(of: input.count)
      let piece = Array(input[range])
      for _ in 0...(draws.below(16) == 0 ? draws.below(256) : 0)
      where input.count < Self.sizeAtMost {
        input.insert(contentsOf: piece, at: range.upperBound)
      }
    case .noise: for index in draws.range(of: input.count) { input[index] = draws.byte() }
    case .ofBytes(let mutation):
      mutation.apply(to: &input, other: other, of: subject, &draws)
    case .ofList(let mutation):
      guard let list = CountedList(in: input, of: subject, &draws) else { return }
      mutation.apply(to: list, of: &input, subject.pieces, &draws)
    case .ofText(let mutation): mutation.apply(to: &input, &draws)
    case .ofLines(let mutation): mutation.apply(to: &input, &draws)
    }
  }
}

extension [UInt8] {
  /// Changes one byte.
  mutating func change(_ draws: inout Draw, _ how: (UInt8, inout Draw) -> UInt8) {
    guard !isEmpty else { return }
    let index = draws.below(count)
    self[index] = how(self[index], &draws)
  }
}

extension Subject {
  func piece(_ draws: inout Draw) -> [UInt8] {
    pieces.isEmpty ? draws.bytes(1 + draws.below(8)) : draws.pick(pieces)
  }
}
