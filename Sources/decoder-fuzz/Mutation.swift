/// Ways to spoil an encoding.
enum Mutation: CaseIterable {
  case flipBit, flipBytes, truncate, extend, splice, exchange, editLength, editHeader, fill
  case step, insertPiece, overwritePiece, delete, duplicate, swap, noise
  case growList, shrinkList, replaceMember, swapMembers

  /// Spoils `input`; `other` is a valid encoding of any kind.
  func apply(
    to input: inout [UInt8], other: [UInt8], of decoder: Decoder, _ draws: inout Draws
  ) {
    let pieces = decoder.pieces
    switch self {
    case .flipBit: Self.change(&input, &draws) { $0 ^ (1 << UInt8($1.below(8))) }
    case .flipBytes:
      for _ in 0...draws.below(8) { Self.change(&input, &draws) { _, draws in draws.byte() } }
    case .truncate: input.removeLast(min(input.count, 1 + draws.below(max(1, input.count))))
    case .extend:
      let count = 1 + draws.below(draws.below(8) == 0 ? 4096 : 16)
      input += draws.below(2) == 0 ? [UInt8](repeating: 0, count: count) : draws.bytes(count)
    case .splice:
      let cut = draws.below(input.count + 1)
      input = Array(input[..<cut]) + other.suffix(draws.below(other.count + 1))
    case .exchange: input = other
    case .editLength: Self.editLength(&input, &draws)
    case .editHeader:
      guard !input.isEmpty else { return }
      input[draws.below(min(4, input.count))] = draws.pick([0, 1, 2, 3, 4, 5, 0x7f, 0x80, 0xff])
    case .fill:
      let range = Self.range(input, &draws)
      let byte = draws.pick([0, 0xff, draws.byte()])
      for index in range { input[index] = byte }
    case .step: Self.step(&input, &draws)
    case .insertPiece:
      input.insert(contentsOf: Self.piece(pieces, &draws), at: draws.below(input.count + 1))
    case .overwritePiece:
      let piece = Self.piece(pieces, &draws)
      guard piece.count <= input.count else { return input = piece }
      let start = draws.pick([
        input.count - piece.count, draws.below(input.count - piece.count + 1),
      ])
      input.replaceSubrange(start..<(start + piece.count), with: piece)
    case .delete: input.removeSubrange(Self.range(input, &draws))
    case .duplicate:
      let range = Self.range(input, &draws)
      let times = draws.below(16) == 0 ? 1 + draws.below(64) : 1
      for _ in 0..<times where input.count < 100_000 {
        input.insert(contentsOf: input[range], at: range.upperBound)
      }
    case .swap:
      guard input.count > 1 else { return }
      input.swapAt(draws.below(input.count), draws.below(input.count))
    case .noise: input = draws.bytes(input.count)
    case .growList, .shrinkList, .replaceMember, .swapMembers:
      guard let list = CountedList(in: input, of: decoder, &draws) else { return }
      change(list, of: &input, pieces, &draws)
    }
  }

  private static func change(
    _ input: inout [UInt8], _ draws: inout Draws, _ how: (UInt8, inout Draws) -> UInt8
  ) {
    guard !input.isEmpty else { return }
    let index = draws.below(input.count)
    input[index] = how(input[index], &draws)
  }

  private static func range(_ input: [UInt8], _ draws: inout Draws) -> Range<Int> {
    let start = draws.below(input.count + 1)
    return start..<(start + draws.below(input.count - start + 1))
  }

  private static func piece(_ pieces: [[UInt8]], _ draws: inout Draws) -> [UInt8] {
    pieces.isEmpty ? draws.bytes(1 + draws.below(8)) : draws.pick(pieces)
  }

  /// Writes a number of 1, 2, 4 or 8 bytes, as a length field would have it, near the beginning or
  /// anywhere.
  private static func editLength(_ input: inout [UInt8], _ draws: inout Draws) {
    let width = draws.pick([1, 2, 4, 8])
    guard input.count >= width else { return }
    let last = input.count - width
    let start = draws.below(2) == 0 ? draws.below(min(last, 16) + 1) : draws.below(last + 1)
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
  private static func step(_ input: inout [UInt8], _ draws: inout Draws) {
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

/// What may be a list with its count in four bytes before it.
private struct CountedList {
  let start: Int
  let count: Int
  let width: Int

  /// Finds a count that could be one, anywhere.
  init?(in input: [UInt8], of decoder: Decoder, _ draws: inout Draws) {
    guard !decoder.widths.isEmpty, input.count > 4 else { return nil }
    let width = draws.pick(decoder.widths)
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

extension Mutation {
  /// Changes a list so that what follows it stays in place.
  private func change(
    _ list: CountedList, of input: inout [UInt8], _ pieces: [[UInt8]], _ draws: inout Draws
  ) {
    let member = list.member(draws.below(list.count))
    let content = Array(input[member])
    switch self {
    case .growList:
      input[list.start - 1] += 1
      input.insert(contentsOf: content, at: draws.pick([member.upperBound, list.start]))
    case .shrinkList:
      input[list.start - 1] -= 1
      input.removeSubrange(member)
    case .swapMembers:
      let other = list.member(draws.below(list.count))
      input.replaceSubrange(member, with: input[other])
      input.replaceSubrange(other, with: content)
    default:
      // A member may begin with a number of its own, so that the end is what has to fit.
      let fitting = pieces.filter { $0.count <= list.width }
      guard !fitting.isEmpty else { return }
      let piece = draws.pick(fitting)
      input.replaceSubrange((member.upperBound - piece.count)..<member.upperBound, with: piece)
    }
  }
}
