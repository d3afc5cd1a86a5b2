import ArgumentParser
import Foundation
import RecordExperiments
import RunPlans
import Streamlet

/// Seeded hostile inputs for everything that reads what others wrote.
@main
struct HostileInput: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hostile-input",
    abstract: "Feeds hostile inputs to decoders and to readers of files.",
    discussion: """
      The first inputs of a subject are valid or must be refused for a known reason; the others are \
      mutants of them. Input number i of a subject and a seed is the same in any run. Worker processes \
      read the inputs. One that traps, hangs or needs too much memory is a finding, as is an accepted \
      encoding that encodes differently or a forged one that passes for genuine. A finding leaves its \
      input in Findings/ and prints the command that repeats it. Exit code 2: there are findings. \
      The working directory is the root of the repository.
      """)

  @Argument(help: "decoders: of keys, records and proofs; files: scenarios, tables, runs and more.")
  var family: Family
  @Argument(help: "The seed of all mutations.")
  var seed: UInt64
  @Argument(
    help: """
      Inputs: of all decoders, or of each kind of file and a hundredth of runs; of each subject that \
      is named.
      """)
  var count: Int
  @Argument(help: "Only these subjects; a name that is none lists all.")
  var names: [String] = []
  @Option(help: "The number of the first input.")
  var from = 0
  @Flag(help: "Prints the inputs instead of reading them, those of decoders in hexadecimal digits.")
  var show = false
  @Flag(help: "Prints findings and one line.")
  var quiet = false
  /// The directory of the first process and the position where a worker begins.
  @Option(parsing: .upToNextOption, help: .hidden)
  var worker: [String] = []

  func validate() throws {
    if count < 0 || from < 0 { throw ValidationError("COUNT and --from must not be negative.") }
  }

  func run() async throws {
    RecordsKind.register()
    try Subjects.register([.streamlet])
    let scratch =
      worker.first
      ?? FileManager.default.temporaryDirectory.path
      + "/hostile-input-\(ProcessInfo.processInfo.processIdentifier)"
    if worker.isEmpty { try family.prepare(scratch) }
    defer { if worker.isEmpty { try? FileManager.default.removeItem(atPath: scratch) } }
    let agenda = try await agenda(scratch)
    if worker.count == 2, let position = Int(worker[1]) {
      return await Worker(agenda: agenda).run(from: position)
    }
    if show { return agenda.show() }

    var campaign = Campaign(
      agenda, family: family.rawValue, scratch: scratch, isQuiet: quiet)
    try campaign.run()
    let found = campaign.tallies.reduce(0) { $0 + $1.findings }
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &usage)
    print(
      "\(agenda.total) inputs of \(agenda.subjects.count) subjects, \(found) findings, "
        + "at most \(usage.ru_maxrss / 1024) MB")
    if found > 0 { throw ExitCode(2) }
  }

  private func agenda(_ scratch: String) async throws -> Agenda {
    let all = try await family.subjects(scratch)
    if names.isEmpty {
      let whole = family == .decoders ? all.reduce(0) { $0 + $1.weight } : 100
      // What must be refused always belongs to it.
      let counts = all.map {
        max(($0.weight * count + whole - 1) / whole, $0.forbidden.isEmpty ? 0 : $0.knownCount)
      }
      return Agenda(subjects: all, seed: seed, first: from, counts: counts)
    }
    let known = all.map(\.name)
    if let name = names.first(where: { !known.contains($0) }) {
      throw ValidationError("There is no '\(name)', only: \(known.joined(separator: ", "))")
    }
    let chosen = all.filter { names.contains($0.name) }
    return Agenda(subjects: chosen, seed: seed, first: from, counts: chosen.map { _ in count })
  }
}

/// Subjects that are read in one go.
enum Family: String, CaseIterable, ExpressibleByArgument {
  case decoders, files

  /// Makes the directory of this process, with what files are read beside.
  func prepare(_ scratch: String) throws {
    try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
    if self == .files { try FileKinds(scratch: scratch).prepare() }
  }

  func subjects(_ scratch: String) async throws -> [Subject] {
    switch self {
    case .files: return try await FileKinds(scratch: scratch).all()
    case .decoders:
      var decoders = PairingDecoders.all + (try SharingDecoders.all())
      let donors = decoders.map(\.corpus)
      for index in decoders.indices { decoders[index].donors = donors }
      return decoders
    }
  }
}

extension Agenda {
  /// Prints the inputs.
  func show() {
    for position in 0..<total {
      let (subject, index) = place(position)
      let input = input(position)
      if subject.form == .bytes {
        let digits = input.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        print("\(index) \(subject.name) \(digits)")
      } else {
        FileHandle.standardOutput.write(Data(input))
      }
    }
  }
}
