// swift-tools-version: 6.2
// A run must build the same code anywhere: versions are exact, and Package.resolved holds what they need.
// Each target names every module that it imports; Scripts/house.toml lists the arrows that there may be.
import PackageDescription

/// Without cross-module optimisation the generic run loop is not specialised and runs up to 17
/// times slower, so release builds ask for it.
///
/// Debug builds keep their compile speed.
let optimised: [SwiftSetting] = [
  .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release))
]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: optimised)
}

func tests(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []
) -> Target {
  .testTarget(name: name, dependencies: dependencies, exclude: exclude)
}

let package = Package(
  name: "consim",
  products: [
    .executable(name: "consim", targets: ["consim"]),
    .library(
      name: "ConsensusSimulation",
      targets: [
        "DiscreteEvents", "ConsensusCore", "PBFT", "SCPBFT", "Raft", "ProofOfWork", "Simulator",
        "Faults", "Invariants", "Notation", "RunPlans", "Streamlet", "Fuzzing", "HealthRecords",
        "Experiments",
      ]),
    .library(name: "ConsimCommands", targets: ["ConsimCommands"]),
    .library(name: "RecordSharing", targets: ["PairingCrypto", "RecordSharing"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
  ],
  targets: [
    .systemLibrary(name: "CGMP", pkgConfig: "gmp", providers: [.apt(["libgmp-dev"])]),
    .target(name: "CTrap"),
    .target(name: "CBuild"),
    module("Traps", ["CTrap"]),
    module("PairingCrypto", ["CGMP", .product(name: "Crypto", package: "swift-crypto")]),
    module(
      "RecordSharing", ["PairingCrypto", .product(name: "Crypto", package: "swift-crypto")]),
    module("DiscreteEvents"),
    module("ConsensusCore", ["DiscreteEvents"]),
    module("PBFT", ["DiscreteEvents", "ConsensusCore"]),
    module("SCPBFT", ["DiscreteEvents", "ConsensusCore", "PBFT"]),
    module("Raft", ["DiscreteEvents", "ConsensusCore"]),
    module("ProofOfWork", ["DiscreteEvents", "ConsensusCore"]),
    module("Simulator", ["DiscreteEvents", "ConsensusCore"]),
    module(
      "Faults",
      ["DiscreteEvents", "ConsensusCore", "Simulator", "PBFT", "Raft", "ProofOfWork"]),
    module(
      "Invariants",
      ["DiscreteEvents", "ConsensusCore", "Simulator", "PBFT", "SCPBFT", "Raft", "ProofOfWork"]),
    module("Notation", ["DiscreteEvents", "ConsensusCore"]),
    module("YAMLDocuments", ["Notation", .product(name: "Yams", package: "Yams")]),
    module("Tables"),
    module(
      "RunPlans",
      [
        "DiscreteEvents", "ConsensusCore", "Simulator", "Faults", "Invariants", "Notation", "PBFT",
        "SCPBFT", "Raft", "ProofOfWork",
      ]),
    module(
      "Streamlet",
      [
        "DiscreteEvents", "ConsensusCore", "Simulator", "Faults", "Invariants", "Notation",
        "RunPlans",
      ]),
    module(
      "Fuzzing",
      [
        "DiscreteEvents", "ConsensusCore", "Simulator", "Faults", "Invariants", "PBFT", "SCPBFT",
        "Raft", "ProofOfWork", "RunPlans", "Traps",
      ]),
    module("Exploration", ["DiscreteEvents", "ConsensusCore", "Invariants", "PBFT", "Raft"]),
    module(
      "HealthRecords",
      ["DiscreteEvents", "ConsensusCore", "Simulator", "PairingCrypto", "RecordSharing"]),
    module(
      "Experiments",
      [
        "DiscreteEvents", "ConsensusCore", "Notation", "Tables", "RunPlans", "Simulator", "Faults",
        "Invariants", "HealthRecords", "PBFT", "SCPBFT", "Raft", "ProofOfWork", "PairingCrypto",
        "RecordSharing", "Traps", "CBuild", "YAMLDocuments",
      ]),
    module(
      "ConsimCommands",
      [
        "CBuild", "DiscreteEvents", "Experiments", "Exploration", "Fuzzing", "Invariants",
        "Notation", "PairingCrypto", "RunPlans", "Tables", "Traps", "YAMLDocuments",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(
      name: "consim", dependencies: ["ConsimCommands", "Streamlet"], swiftSettings: optimised),
    .executableTarget(
      name: "consim-case", dependencies: ["Experiments"], swiftSettings: optimised),
    .executableTarget(
      name: "fuzz-case", dependencies: ["ConsensusCore", "Fuzzing", "RunPlans"],
      swiftSettings: optimised),
    .executableTarget(
      name: "pairing-case", dependencies: ["PairingCrypto", "RecordSharing"],
      swiftSettings: optimised),
    .executableTarget(
      name: "decoder-fuzz", dependencies: ["DiscreteEvents", "PairingCrypto", "RecordSharing"],
      swiftSettings: optimised),
    .executableTarget(
      name: "file-fuzz",
      dependencies: ["DiscreteEvents", "Experiments", "Fuzzing", "Notation", "Tables"],
      swiftSettings: optimised),
    .target(
      name: "TestSupport", dependencies: ["DiscreteEvents", "ConsensusCore"],
      path: "Tests/TestSupport"),
    tests(
      "PairingCryptoTests",
      ["PairingCrypto", .product(name: "CryptoExtras", package: "swift-crypto")],
      exclude: ["Vectors"]),
    tests("RecordSharingTests", ["RecordSharing"]),
    tests("DiscreteEventsTests", ["DiscreteEvents"]),
    tests("ConsensusCoreTests", ["ConsensusCore", "TestSupport"]),
    tests("PBFTTests", ["PBFT", "SCPBFT", "Simulator", "TestSupport"]),
    tests("SCPBFTTests", ["SCPBFT", "Simulator", "Faults", "TestSupport"]),
    tests("NotationTests", ["Notation", "YAMLDocuments"]),
    tests("TablesTests", ["DiscreteEvents", "Tables"]),
    tests(
      "ExperimentsTests",
      ["Experiments", "Notation", "RunPlans", "Tables", "TestSupport", "YAMLDocuments"]),
    tests(
      "ConsimTests", ["Experiments", "Notation", "Tables", "TestSupport"], exclude: ["Golden"]),
    tests("RaftTests", ["Raft", "TestSupport"]),
    tests("StreamletTests", ["Streamlet", "TestSupport"]),
    tests("SimulatorTests", ["Simulator", "TestSupport"]),
    tests("ProofOfWorkTests", ["ProofOfWork", "TestSupport"]),
    tests("InvariantsTests", ["Invariants", "Faults", "TestSupport"]),
    tests("ExplorationTests", ["Exploration", "PBFT", "Raft", "TestSupport"]),
    tests("FaultsTests", ["Faults", "SCPBFT", "TestSupport"]),
    tests(
      "FuzzingTests", ["Fuzzing", "Experiments", "Notation", "RunPlans", "TestSupport"],
      exclude: ["Golden"]),
    tests(
      "HealthRecordsTests",
      ["HealthRecords", "Faults", "PBFT", "SCPBFT", "Raft", "ProofOfWork", "TestSupport"]),
  ],
  swiftLanguageModes: [.v6]
)
