// swift-tools-version: 6.2
// A run must build the same code anywhere: versions are exact, and Package.resolved holds what they need.
// Each target names every module that it imports. Scripts/house.toml lists the arrows that there may
// be between modules and between the folders of Sources.
import PackageDescription

/// Without cross-module optimisation the generic run loop is not specialised and runs up to 17
/// times slower, so release builds ask for it.
///
/// Debug builds keep their compile speed.
let optimised: [SwiftSetting] = [
  .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release))
]

/// Arithmetic of long integers is optimised in debug builds too, or tests of what encrypts would wait for
/// it; its assertions are on there.
let checked: [SwiftSetting] = [
  .unsafeFlags(["-O", "-assert-config", "Debug"], .when(configuration: .debug))
]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: optimised)
}

func program(
  _ name: String, _ dependencies: [Target.Dependency], settings: [SwiftSetting] = []
) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies, swiftSettings: optimised + settings)
}

func tests(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [],
  settings: [SwiftSetting] = []
) -> Target {
  .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

/// Targets whose sources lie together in a folder of Sources.
func folder(_ name: String, _ targets: [Target]) -> [Target] {
  for target in targets { target.path = "Sources/\(name)/\(target.name)" }
  return targets
}

/// Whether the sharing of health records is built.
///
/// What is about consensus needs neither GMP nor swift-crypto: CONSIM_WITHOUT_RECORDS=1 leaves out
/// all that does.
let hasRecords = Context.environment["CONSIM_WITHOUT_RECORDS"] == nil

/// What a target of both builds sees of it.
let knowsRecords: [SwiftSetting] = hasRecords ? [.define("RECORDS")] : []

let argumentParser: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")

let kernel = folder(
  "Kernel",
  [
    module("DiscreteEvents"),
    module("ConsensusCore", ["DiscreteEvents"]),
  ])

/// What a program knows of itself: its build, and what it does when it traps.
let process = folder(
  "Process",
  [
    .target(name: "CBuild"),
    .target(name: "CTrap"),
    module("Traps", ["CTrap"]),
  ])

let protocols = folder(
  "Protocols",
  [
    module("PBFT", ["DiscreteEvents", "ConsensusCore"]),
    module("SCPBFT", ["DiscreteEvents", "ConsensusCore", "PBFT"]),
    module("Raft", ["DiscreteEvents", "ConsensusCore"]),
    module("ProofOfWork", ["DiscreteEvents", "ConsensusCore"]),
    module(
      "Streamlet",
      [
        "DiscreteEvents", "ConsensusCore", "Exploration", "Simulator", "Faults", "Invariants",
        "Notation", "RunPlans",
      ]),
  ])

let simulation = folder(
  "Simulation",
  [
    module("Simulator", ["DiscreteEvents", "ConsensusCore"]),
    module(
      "Faults",
      ["DiscreteEvents", "ConsensusCore", "Simulator", "PBFT", "Raft", "ProofOfWork"]),
    module(
      "Invariants",
      ["DiscreteEvents", "ConsensusCore", "Simulator", "PBFT", "SCPBFT", "Raft", "ProofOfWork"]),
  ])

let files = folder(
  "Files",
  [
    module("Notation", ["DiscreteEvents", "ConsensusCore"]),
    module("YAMLDocuments", ["Notation", .product(name: "Yams", package: "Yams")]),
    module("Tables"),
    .target(
      name: "Charts", dependencies: ["Notation", "Tables"],
      resources: [.embedInCode("plot.gp")], swiftSettings: optimised),
  ])

let runs = folder(
  "Runs",
  [
    module(
      "RunPlans",
      [
        "DiscreteEvents", "ConsensusCore", "Simulator", "Faults", "Invariants", "Notation", "PBFT",
        "SCPBFT", "Raft", "ProofOfWork",
      ])
  ])

let checking = folder(
  "Checking",
  [
    module(
      "Fuzzing",
      [
        "DiscreteEvents", "ConsensusCore", "Simulator", "Faults", "Invariants", "PBFT", "SCPBFT",
        "Raft", "ProofOfWork", "RunPlans", "Traps",
      ]),
    module("Exploration", ["DiscreteEvents", "ConsensusCore", "Invariants", "PBFT", "Raft"]),
  ])

let experiments = Target.target(
  name: "Experiments",
  dependencies: [
    "DiscreteEvents", "ConsensusCore", "Notation", "Tables", "RunPlans", "Simulator", "Faults",
    "Invariants", "PBFT", "SCPBFT", "Raft", "ProofOfWork", "Traps", "CBuild", "YAMLDocuments",
  ],
  resources: [
    .embedInCode("Player/player.html"), .embedInCode("Reporting/report.css"),
  ], swiftSettings: optimised)

let commands = folder(
  "Commands",
  [
    .target(
      name: "ConsimCommands",
      dependencies: [
        "CBuild", "Charts", "DiscreteEvents", "Experiments", "Exploration", "Fuzzing", "Invariants",
        "Notation", "RunPlans", "Tables", "Traps", "YAMLDocuments", argumentParser,
      ],
      resources: [
        "knee", "regions", "crash", "byzantine", "ed25519-grpc",
      ].map { .embedInCode("Templates/\($0).yaml") }, swiftSettings: optimised),
    program(
      "consim", ["ConsimCommands", "Streamlet"] + (hasRecords ? ["RecordCommands"] : []),
      settings: knowsRecords),
  ])

let tools = folder(
  "Tools",
  [
    program("consim-case", ["Experiments"]),
    program("fuzz-case", ["ConsensusCore", "Fuzzing", "RunPlans", "Streamlet"]),
  ])

/// What shares records, and nothing about consensus depends on.
let records =
  folder(
    "Records",
    [
      .systemLibrary(name: "CGMP", pkgConfig: "gmp", providers: [.apt(["libgmp-dev"])]),
      .target(
        name: "PairingCrypto", dependencies: ["CGMP", crypto], swiftSettings: optimised + checked),
      module("RecordSharing", ["PairingCrypto", crypto]),
      module(
        "HealthRecords",
        ["DiscreteEvents", "ConsensusCore", "Simulator", "PairingCrypto", "RecordSharing"]),
      module(
        "RecordExperiments",
        [
          "DiscreteEvents", "ConsensusCore", "Notation", "Tables", "RunPlans", "Simulator",
          "Experiments", "HealthRecords", "PairingCrypto", "RecordSharing", "YAMLDocuments",
        ]),
    ])
  + folder(
    "Commands",
    [
      module(
        "RecordCommands",
        [
          "ConsimCommands", "Experiments", "Notation", "PairingCrypto", "RecordExperiments",
          "Tables", argumentParser,
        ])
    ])
  + folder(
    "Tools",
    [
      program("pairing-case", ["PairingCrypto", "RecordSharing"]),
      program(
        "hostile-input",
        [
          "DiscreteEvents", "Experiments", "Fuzzing", "Notation", "PairingCrypto",
          "RecordExperiments", "RecordSharing", "RunPlans", "Streamlet", "Tables", argumentParser,
        ]),
    ])

let recordTests = [
  tests(
    "PairingCryptoTests",
    ["PairingCrypto", .product(name: "CryptoExtras", package: "swift-crypto")],
    exclude: ["Vectors"]),
  tests("RecordSharingTests", ["RecordSharing"]),
  .target(
    name: "RecordTestSupport",
    dependencies: [
      "HealthRecords", "Faults", "PBFT", "ProofOfWork", "Raft", "RecordSharing", "SCPBFT",
      "Simulator",
    ], path: "Tests/RecordTestSupport"),
  tests("HealthRecordsTests", ["HealthRecords", "Faults", "RecordTestSupport", "TestSupport"]),
  tests("RecordExperimentsTests", ["RecordExperiments", "TestSupport"]),
  tests(
    "ConsimTests", ["Experiments", "Notation", "RecordExperiments", "Tables", "TestSupport"],
    exclude: ["Golden"]),
]

let consensusTests: [Target] = [
  .target(
    name: "TestSupport", dependencies: ["DiscreteEvents", "ConsensusCore"],
    path: "Tests/TestSupport"),
  tests("DiscreteEventsTests", ["DiscreteEvents"]),
  tests("ConsensusCoreTests", ["ConsensusCore", "TestSupport"]),
  tests("PBFTTests", ["PBFT", "SCPBFT", "Simulator", "TestSupport"]),
  tests("SCPBFTTests", ["SCPBFT", "Simulator", "Faults", "TestSupport"]),
  tests("NotationTests", ["Notation", "YAMLDocuments"]),
  tests("TablesTests", ["DiscreteEvents", "Tables"]),
  tests("ChartsTests", ["Charts", "Tables"]),
  tests(
    "ExperimentsTests",
    ["Experiments", "Notation", "RunPlans", "Tables", "TestSupport", "YAMLDocuments"]
      + (hasRecords ? ["RecordExperiments"] : []), settings: knowsRecords),
  tests("RaftTests", ["Raft", "TestSupport"]),
  tests("StreamletTests", ["Streamlet", "Exploration", "TestSupport"]),
  tests("SimulatorTests", ["Simulator", "TestSupport"]),
  tests("ProofOfWorkTests", ["ProofOfWork", "TestSupport"]),
  tests("InvariantsTests", ["Invariants", "Faults", "TestSupport"]),
  tests("ExplorationTests", ["Exploration", "PBFT", "Raft", "Streamlet", "TestSupport"]),
  tests("FaultsTests", ["Faults", "SCPBFT", "TestSupport"]),
  // Tests whose work is simulation: an executable, since a release build has no bundle of tests. Its
  // plans run in modules that are optimised; what it simulates itself need not be.
  .executableTarget(
    name: "simulation-tests",
    dependencies: [
      "ConsensusCore", "DiscreteEvents", "Experiments", "Faults", "Fuzzing", "Invariants",
      "Notation", "PBFT", "Raft", "RunPlans", "SCPBFT", "Simulator", "TestSupport",
    ] + (hasRecords ? ["HealthRecords", "RecordSharing", "RecordTestSupport"] : []),
    path: "Tests/SimulationTests", exclude: hasRecords ? [] : ["Records"]),
  tests(
    "FuzzingTests",
    ["Fuzzing", "Experiments", "Notation", "RunPlans", "Streamlet", "TestSupport"],
    exclude: ["Golden"]),
]

let package = Package(
  name: "consim",
  products: [
    .executable(name: "consim", targets: ["consim"]),
    .library(
      name: "ConsensusSimulation",
      targets: [
        "DiscreteEvents", "ConsensusCore", "PBFT", "SCPBFT", "Raft", "ProofOfWork", "Simulator",
        "Faults", "Invariants", "Notation", "RunPlans", "Streamlet", "Fuzzing", "Experiments",
      ]),
    .library(name: "ConsimCommands", targets: ["ConsimCommands"]),
  ]
    + (hasRecords
      ? [
        .library(name: "RecordSharing", targets: ["PairingCrypto", "RecordSharing"]),
        .library(
          name: "RecordExperiments",
          targets: ["HealthRecords", "RecordExperiments", "RecordCommands"]),
      ] : []),
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
  ]
    + (hasRecords
      ? [.package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2")] : []),
  targets: kernel + process + protocols + simulation + files + runs + checking + [experiments]
    + commands + tools + consensusTests + (hasRecords ? records + recordTests : []),
  swiftLanguageModes: [.v6]
)
