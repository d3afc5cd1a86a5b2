import ArgumentParser
import Experiments
import Notation
import Synchronization

/// What a program has beside experiments on consensus: a section of scenarios, and commands.
public struct CommandExtension: Sendable {
  /// The kind of workload that scenarios can describe.
  let kind: any WorkloadSection.Type
  /// Further commands, in the order of the help.
  let commands: [any ParsableCommand.Type]
  /// The keys of its cost profiles.
  let priceList: MappingSpec
  /// The table of costs that is compared with the committed one.
  let costs: @Sendable () throws -> CostTable

  /// Creates an extension.
  package init(
    kind: any WorkloadSection.Type, commands: [any ParsableCommand.Type], priceList: MappingSpec,
    costs: @escaping @Sendable () throws -> CostTable
  ) {
    self.kind = kind
    self.commands = commands
    self.priceList = priceList
    self.costs = costs
  }

  private static let known = Mutex<CommandExtension?>(nil)

  /// The extension of this program, if it has one.
  static var registered: CommandExtension? { known.withLock { $0 } }

  /// Makes the extension known.
  func register() {
    Workloads.register(kind)
    Self.known.withLock { $0 = self }
  }
}
