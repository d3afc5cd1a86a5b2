import DiscreteEvents
import Simulator

// What owners do besides: deleting a file, and listing who asked for theirs.
extension RecordWorkload {
  mutating func advanceDeletion(
    _ flow: inout Flow, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    if ends(&flow, job, &effects) { return }
    switch job.input {
    case .alarm:
      flow.path.reach(job)
      charge(.request, &effects)
      submit(
        .delete(owner: flow.owner, file: flow.file), of: &flow, bytes: price(.request).bytes,
        by: job, &effects)
    case .accepted, .declined:
      let reply = answer(&flow, job)
      guard reply.answer?.status == .done else {
        if reply.wasDeclined { planner.keeps(flow.file) }
        end(&flow, as: failure(reply), job, &effects)
        return
      }
      flow.path.pending = .network
      send(.deleted, of: flow.number, bytes: Self.noteBytes + proofBytes, to: .cloud, &effects)
      if isTold(flow.file) {
        tell(flow.file, .patient(flow.owner), job, "has deleted it on the chain and tells CS")
      }
    case .message:
      flow.path.reach(job)
      checkProof(&effects)
      cloud.erase(flow.file)
      if isTold(flow.file) {
        tell(flow.file, .cloud, job, "erases the ciphertext")
      }
      conclude(&flow, as: .done, job, &effects)
    case .started: break
    }
  }

  mutating func advanceListing(
    _ flow: inout Flow, _ job: PartyJob, _ effects: inout PartyEffects
  ) {
    switch job.input {
    case .alarm:
      flow.path.reach(job)
      charge(.request, &effects)
      submit(
        .list(owner: flow.owner), of: &flow, bytes: price(.request).bytes, by: job, &effects)
    case .accepted, .declined:
      let reply = answer(&flow, job)
      end(
        &flow, as: reply.answer?.status == .done ? .done : failure(reply), job, &effects)
    case .started, .message: break
    }
  }
}
