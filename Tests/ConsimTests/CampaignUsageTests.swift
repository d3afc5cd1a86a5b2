import Experiments
import Foundation
import Testing

@Suite("Wrong use of campaigns, and what is submitted")
struct CampaignUsageTests {
  @Test(
    "Wrong use is refused with a reason, and nothing is written",
    arguments: [
      ("run s.yaml --shard 0/2", 64, "'--shard' needs '--store'"),
      ("run s.yaml --only replicas=4", 64, "'--only' needs '--store'"),
      ("run s.yaml --store ''", 64, "'--store' is empty"),
      ("run s.yaml --store x --shard 2/2", 64, "shards count from 0 to 1"),
      ("run s.yaml --store x --shard two", 64, "must be such as '3/64'"),
      ("run s.yaml --store x --shard auto", 64, "finds no array of a scheduler"),
      ("run s.yaml --store x --shard auto/4", 64, "finds no array of a scheduler"),
      ("run s.yaml --store x --only replicas", 64, "must be such as"),
      ("run s.yaml --store x --only replica=4", 64, "no such key: series, variant, protocol"),
      ("run s.yaml --store x --only series=Rift", 64, "no such value: PBFT, sc-PBFT, Raft, PoW"),
      ("run s.yaml --store s.yaml", 73, "a part of the path is not a directory"),
      ("run s.yaml --store full", 65, "this is no store of runs, and it is not empty"),
      ("run none.yaml --store x", 66, "none.yaml"),
      ("merge s.yaml", 64, "--store"),
      ("merge s.yaml --store ''", 64, "'--store' is empty"),
      ("merge s.yaml --store none", 65, "there is no store of runs here"),
      ("merge s.yaml --store none --out -", 64, "'--out -' is refused"),
      ("merge none.yaml --store none", 66, "none.yaml"),
      ("status s.yaml", 64, "--store"),
      ("status s.yaml --store full", 65, "there is no store of runs here"),
      ("plan", 64, "scenario"),
      ("plan none.yaml", 66, "none.yaml"),
      ("submit s.yaml", 64, "--engine"),
      ("submit s.yaml --engine pbs", 64, "pbs"),
      ("submit s.yaml --engine print --shards 0", 64, "'--shards 0' must be from 1"),
      ("submit s.yaml --engine print --go", 64, "'--go' runs scripts of slurm and parallel only"),
      (
        "submit s.yaml --engine parallel --store 'a{}'", 64,
        "has a character that parallel replaces"
      ),
      ("submit s.yaml --engine slurm --store ''", 64, "'--store' is empty"),
      ("submit - --engine slurm", 64, "'-' cannot be submitted"),
      ("submit s.yaml --engine parallel --go", 69, "'parallel' is not on PATH"),
    ] as [(String, Int32, String)])
  func wrongUse(_ line: String, _ status: Int32, _ reason: String) throws {
    let directory = try Directory()
    try directory.write(Scenarios.small, to: "s.yaml")
    try directory.write("old\n", to: "full/figure8.csv")
    let before = try directory.contents()
    let ending = try Program.shell("PATH=/nowhere; exec $consim \(line)", in: directory)
    #expect(ending.status == status, "\(ending.errors)")
    #expect(ending.errors.contains(reason), "\(ending.errors)")
    #expect(ending.output == "")
    #expect(try directory.contents() == before)
  }

  @Test("A store of another format is refused")
  func format() throws {
    let directory = try Directory()
    try directory.write(Scenarios.small, to: "s.yaml")
    try directory.write("consim-store 2\n", to: "store/consim-store")
    let ending = try Program.call("run", "s.yaml", "--store", "store", in: directory)
    #expect(ending.status == 65)
    #expect(ending.errors.contains("another format than 'consim-store 1'"))
  }

  @Test(
    "A program that does not know its model version prunes nothing",
    .enabled(if: Version.model == "unknown", "needs a build without a model version"))
  func prune() throws {
    let directory = try Directory()
    try directory.write(Scenarios.small, to: "s.yaml")
    try directory.write("consim-store 1\n", to: "store/consim-store")
    try directory.write("x", to: "store/0123456789abcdef/00/00-1.run")
    let ending = try Program.call("status", "s.yaml", "--store", "store", "--prune", in: directory)
    #expect(ending.status == 64)
    #expect(ending.errors.contains("'--prune' needs a program that knows its model version"))
    #expect(
      FileManager.default.fileExists(atPath: directory.path("store/0123456789abcdef/00/00-1.run")))
  }

  @Test(
    "The script of an engine is the same as in its golden file",
    arguments: ["slurm", "parallel", "snakemake", "htcondor", "print"])
  func script(engine: String) throws {
    let directory = try Directory()
    try directory.write(Scenarios.small, to: "it's mine.yaml")
    let ending = try Program.call(
      "submit", "it's mine.yaml", "--engine", engine, "--shards", "4", "--set", "pbft.batch=2",
      "--seed", "3", in: directory)
    #expect(ending.status == 0 && ending.errors == "")
    try expectGolden(ending.output, "Tests/ConsimTests/Golden/submit-\(engine).txt")
  }

  @Test("The printed commands give the tables of one process")
  func printed() throws {
    let directory = try Directory()
    try directory.write(Scenarios.small, to: "s.yaml")
    let ending = try Program.shell(
      """
      mkdir bin; ln -s "$consim" bin/consim; PATH="$PWD/bin:$PATH"
      $consim run s.yaml --out bare -q || exit 1
      $consim submit s.yaml --engine print --shards 3 > script || exit 1
      sh -e script >/dev/null || exit 1
      diff -r bare Results && echo same
      """, in: directory)
    #expect(ending.output == "same\n", "\(ending.errors)")
  }

  @Test("'--go' hands the script to the engine, and its code is the command's")
  func go() throws {
    let directory = try Directory()
    try directory.write(Scenarios.small, to: "s.yaml")
    let ending = try Program.shell(
      """
      mkdir bin
      printf '#!/bin/sh\\ncat > submitted\\necho Submitted batch job 7\\n' > bin/sbatch
      printf '#!/bin/sh\\nexit 5\\n' > bin/parallel
      chmod +x bin/*; export PATH="$PWD/bin:$PATH"
      $consim submit s.yaml --engine slurm --shards 3 --go; echo $?
      $consim submit s.yaml --engine slurm --shards 3 | diff - submitted; echo $?
      $consim submit s.yaml --engine parallel --shards 3 --go; echo $?
      """, in: directory)
    // Without any run the merge that follows finds no store.
    #expect(
      ending.output == "Submitted batch job 7\n0\n0\n65\n", "\(ending.output) \(ending.errors)")
  }
}
