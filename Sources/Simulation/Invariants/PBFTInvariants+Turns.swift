import ConsensusCore
import PBFT

/// A turn that was judged: it timed out, or a proof was presented.
struct JudgedTurn: Hashable, Sendable {
  let view: View
  let subject: ReplicaID
  let isProven: Bool
  /// Whether a time-out has to be marked: the sheet has not judged this turn or a later one.
  var isNew = true
  /// Whether a mark answered it.
  var isMarked = false
}

/// What the first new batch of a view has to judge, by the NEW-VIEW of an honest replica.
struct DueJudgements: Sendable {
  /// The epoch whose members stand behind the NEW-VIEW: two epochs may have a NEW-VIEW each for one
  /// view, and one first batch.
  var epoch = 0
  var view = View(0)
  var sender = ReplicaID(0)
  /// The sequence number of that batch.
  var first: UInt64 = 0
  var turns: [JudgedTurn] = []
}

// SC-4: complaints lead to judgements, and judgements to marks.
//
// A turn is judged if f + 1 VIEW-CHANGEs of a NEW-VIEW complain about it first-hand, or if one of an
// honest replica carries a proof. Only what honest replicas send is looked at: a batch that a
// Byzantine proposer sends may be another one at each recipient.
extension PBFTInvariants {
  /// Notes what an honest replica's own NEW-VIEW has to lead to.
  ///
  /// A replica that has not entered the last epoch may still send a NEW-VIEW of the one before. No new
  /// batch follows from it: the batch that closed the epoch committed.
  mutating func noteDue(_ newView: NewView) {
    guard let rules, rules.isOrdered, let epoch = newView.viewChanges.first?.epoch else { return }
    let index = Int(truncatingIfNeeded: newView.view.number % 64)
    guard (due[index].epoch, due[index].view) <= (epoch, newView.view) else { return }
    var turns: [JudgedTurn] = []
    var complainers: [ReplicaSet] = []
    for message in newView.viewChanges {
      for proof in message.evidence where honest.contains(message.replica) {
        let turn = JudgedTurn(view: proof.view, subject: proof.subject, isProven: true)
        if !turns.contains(turn) {
          turns.append(turn)
          complainers.append(ReplicaSet(firstReplicas: replicas))
        }
      }
      for complaint in message.complaints where isFirstHand(complaint, of: message) {
        let turn = JudgedTurn(view: complaint.view, subject: complaint.subject, isProven: false)
        let index = turns.firstIndex(of: turn) ?? turns.count
        if index == turns.count {
          turns.append(turn)
          complainers.append(ReplicaSet())
        }
        complainers[index].insert(message.replica)
      }
    }
    let low = newView.viewChanges.map(\.stable.sequence.number).max() ?? 0
    due[index] = DueJudgements(
      epoch: epoch, view: newView.view, sender: newView.replica,
      first: (newView.proposals.last?.sequence.number ?? low) + 1,
      turns: zip(turns, complainers).filter { $1.count > epochs[epoch].faults }.map { $0.0 })
  }

  /// Whether a complaint says that its sender itself saw the turn of another fail.
  func isFirstHand(_ complaint: Complaint, of message: ViewChange) -> Bool {
    complaint.subject != message.replica && complaint.subject.index < replicas
      && (complaint.reason == .timeout || complaint.reason == .evidence)
  }

  /// The first new batch of a view judges what the NEW-VIEW implies.
  ///
  /// A primary that has lied since, or lost its disk, may have sent its proposer another NEW-VIEW.
  mutating func checkJudgements(of batch: Batch, _ proposal: Proposal, by replica: ReplicaID) {
    let demand = due[Int(truncatingIfNeeded: proposal.view.number % 64)]
    if demand.view == proposal.view, demand.first == proposal.sequence.number,
      demand.epoch == epoch(at: proposal.sequence), honest.contains(demand.sender)
    {
      for turn in demand.turns
      where !batch.judgements.contains(where: {
        $0.view == turn.view && $0.subject == turn.subject
          && (!turn.isProven || $0.finding == .provenMalicious)
      }) {
        log.report(
          .sc4, at: replica,
          "n\(proposal.sequence), the first batch of v\(proposal.view), leaves out what node "
            + "\(turn.subject) did in v\(turn.view)")
      }
    }
    if !batch.judgements.isEmpty { verdicts[proposal.digest] = batch.judgements }
  }

  /// A replica executed a batch: what it judges has to be marked in the same step.
  mutating func expectMarks(for digest: Digest, by replica: ReplicaID) {
    checkMarks(by: replica)
    for judgement in verdicts[digest] ?? [] where judgement.subject.index < replicas {
      let index = replica.index * replicas + judgement.subject.index
      let isProven = judgement.finding == .provenMalicious
      let last = sheets[index].judged
      owed[replica.index].append(
        JudgedTurn(
          view: judgement.view, subject: judgement.subject, isProven: isProven,
          isNew: sheets[index].state != .malicious
            && last.map { $0 <= judgement.view.number } ?? false))
      if let last { sheets[index].judged = max(last, judgement.view.number &+ 1) }
    }
  }

  /// Strikes off what a mark answers.
  ///
  /// The sheet takes up no turn before one that it has judged. A mark that answers nothing is that of
  /// a batch which no honest replica proposed: which turn it judged is not known.
  ///
  /// After a transfer it is not known either which turns of a batch are new. A batch names turns by
  /// ascending view. If the sheet takes up one, it takes up all that follow, and has judged the last.
  mutating func settle(_ marking: SheetChange, by replica: ReplicaID) {
    guard marking.after == .unstable || marking.after == .malicious else { return }
    let index = replica.index * replicas + marking.subject.index
    func isAnswered(_ turn: JudgedTurn) -> Bool {
      turn.subject == marking.subject && !turn.isMarked
        && (!turn.isProven || marking.after == .malicious)
    }
    // A certificate may repeat a turn that was judged before, which no mark answers any more.
    let answered =
      owed[replica.index].firstIndex { isAnswered($0) && ($0.isNew || $0.isProven) }
      ?? owed[replica.index].firstIndex { isAnswered($0) }
    guard let answered else { return sheets[index].judged = nil }
    owed[replica.index][answered].isMarked = true
    guard sheets[index].judged == nil, !owed[replica.index][answered].isProven else { return }
    sheets[index].judged =
      owed[replica.index].filter { $0.subject == marking.subject }
      .map { $0.view.number &+ 1 }.max()
  }

  /// Judges what a replica did not mark in the step that is over.
  mutating func checkMarks(by replica: ReplicaID) {
    guard !owed[replica.index].isEmpty else { return }
    for turn in owed[replica.index] where !turn.isMarked && (turn.isProven || turn.isNew) {
      let state = sheets[replica.index * replicas + turn.subject.index].state
      if turn.isProven, state == nil || state == .malicious { continue }
      log.report(
        .sc4, at: replica,
        "did not mark node \(turn.subject) for v\(turn.view)"
          + (turn.isProven ? ", in spite of a proof" : ", which timed out"))
    }
    owed[replica.index] = []
  }
}
