// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "fixed-leader",
  dependencies: [.package(name: "consim", path: "../..")],
  targets: [
    .executableTarget(
      name: "fixed-leader",
      dependencies: [
        .product(name: "ConsensusSimulation", package: "consim"),
        .product(name: "ConsimCommands", package: "consim"),
      ],
      swiftSettings: [
        .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release))
      ])
  ],
  swiftLanguageModes: [.v6]
)
