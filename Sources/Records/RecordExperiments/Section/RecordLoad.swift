import ConsensusCore
import HealthRecords
import RunPlans
import Simulator

/// The parties that share records in one run.
struct RecordLoad: RunLoad {
  let world: RecordWorld
  let replicas: Int
  let ordersPerReplica: Bool

  var application: (any Application)? { RecordLedger(world) }

  var workload: any Workload {
    RecordWorkload(
      world, replicas: replicas, weakQuorum: Quorum(replicas: replicas).oneHonest,
      ordersPerReplica: ordersPerReplica)
  }

  var parties: Int { world.roster.count }

  var connections: Int { world.roster.connections }
}
