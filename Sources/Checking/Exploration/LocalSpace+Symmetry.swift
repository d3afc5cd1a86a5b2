import ConsensusCore
import DiscreteEvents

// States and messages of replicas that changed places: found by making the same steps there.
extension LocalSpace {
  /// The number, at replica `permutation[replica]`, of the state that the permuted inputs lead to;
  /// ``unknown`` if the replicas did not act alike, which makes the reduction wrong.
  @inline(__always)
  mutating func image(of state: UInt32, of replica: Int, by permutation: Int) -> UInt32 {
    let known = images[replica][Int(state) * permutations.count + permutation]
    return known != Self.unknown ? known : firstImage(of: state, of: replica, by: permutation)
  }

  @inline(never)
  private mutating func firstImage(
    of state: UInt32, of replica: Int, by permutation: Int
  ) -> UInt32 {
    let place = Int(state) * permutations.count + permutation
    let local = states[replica][Int(state)]
    if local.input == code.start {
      images[replica][place] = 0
      return 0
    }
    let parent = image(of: local.parent, of: replica, by: permutation)
    guard parent != Self.unknown, let input = image(ofInput: local.input, by: permutation) else {
      return Self.unknown
    }
    let result = next(parent, input, of: permutations[permutation][replica]).state
    images[replica][place] = result
    return result
  }

  /// What permuted replicas have sent; ``unknown`` if they did not act alike.
  mutating func image(ofOutbox outbox: UInt32, by permutation: Int) -> UInt32 {
    if outbox == 0 { return 0 }
    if let known = outboxImages[outbox, UInt32(permutation)] { return UInt32(known) }
    var image = outboxes[0]
    for (recipient, numbers) in outboxes[Int(outbox)].messages.enumerated() {
      for number in numbers {
        guard let moved = self.image(ofMessage: number, by: permutation) else {
          return Self.unknown
        }
        image.insert(moved, to: permutations[permutation][recipient])
      }
    }
    let result = number(of: image)
    outboxImages.insert(outbox, UInt32(permutation), UInt64(result))
    return result
  }

  private mutating func image(ofInput input: UInt32, by permutation: Int) -> UInt32? {
    guard let number = code.message(of: input) else { return input }
    return image(ofMessage: number, by: permutation).map { code.message($0) }
  }

  private mutating func image(ofMessage number: UInt32, by permutation: Int) -> UInt32? {
    if let known = messageImages[number, UInt32(permutation)] { return UInt32(known) }
    let known = messages[Int(number)]
    let map = permutations[permutation]
    var found: UInt32?
    if known.input == code.start {
      found =
        sent(.start, by: map[known.sender], from: 0, input: known.input)
        .filter { $0.recipient == map[known.recipient] }.dropFirst(known.ordinal).first?.number
    } else {
      let state = image(of: known.state, of: known.sender, by: permutation)
      guard state != Self.unknown, let step = image(ofInput: known.input, by: permutation) else {
        return nil
      }
      var local = states[map[known.sender]][Int(state)]
      let event = prepare(&local, step)
      found =
        sent(event, by: map[known.sender], from: state, input: step)
        .filter { $0.recipient == map[known.recipient] }.dropFirst(known.ordinal).first?.number
    }
    guard let found else { return nil }
    messageImages.insert(number, UInt32(permutation), UInt64(found))
    return found
  }

  /// What a step sends, in order, without making it count.
  private mutating func sent(
    _ event: Input<M.Subject>, by replica: Int, from state: UInt32, input: UInt32
  ) -> [(number: UInt32, recipient: Int)] {
    // What a replica sends at its start it sends from no state.
    var local = input == code.start ? blank(replica) : states[replica][Int(state)]
    var effects = Effects<M.Subject>(replicas: model.replicas, costs: .free)
    effects.begin(for: ReplicaID(replica))
    local.replica.step(event, at: time(of: local.steps + 1), into: &effects)
    return numbers(of: effects.sends, by: replica, from: state, input: input)
  }
}
