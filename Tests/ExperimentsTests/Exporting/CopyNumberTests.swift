import Testing

@testable import Experiments

@Suite("Numbers of copies in a trace")
struct CopyNumberTests {
  @Test(
    "Every copy that arrives was sent under its number, at a machine with several clients too",
    arguments: ["pbft", "raft"])
  func arrivals(protocolName: String) throws {
    let run = try ExportedRun(
      """
      series: [{ protocol: \(protocolName) }]
      replicas: 4
      network: { latency: 1 ms }
      clients: { connections: 3 }
      schedule: { duration: 50 ms }
      """)
    let events = try run.lines()
    var sent: Set<Int> = []
    var replies = 0
    for event in events {
      switch event["event"] as? String {
      case "sent": sent.insert(try #require(event["copy"] as? Int, "\(event)"))
      case "delivered":
        let copy = try #require(event["copy"] as? Int, "\(event)")
        #expect(sent.contains(copy), "\(event)")
        if event["kind"] as? String == "reply" { replies += 1 }
      case _: continue
      }
    }
    #expect(replies > 0)
  }

  @Test("What an adversary suppresses was never sent and has no number")
  func suppressed() throws {
    let run = try ExportedRun(
      """
      series: [{ protocol: pbft }]
      replicas: 4
      network: { latency: 1 ms }
      faults: [{ nodes: [3], behaviour: silent, messages: [commit] }]
      schedule: { duration: 50 ms }
      """)
    let dropped = try run.lines().filter { $0["reason"] as? String == "adversary" }
    #expect(!dropped.isEmpty)
    #expect(dropped.allSatisfy { $0["copy"] == nil })
  }
}
