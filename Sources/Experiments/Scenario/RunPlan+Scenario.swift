import Notation
import RunPlans

extension RunPlan {
  /// Blocks between two reports of the isolation area; nil for never.
  var epochLength: Int? { self[CheckedPBFTKeys.self].epochLength?.count(among: replicas) }

  /// Reads a plan of a scenario file.
  init(_ reader: MappingReader, costs: CostLoader) {
    self.init(reader, costs: costs) { reading in
      reader.has(Workloads.section) ? Workloads.read(reader, costs: costs, in: &reading) : nil
    }
  }
}
