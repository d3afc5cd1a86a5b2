import Foundation
import Tables
import Testing

@testable import Experiments

@Suite("Campaigns")
struct CampaignTests {
  /// The small scenario with more points.
  private static func wide(repeats: Int = 1) throws -> String {
    try Scenarios.small("repeat: 2", "repeat: \(repeats)\nsweep: { replicas: [4, 5, 6, 7] }")
  }

  /// A directory with a scenario, and the tables of a run without a store in `bare`.
  private func prepared(_ text: String, status: Int32 = 0) throws -> Directory {
    let directory = try Directory()
    try directory.write(text, to: "s.yaml")
    let ending = try FastProgram.call("run", "s.yaml", "--out", "bare", "-q", in: directory)
    #expect(ending.status == status, "\(ending.errors)")
    return directory
  }

  private func expectSameTables(_ name: String, in directory: Directory) throws {
    let ending = try FastProgram.shell("diff -r bare \(name) && echo same", in: directory)
    #expect(ending.output == "same\n", "\(ending.output) \(ending.errors)")
  }

  /// The files of runs in a store.
  private func runs(_ store: String, in directory: Directory) throws -> [String] {
    try directory.contents().keys.filter { $0.hasPrefix(store + "/") && $0.hasSuffix(".run") }
      .sorted()
  }

  @Test("A run with a store writes the tables of one without, and makes nothing twice")
  func store() throws {
    let directory = try prepared(Scenarios.small)
    let first = try FastProgram.call(
      "run", "s.yaml", "--store", "store", "--out", "a", in: directory)
    #expect(first.status == 0)
    try expectSameTables("a", in: directory)
    let bare = try FastProgram.call("run", "s.yaml", "--out", "a", in: directory)
    #expect(first.output == bare.output)
    let ending = try FastProgram.shell(
      """
      find store -name '*.run' -exec touch -d 2001-01-01 {} +
      $consim run s.yaml --store store --out b -q || exit 1
      find store -name '*.run' -newermt 2001-01-02 | wc -l
      """, in: directory)
    #expect(ending.output == "0\n", "\(ending.errors)")
    try expectSameTables("b", in: directory)
  }

  @Test("1, 7 and 64 shards in any order give the same tables", arguments: [1, 7, 64])
  func shards(count: Int) throws {
    let directory = try prepared(Self.wide())
    let ending = try FastProgram.shell(
      """
      for i in $(seq 0 \(count - 1) | sort -R --random-source=s.yaml); do
        $consim run s.yaml --store store --shard $i/\(count) --out none -q || exit 1
      done
      test -e none && exit 1
      $consim merge s.yaml --store store --out merged -q
      """, in: directory)
    #expect(ending.status == 0, "\(ending.errors)")
    #expect(try runs("store", in: directory).count == 16)
    try expectSameTables("merged", in: directory)
  }

  @Test("Shards make as many seeds as a run without a store where 'until' decides")
  func until() throws {
    let until = "until: { half-width: 20 %, metric: tps, at-most: 20 }"
    let text = try Scenarios.small("repeat: 2", until + "\nsweep: { replicas: [4, 5] }")
    let directory = try prepared(text.replacing("measure: tps", with: "measure: metrics"))
    let ending = try FastProgram.shell(
      """
      $consim run s.yaml --store store --shard 1/2 -q || exit 1
      $consim merge s.yaml --store store --out merged -q; test $? = 75 || exit 2
      test -e merged && exit 3
      $consim run s.yaml --store store --shard 0/2 -q || exit 4
      $consim merge s.yaml --store store --out merged -q || exit 5
      $consim status s.yaml --store store | head -n 1 | cut -d, -f1
      """, in: directory)
    #expect(ending.status == 0, "\(ending.status) \(ending.errors)")
    try expectSameTables("merged", in: directory)
  }

  @Test("Shards that a scheduler numbers give the same tables")
  func automatic() throws {
    let directory = try prepared(Self.wide())
    let ending = try FastProgram.shell(
      """
      export SLURM_ARRAY_TASK_MIN=5 SLURM_ARRAY_TASK_MAX=11 SLURM_ARRAY_TASK_STEP=3
      export SLURM_ARRAY_TASK_COUNT=3
      for i in 5 11 8; do
        SLURM_ARRAY_TASK_ID=$i $consim run s.yaml --store store --shard auto -q || exit 1
      done
      $consim merge s.yaml --store store --out merged -q
      """, in: directory)
    #expect(ending.status == 0, "\(ending.errors)")
    try expectSameTables("merged", in: directory)
  }

  @Test("Three kills lose no run that was done, and the same command goes on")
  func kills() throws {
    let directory = try prepared(Self.wide(repeats: 5))
    let ending = try FastProgram.shell(
      """
      count() { find store -name '*.run' 2>/dev/null | wc -l; }
      for least in 5 20 40; do
        $consim run s.yaml --store store --out killed -q --jobs 1 & pid=$!
        while test $(count) -lt $least && kill -0 $pid 2>/dev/null; do sleep 0.01; done
        kill -9 $pid; wait $pid; echo $?
        test -e killed/small.csv && exit 1
        find store -name '*.run' -exec sha256sum {} + | sort > before.$least
      done
      $consim status s.yaml --store store > status; echo $?
      $consim run s.yaml --store store --out done -q; echo $?
      find store -name '*.run' -exec sha256sum {} + > after
      for least in 5 20 40; do grep -v -x -F -f after before.$least; done
      find store -name '*.tmp'
      """, in: directory)
    #expect(ending.output == "137\n137\n137\n75\n0\n", "\(ending.output) \(ending.errors)")
    try expectSameTables("done", in: directory)
  }

  @Test(
    "SIGTERM ends with 75 and Ctrl-C with 130; what was done stays", arguments: ["TERM", "INT"])
  func signals(name: String) throws {
    let directory = try Directory()
    try directory.write(Self.wide(repeats: 40), to: "s.yaml")
    let ending = try FastProgram.shell(
      """
      exec 2>errors
      $consim run s.yaml --store store --out out -q --jobs 1 & pid=$!
      while test $(find store -name '*.run' 2>/dev/null | wc -l) -lt 3; do sleep 0.01; done
      kill -\(name) $pid; wait $pid; echo $?
      find store out -name '*.tmp' -o -name '*.csv'
      """, in: directory)
    #expect(ending.output == (name == "TERM" ? "75\n" : "130\n"))
    let errors = try directory.text("errors")
    #expect(errors.contains("of 640 missing runs of small were made and are in store"))
    #expect(try runs("store", in: directory).count >= 3)
  }

  @Test(
    "A broken invariant loses nothing: it is stored, merged as rows, and the code is that of 'run'")
  func violation() throws {
    let directory = try prepared(
      """
      name: broken
      measure: metrics
      series: [{ protocol: pbft }, { protocol: raft }]
      sweep: { replicas: [4, 5] }
      network: { latency: 1 ms }
      clients: { connections: 2 }
      schedule: { blocks: 5 }
      limits: { events: 100 }

      """, status: 3)
    let ending = try FastProgram.shell(
      """
      $consim run s.yaml --store store --shard 0/2 -q; echo $?
      $consim run s.yaml --store store --shard 1/2 -q; echo $?
      $consim merge s.yaml --store store --out merged -q; echo $?
      $consim run s.yaml --store store --out again -q; echo $?
      """, in: directory)
    #expect(ending.output == "3\n3\n3\n3\n", "\(ending.errors)")
    #expect(try runs("store", in: directory).count == 4)
    try expectSameTables("merged", in: directory)
    try expectSameTables("again", in: directory)
  }

  @Test("What '--only' leaves is made; tables come with the last run")
  func only() throws {
    let directory = try prepared(Self.wide())
    let part = try FastProgram.call(
      "run", "s.yaml", "--store", "store", "--out", "out", "--only", "replicas=4,series=PBFT",
      "--only", "series=Raft", in: directory)
    #expect(part.status == 0)
    #expect(part.output.contains("2 of 2 runs asked for are in store; 14 of 16 are missing"))
    #expect(try runs("store", in: directory).count == 2)
    #expect(!FileManager.default.fileExists(atPath: directory.path("out/small.csv")))
    let rest = try FastProgram.call(
      "run", "s.yaml", "--store", "store", "--out", "out", in: directory)
    #expect(rest.status == 0)
    try expectSameTables("out", in: directory)
  }

  @Test("A torn file is named, set aside and run again; merge refuses it and writes nothing")
  func torn() throws {
    let directory = try prepared(Scenarios.small)
    #expect(
      try FastProgram.call("run", "s.yaml", "--store", "store", "-q", in: directory).status == 0)
    let file = try runs("store", in: directory)[0]
    let whole = try directory.bytes(file)
    try whole.dropLast(9).write(to: URL(fileURLWithPath: directory.path(file)))
    let merged = try FastProgram.call(
      "merge", "s.yaml", "--store", "store", "--out", "m", in: directory)
    #expect(merged.status == 65)
    #expect(merged.errors.contains("\(file): error: this is not what was stored"))
    #expect(!FileManager.default.fileExists(atPath: directory.path("m")))
    let status = try FastProgram.call("status", "s.yaml", "--store", "store", in: directory)
    #expect(status.status == 75 && status.output.contains(file))
    let again = try FastProgram.call(
      "run", "s.yaml", "--store", "store", "--out", "again", "-q", in: directory)
    #expect(again.status == 0)
    #expect(again.errors.contains("\(file): warning: this is not what was stored"))
    #expect(try directory.bytes(file) == whole)
    #expect(try directory.bytes(file + ".torn") == whole.dropLast(9))
    try expectSameTables("again", in: directory)
  }

  @Test("Runs of another model version are named: 'run' makes its own, 'merge' refuses both")
  func versions() throws {
    let directory = try prepared(Scenarios.small)
    let ending = try FastProgram.shell(
      """
      $consim run s.yaml --store store -q 2>/dev/null || exit 1
      mv "$(find store -mindepth 1 -type d | head -n 1)" store/fedcba9876543210
      $consim status s.yaml --store store; echo $?
      $consim run s.yaml --store store --out own -q; echo $?
      $consim merge s.yaml --store store --out merged; echo $?
      test -e merged && exit 1
      rm -r store/fedcba9876543210
      $consim merge s.yaml --store store --out merged -q; echo $?
      """, in: directory)
    #expect(ending.output.contains("0 of 8 runs are in store"))
    #expect(ending.output.contains("8 runs are there from the model version fedcba9876543210"))
    #expect(ending.output.hasSuffix("75\n0\n65\n0\n"), "\(ending.output) \(ending.errors)")
    #expect(
      ending.errors.contains("store: warning: 8 runs of small are there from the model version"))
    #expect(ending.errors.contains("error: 8 runs are from the model version fedcba9876543210"))
    try expectSameTables("own", in: directory)
    try expectSameTables("merged", in: directory)
  }

  @Test("Several stores are merged as one; two results of one run that differ end with 2")
  func twoStores() throws {
    let directory = try prepared(Scenarios.small)
    let ending = try FastProgram.shell(
      """
      $consim run s.yaml --store a -q --only protocol=pbft,protocol=raft || exit 1
      $consim run s.yaml --store b -q --only protocol=pow --only protocol=sc-pbft || exit 1
      $consim merge s.yaml --store a --store b --out merged -q || exit 1
      cp -r a c
      """, in: directory)
    #expect(ending.status == 0, "\(ending.errors)")
    try expectSameTables("merged", in: directory)
    let file = try runs("c", in: directory)[0]
    let stored = try RunFile(Array(directory.bytes(file)))
    let text = String(decoding: stored.body, as: UTF8.self)
      .replacing("stop schedule", with: "stop time-limit")
    try Data(RunFile.bytes(model: stored.model, key: stored.key, body: Array(text.utf8)))
      .write(to: URL(fileURLWithPath: directory.path(file)))
    let refused = try FastProgram.call(
      "merge", "s.yaml", "--store", "a", "--store", "b", "--store", "c", "--out", "x", "-q",
      in: directory)
    #expect(refused.status == 2)
    #expect(refused.errors.contains("\(file): error: it differs from a/"))
    #expect(!FileManager.default.fileExists(atPath: directory.path("x")))
  }

  @Test("Missing runs end 'merge' with 75 and the command that makes them")
  func missing() throws {
    let directory = try prepared(Scenarios.small)
    let ending = try FastProgram.shell(
      """
      $consim run s.yaml --store 'a store' --set 'pbft.batch=2' --seed 7 --only series=Raft -q
      $consim merge s.yaml --store 'a store' --set 'pbft.batch=2' --seed 7 --out x
      """, in: directory)
    #expect(ending.status == 75)
    #expect(
      ending.errors.hasSuffix(
        """
        s.yaml: error: 6 runs are missing, the first is PBFT, default, seed 7
          run them by: consim run s.yaml --store 'a store' --seed 7 --set pbft.batch=2

        """), "\(ending.errors)")
    #expect(!FileManager.default.fileExists(atPath: directory.path("x")))
  }

  @Test("A store that cannot grow ends with 74, and what was stored stays")
  func fullStore() throws {
    let directory = try prepared(Scenarios.small)
    let ending = try FastProgram.shell(
      """
      $consim run s.yaml --store store --only series=Raft -q || exit 1
      find store -name '*.run' | sort > before
      (trap '' XFSZ; ulimit -f 1; exec $consim run s.yaml --store store --out out -q); echo $?
      find store -name '*.run' | sort | diff before - && find store -name '*.tmp'
      """, in: directory)
    #expect(ending.output == "74\n", "\(ending.output) \(ending.errors)")
    #expect(ending.errors.contains(".run: error: cannot write: the file would be larger"))
  }

  @Test("Shared records are stored, sharded and merged like any other runs")
  func records() throws {
    let directory = try prepared(
      RecordsTests.scenario.replacing("engine: real", with: "engine: counted"))
    let ending = try FastProgram.shell(
      """
      $consim run s.yaml --store store --only protocol=pbft,protocol=pow -q || exit 1
      $consim run s.yaml --store store --shard 0/1 -q || exit 1
      $consim merge s.yaml --store store --out merged -q
      """, in: directory)
    #expect(ending.status == 0, "\(ending.errors)")
    try expectSameTables("merged", in: directory)
  }

  @Test("'plan' prints a JSON object for each run")
  func plan() throws {
    let directory = try Directory()
    try directory.write(Self.wide(repeats: 3), to: "s.yaml")
    let ending = try FastProgram.call("plan", "s.yaml", in: directory)
    #expect(ending.status == 0 && ending.errors == "")
    let lines = ending.output.split(separator: "\n")
    let runs = try lines.map {
      try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(runs.map { $0["index"] as? Int } == (0..<48).map { $0 })
    #expect(Set(runs.compactMap { $0["key"] as? String }).count == 48)
    #expect(runs.allSatisfy { ($0["cost"] as? Int ?? 0) > 0 })
    #expect((runs[47]["parameters"] as? [String: String]) == ["replicas": "7"])
  }
}
