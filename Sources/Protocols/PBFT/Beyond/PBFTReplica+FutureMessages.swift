import ConsensusCore
import DiscreteEvents

/// Messages that arrive before this replica can act on them.
///
/// The paper leaves them to retransmission. Here a replica keeps them and handles them later.
extension PBFTReplica {
  // MARK: Beyond PBFT §4.2: a message is kept

  // Rule: PBFT 4.2-14
  /// Keeps a vote under the name of its signer, which is checked first: else a faulty replica could
  /// use up the share of another.
  mutating func keepIfEarly(
    _ message: Message, of vote: Vote, signing content: UInt64, into effects: inout Output
  ) {
    let voter = Endpoint(vote.replica)
    if vote.view > view
      || vote.view == view
        && vote.sequence > min(log.high, Policy.lastOfMembership(at: self))
    {
      guard verifier.isValid(vote.signature, of: voter, over: content) else {
        return reject(.badSignature, from: voter, into: &effects)
      }
      keep(message, from: voter, into: &effects)
    } else if vote.view == view, phase == .normal {
      reject(.outsideWindow, from: voter, into: &effects)
    }
  }

  mutating func keepIfEarly(
    _ message: Message, of messageView: View, from sender: Endpoint, into effects: inout Output
  ) {
    if messageView > view { keep(message, from: sender, into: &effects) }
  }

  mutating func keep(_ message: Message, from sender: Endpoint, into effects: inout Output) {
    if !futureMessages.keep(message, from: sender) {
      reject(.tooEarly, from: sender, into: &effects)
    }
  }

  // MARK: Beyond PBFT §4.2: kept messages are handled

  /// Handles early messages again, except those that are certainly still early.
  ///
  /// A flood of votes for later views must not be checked again at every execution.
  mutating func replayEarly(into effects: inout Output) {
    guard !futureMessages.isEmpty else { return }
    let (view, isChanging) = (self.view, phase != .normal)
    let last = min(log.high, Policy.lastOfMembership(at: self))
    let lastOpen = isSerial ? state.executed.next : last
    let ready = futureMessages.take { message in
      switch message {
      case .prepare(let vote), .commit(let vote):
        vote.view < view || vote.view == view && !isChanging && vote.sequence <= last
      case .prePrepare(let proposal, _): proposal.view <= view
      case .batch(let sequence, _, _): sequence <= lastOpen
      default: true
      }
    }
    for (message, sender) in ready { receive(message, from: sender, into: &effects) }
  }
}
