import ConsensusCore
import DiscreteEvents
import Simulator
import TestSupport
import Testing

@testable import Invariants
@testable import PBFT
@testable import SCPBFT

/// One thing a probe is told.
enum Step<R: Replica>: Sendable {
  case seen(Int, R.Observation)
  case sent(Int, R.Message)
  case turned(Int, NodeCondition)
  case issued(Request)
  case believed(Request, Digest)
  case calmed
  case handled(Int, R.Message, from: Endpoint)
  case calmOver
  case finished
}

/// A stream that breaks one invariant, and one close to it that does not.
struct Stream<R: Replica>: Sendable, CustomTestStringConvertible {
  var invariant: InvariantID
  var name: String
  var before: [Step<R>] = []
  var legal: [Step<R>]
  var broken: [Step<R>]
  var testDescription: String { "\(invariant), \(name)" }
}

extension Probe {
  mutating func tell(_ steps: [Step<Subject>]) {
    for (index, step) in steps.enumerated() {
      let time = at(Int64(index))
      switch step {
      case .seen(let replica, let observation):
        observe(observation, by: ReplicaID(replica), at: time)
      case .sent(let replica, let message):
        sent(message, by: ReplicaID(replica), to: .others, at: time)
      case .turned(let replica, let condition): changed(ReplicaID(replica), to: condition, at: time)
      case .issued(let request): clientIssued(request, at: time)
      case .believed(let request, let result):
        clientAccepted(request, result: result, issued: time, at: time)
      case .calmed: calmBegan(isComplete: true, at: time)
      case .handled(let replica, let message, let sender):
        handledInCalm(message, from: sender, by: ReplicaID(replica))
      case .calmOver: calmEnded(wasPlain: true, at: time)
      case .finished: finish(at: time)
      }
    }
  }

  /// Tells both variants, and expects the invariant to be broken first in the one and none in the
  /// other.
  func check(_ stream: Stream<Subject>) {
    var legal = self
    legal.tell(stream.before + stream.legal)
    #expect(legal.violations.isEmpty, "\(stream.name): \(legal.violations)")
    var broken = self
    broken.tell(stream.before)
    #expect(broken.violations.isEmpty, "\(stream.name) breaks too early: \(broken.violations)")
    broken.tell(stream.broken)
    #expect(broken.violations.first?.invariant == stream.invariant, "\(stream.name)")
  }
}

let keys = Seed(7)
let verifier = Verifier(keys: keys)
func key(_ replica: Int) -> Signer { Signer(endpoint: Endpoint(ReplicaID(replica)), keys: keys) }
func request(_ timestamp: UInt64, of client: Int = 0) -> Request {
  Request(
    client: ClientID(client), timestamp: timestamp, operation: 5, operationBytes: 0,
    signedBy: Signer(endpoint: Endpoint(ClientID(client)), keys: keys))
}

let a = Digest(0xA)
let b = Digest(0xB)
typealias S = Step<CheckedPBFT>

func seq(_ number: UInt64) -> SequenceNumber { SequenceNumber(number) }

func accepted(
  _ replica: Int, _ view: UInt64, _ number: UInt64, _ digest: Digest, of proposer: Int = 0
) -> S {
  .seen(
    replica,
    .accepted(
      View(view), seq(number), digest, proposer: ReplicaID(proposer), lowWatermark: .zero))
}
func prepared(_ replica: Int, _ view: UInt64, _ number: UInt64, _ digest: Digest) -> S {
  .seen(replica, .prepared(View(view), seq(number), digest))
}
func committed(_ replica: Int, _ view: UInt64, _ number: UInt64, _ digest: Digest) -> S {
  .seen(
    replica,
    .committed(View(view), seq(number), digest, transactions: 1, isOrdinary: true))
}
func executed(_ replica: Int, _ number: UInt64, _ digest: Digest = a) -> S {
  .seen(replica, .executed(seq(number), digest))
}
func applied(_ replica: Int, _ request: Request, _ number: UInt64) -> S {
  .seen(replica, .executedRequest(request, result: request.result, seq(number)))
}
func vote(
  _ replica: Int, _ view: UInt64, _ number: UInt64, _ digest: Digest, isCommit: Bool = false,
  by sender: Int? = nil
) -> S {
  let vote = Vote(
    view: View(view), sequence: seq(number), digest: digest, replica: ReplicaID(replica),
    signature: .none, proposalSignature: .none)
  return .sent(sender ?? replica, isCommit ? .commit(vote) : .prepare(vote))
}
func left(_ replica: Int, _ target: UInt64, _ reason: Complaint.Reason = .timeout) -> S {
  .seen(replica, .leftView(target: View(target), reason: reason))
}
func entered(_ replica: Int, _ view: UInt64, primary: Int? = nil) -> S {
  .seen(
    replica,
    .enteredView(View(view), primary: ReplicaID(primary ?? Int(view % 4)), leads: false))
}
func checkpoint(_ replica: Int, _ number: UInt64, _ digest: Digest = a) -> S {
  .seen(replica, .tookCheckpoint(seq(number), digest))
}
func stable(_ replica: Int, _ number: UInt64, _ digest: Digest = a) -> S {
  .seen(replica, .stable(seq(number), digest))
}
func marked(
  _ replica: Int, _ subject: Int, _ before: NodeState, _ after: NodeState, total: Int,
  isProven: Bool = false
) -> S {
  .seen(
    replica,
    .marked(
      SheetChange(
        subject: ReplicaID(subject), before: before, after: after, isProven: isProven,
        unstableTotal: total)))
}
/// An honest replica complains first-hand about a node's turns in these views.
func blames(
  _ replica: Int, _ subject: Int, in views: [UInt64], _ reason: Complaint.Reason = .timeout
) -> S {
  .sent(
    replica,
    .viewChange(
      ViewChange(
        epoch: 0, target: View(1), stable: .genesis, certificates: [],
        complaints: views.map {
          Complaint(view: View($0), subject: ReplicaID(subject), reason: reason)
        }, evidence: [], replica: ReplicaID(replica), signedBy: key(replica))))
}
func epoch(_ replica: Int, _ members: [Int]) -> S {
  .seen(
    replica,
    .enteredEpoch(1, members: ReplicaSet(members.map { ReplicaID($0) }), start: seq(1)))
}

/// Everybody accepts and prepares a batch.
func agreed(_ view: UInt64, _ number: UInt64, _ digest: Digest, of proposer: Int = 0) -> [S] {
  (0..<4).map { accepted($0, view, number, digest, of: proposer) }
    + (0..<4).map { prepared($0, view, number, digest) }
}

func certificate(
  _ view: UInt64, _ number: UInt64, _ digest: Digest, signers: [Int] = [1, 2]
) -> PreparedCertificate {
  let view = View(view)
  let tags = signers.map {
    key($0).sign(SignedContent.prepare(view, seq(number), digest, ReplicaID($0))).tag
  }
  return PreparedCertificate(
    proposal: Proposal(view: view, sequence: seq(number), digest: digest, signedBy: key(0)),
    proposer: ReplicaID(0), signers: ReplicaSet(signers.map { ReplicaID($0) }),
    aggregate: Signature(tag: tags.reduce(0, ^)))
}
func viewChange(
  _ replica: Int, _ target: UInt64, _ certificates: [PreparedCertificate] = []
) -> ViewChange {
  ViewChange(
    epoch: 0, target: View(target), stable: .genesis, certificates: certificates, complaints: [],
    evidence: [], replica: ReplicaID(replica), signedBy: key(replica))
}
func asks(_ replica: Int, _ target: UInt64, _ certificates: [PreparedCertificate] = []) -> S {
  .sent(replica, .viewChange(viewChange(replica, target, certificates)))
}
/// Three VIEW-CHANGEs for view 1, of which some complain first-hand about a turn.
func blaming(
  _ subject: Int, in view: UInt64, by count: Int = 3, _ certificates: [PreparedCertificate] = []
) -> [ViewChange] {
  let complaint = Complaint(view: View(view), subject: ReplicaID(subject), reason: .timeout)
  return (1..<4).map {
    ViewChange(
      epoch: 0, target: View(1), stable: .genesis, certificates: certificates,
      complaints: $0 <= count ? [complaint] : [], evidence: [], replica: ReplicaID($0),
      signedBy: key($0))
  }
}
func judging(_ subject: Int, in view: UInt64, _ finding: Judgement.Finding = .timedOut)
  -> [Judgement]
{
  [Judgement(view: View(view), subject: ReplicaID(subject), finding: finding)]
}
/// The first batch of replica 1 in view 1.
func judgingBatch(_ judgements: [Judgement]) -> Batch {
  Batch(
    proposer: ReplicaID(1), view: View(1), requests: [request(1)], judgements: judgements,
    changes: [])
}
func judgingBatch(
  _ subject: Int, in view: UInt64, _ finding: Judgement.Finding = .timedOut
) -> Batch { judgingBatch(judging(subject, in: view, finding)) }
func proposes(_ judgements: [Judgement], at number: UInt64 = 1, by replica: Int = 1) -> S {
  let batch = judgingBatch(judgements)
  return .sent(
    replica,
    .prePrepare(
      Proposal(
        view: View(1), sequence: seq(number), digest: batch.digest, signedBy: key(replica)), batch))
}
func newView(_ changes: [ViewChange], _ proposals: [(UInt64, Digest)] = []) -> S {
  .sent(
    1,
    .newView(
      NewView(
        view: View(1), viewChanges: changes,
        proposals: proposals.map {
          Proposal(view: View(1), sequence: seq($0.0), digest: $0.1, signedBy: key(1))
        }, replica: ReplicaID(1), signedBy: key(1))))
}
