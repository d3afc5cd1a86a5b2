import DiscreteEvents

/// Ways to spoil an encoding of fields and lengths.
enum ByteMutation: CaseIterable {
  case flipBytes, extend, exchange, editLength, editHeader, fill, step, overwritePiece, swap

  func apply(to input: inout [UInt8], other: [UInt8], of subject: Subject, _ draws: inout Draw) {
    switch self {
    case .flipBytes:
      for _ in 0...draws.below(8) { input.change(&draws) { $1.byte() } }
    case .extend:
      let count = 1 + draws.below(draws.below(8) == 0 ? 4096 : 16)
      input += draws.below(2) == 0 ? [UInt8](repeating: 0, count: count) : draws.bytes(count)
    case .exchange: input = other
    case .editLength: Self.editLength(&input, &draws)
    case .editHeader:
      guard !input.isEmpty else { return }
      input[draws.below(min(4, input.count))] = draws.pick([0, 1, 2, 3, 4, 5, 0x7f, 0x80, 0xff])
    case .fill:
      let byte = draws.pick([0, 0xff, draws.byte()])
      for index in draws.range(of: input.count) { input[index] = byte }
    case .step: Self.step(&input, &draws)
    case .overwritePiece:
      let piece = subject.piece(&draws)
      let last = input.count - piece.count
      guard last >= 0 else { return input = piece }
      let start = draws.pick([last, draws.below(last + 1)])
      input.replaceSubrange(start..<(start + piece.count), with: piece)
    case .swap:
      guard input.count > 1 else { return }
      input.swapAt(draws.below(input.count), draws.below(input.count))
    }
  }

  /// Writes a number of 1, 2, 4 or 8 bytes, as a length field would have it, near the beginning or
  /// anywhere.
  private static func editLength(_ input: inout [UInt8], _ draws: inout Draw) {
    let width = draws.pick([1, 2, 4, 8])
    let last = input.count - width
    guard last >= 0 else { return }
    let start = draws.below((draws.below(2) == 0 ? min(last, 16) : last) + 1)
    let count = UInt64(input.count)
    let near: [UInt64] = [0, 1, 2, count, count &- 1, count &+ 1, UInt64(draws.below(256))]
    let far: [UInt64] = [
      100_000, 1 << 20, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 1 << 63, .max >> 1, .max,
    ]
    let value = draws.pick(near + far)
    for index in 0..<width {
      input[start + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * (width - 1 - index)))
    }
  }

  /// Adds or subtracts one from the input as one number that ends at some byte.
  private static func step(_ input: inout [UInt8], _ draws: inout Draw) {
    guard !input.isEmpty else { return }
    let up = draws.below(2) == 0
    var index = draws.pick([input.count - 1, draws.below(input.count)])
    while true {
      input[index] = up ? input[index] &+ 1 : input[index] &- 1
      guard input[index] == (up ? 0 : 0xff), index > 0 else { return }
      index -= 1
    }
  }
}

/// Ways to spoil a list so that what follows the list stays in place.
enum ListMutation: CaseIterable {
  case grow, shrink, replaceMember, swapMembers

  func apply(
    to list: CountedList, of input: inout [UInt8], _ pieces: [[UInt8]], _ draws: inout Draw
  ) {
    let member = list.member(draws.below(list.count))
    let content = Array(input[member])
    switch self {
    case .grow:
      input[list.start - 1] += 1
      input.insert(contentsOf: content, at: draws.pick([member.upperBound, list.start]))
    case .shrink:
      input[list.start - 1] -= 1
      input.removeSubrange(member)
    case .replaceMember:
      // A member may begin with a number of its own, so that the end is what has to fit.
      let fitting = pieces.filter { $0.count <= list.width }
      guard !fitting.isEmpty else { return }
      let piece = draws.pick(fitting)
      input.replaceSubrange((member.upperBound - piece.count)..<member.upperBound, with: piece)
    case .swapMembers:
      let other = list.member(draws.below(list.count))
      input.replaceSubrange(member, with: input[other])
      input.replaceSubrange(other, with: content)
    }
  }
}

/// What may be a list with its count in four bytes before it.
struct CountedList {
  let start: Int
  let count: Int
  let width: Int

  /// Finds a count that could be one, anywhere.
  init?(in input: [UInt8], of subject: Subject, _ draws: inout Draw) {
    guard !subject.widths.isEmpty, input.count > 4 else { return nil }
    let width = draws.pick(subject.widths)
    let starts = (4...input.count).filter { start in
      let count = Int(input[start - 1])
      return input[(start - 4)..<(start - 1)].allSatisfy { $0 == 0 } && 1...64 ~= count
        && start + count * width <= input.count
    }
    guard !starts.isEmpty else { return nil }
    start = draws.pick(starts)
    self.width = width
    count = Int(input[start - 1])
  }

  func member(_ index: Int) -> Range<Int> {
    (start + index * width)..<(start + (index + 1) * width)
  }
}
