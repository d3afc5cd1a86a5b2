import ConsensusCore
import PBFT
import Simulator

/// How PBFT's messages can be falsified by their sender, who signs with its own key where it can.
///
/// ```
///                 tamper / wrongDigest        equivocate           inventedCertificate
/// PRE-PREPARE     unsigned request / digest   a request twice      -
/// PREPARE,COMMIT  vote for another digest     the same             -
/// REPLY           another result              the same             -
/// CHECKPOINT      another digest              the same             -
/// VIEW-CHANGE     hides P / alters it         hides P              a prepared batch in P
/// NEW-VIEW        shortens O / alters it      lengthens O          a batch in O
/// COMMITTED       another body                the same             a body and its certificate
/// BATCH           another body                the same             -
/// STABLE          another digest              the same             signers who never signed
/// STATE           another state / digest      another state        signers who never signed
/// ```
/// A forgery without meaning for a kind leaves the message as it is.
extension PBFTReplica: Forgeable {
  /// Falsifies one copy of an outgoing message.
  public static func forge(
    _ message: inout Message, as forgery: Forgery, in context: inout ForgeryContext
  ) -> Bool {
    guard let forged = forged(message, as: forgery, in: &context) else { return false }
    message = forged
    return true
  }

  /// Drops requests, relayed ones included, when it holds.
  ///
  /// There is nothing to make up at once: a client believes f + 1 replicas at least.
  public static func falseAnswers(
    to message: Message, from sender: Endpoint, as fault: AnswerFault,
    in context: inout ForgeryContext
  ) -> [FalseAnswer<Self>]? {
    guard fault == .hold, case .request = message else { return nil }
    return []
  }

  private static func forged(
    _ message: Message, as forgery: Forgery, in context: inout ForgeryContext
  ) -> Message? {
    switch message {
    case .request(let request):
      return request.forged(as: forgery, in: &context).map { .request($0) }
    case .prePrepare(let proposal, let batch):
      return proposal.forged(with: batch, as: forgery, in: &context)
        .map { .prePrepare($0.proposal, $0.batch) }
    case .prepare(let vote):
      return vote.forged(as: forgery, in: &context, signing: SignedContent.prepare)
        .map { .prepare($0) }
    case .commit(let vote):
      return vote.forged(as: forgery, in: &context, signing: SignedContent.commit)
        .map { .commit($0) }
    case .reply(let reply):
      return reply.forged(as: forgery, in: &context).map { .reply($0) }
    case .checkpoint(let vote):
      return vote.forged(as: forgery, in: &context).map { .checkpoint($0) }
    case .viewChange(let viewChange):
      return viewChange.forged(as: forgery, in: &context).map { .viewChange($0) }
    case .newView(let newView):
      return newView.forged(as: forgery, in: &context).map { .newView($0) }
    case .status(let status):
      return status.forged(as: forgery).map { .status($0) }
    case .committed(let certificate, let batch):
      return certificate.forged(with: batch, as: forgery, in: &context)
        .map { .committed($0.certificate, $0.batch) }
    case .batch(let sequence, let batch, nil):
      return batch.forgedBody(as: forgery, in: &context).map { .batch(sequence, $0, of: nil) }
    case .batch(let sequence, let batch, let proposal?):
      return proposal.forged(with: batch, as: forgery, in: &context)
        .map { .batch(sequence, $0.batch, of: $0.proposal) }
    case .stable(let proof):
      return proof.forged(as: forgery, in: &context).map { .stable($0) }
    case .state(let transfer):
      return transfer.forged(as: forgery, in: &context).map { .state($0) }
    case .fetch, .fetchState: return nil
    }
  }
}
