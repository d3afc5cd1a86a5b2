import ConsensusCore
import HealthRecords
import Invariants
import Simulator

/// Client machines, and the parties that play them where records are shared.
extension CellRun {
  /// What replicas execute besides counting requests.
  var application: (any Application)? {
    if cell.settings.recordsHistory { return HistoryApplication(parts: 1) }
    return world.map { RecordLedger($0) }
  }

  /// Who plays the client machines, if they are parties.
  var workload: (any Workload)? {
    world.map {
      RecordWorkload(
        $0, replicas: cell.settings.replicas,
        weakQuorum: Quorum(replicas: cell.settings.replicas).oneHonest,
        ordersPerReplica: cell.protocolName == .pow)
    }
  }

  var clients: [ClientModel] {
    guard let world else { return cell.settings.clients.map { model(of: $0, load: $0.load) } }
    guard let client = cell.settings.clients.first else { return [] }
    let party = model(of: client, load: .submitted(connections: world.roster.connections))
    return Array(repeating: party, count: world.roster.count)
  }

  private func model(of client: RunSettings.Client, load: ClientModel.Load) -> ClientModel {
    let isPoW = cell.protocolName == .pow
    let isRaft = cell.protocolName == .raft
    let quorum = Quorum(replicas: cell.settings.replicas)
    // A PoW client that believed a single node would believe the miner whose block nobody takes.
    let rule = client.replyQuorum ?? (isRaft ? .fixed : isPoW ? .weak : .strong)
    let replies: Int =
      switch rule {
      case .fixed: 1
      case .strong: 2 * quorum.faults + 1
      case .weak: quorum.oneHonest
      }
    var model = ClientModel(
      load: load, dispatch: client.dispatch ?? (isRaft ? .leader : .multicast),
      replyQuorum: replies,
      timeout: isPoW ? nil : client.timeout,
      retransmission: client.retransmission.map {
        ClientModel.Retransmission(period: $0, target: isRaft ? .next : .all)
      })
    model.quorumRule = rule
    model.deceit = client.deceit
    model.afterDecline = client.afterDecline
    return model
  }
}
