import Foundation
import Testing

/// The root of the repository.
let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

/// Runs the tests of this target, also in release builds, which have no bundle of tests.
@main
struct SimulationTests {
  static func main() async { await Testing.__swiftPMEntryPoint() as Never }
}
