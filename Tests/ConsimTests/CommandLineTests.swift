import Foundation
import Testing

@Suite("Command line")
struct CommandLineTests {
  @Test(
    "A mistyped command or option is told with what was meant",
    arguments: [
      (["rnu", "scenario.yaml"], "did you mean 'run'?"), (["chekc"], "did you mean 'check'?"),
      (["crypto", "bnech"], "did you mean 'bench'?"), (["help", "rnu"], "did you mean 'run'?"),
      (["scenario.yaml"], "did you mean 'run scenario.yaml'?"),
      (["run", "--otu", "x", "scenario.yaml"], "Did you mean '--out'?"),
    ])
  func misspelt(arguments: [String], complaint: String) throws {
    let ending = try Program.start(arguments, in: try Directory()).wait()
    #expect(ending.status == 64)
    #expect(ending.output == "")
    #expect(ending.errors.contains(complaint), "\(ending.errors)")
  }

  @Test(
    "Settings that lose against others are told",
    arguments: [
      (["--set", "pbft.batch=3", "--set", "pbft.batch=4"], 64, "'--set pbft.batch=3' and '--set "),
      (["--set", "seed=3", "--seed", "4"], 64, "'--seed 4' and '--set seed=3' both set 'seed'"),
      (["--set", "pbft.batch=3"], 0, ""), (["--sweep", "pbft.window=256,512"], 0, ""),
      (["--set", "seed=3", "--sweep", "seed=3,4"], 64, "both set 'seed'"),
      (["--set", "network.latency.from=3 ms"], 64, "the scenario sweeps 'network.latency'"),
      (["--set", "replicas=7"], 64, "sets 'replicas' in a 'with' of every run"),
      (["--set", "clients.connections=3"], 0, "changes some runs only"),
      (["--set", "schedule.tests=1"], 0, ""),
    ])
  func settings(settings: [String], status: Int32, complaint: String) throws {
    let directory = try Directory()
    try directory.write(
      """
      name: swept
      measure: tps
      series:
        - { protocol: pbft, with: { replicas: 4, clients.connections: 1 } }
        - { protocol: sc-pbft, with: { replicas: 5 } }
      sweep: { pbft.batch: [1, 2], network.latency: [{ law: uniform, from: 1 ms, to: 4 ms }] }
      network: { latency: { law: uniform, from: 5 ms, to: 6 ms } }
      pbft: { rotation: per-test }
      schedule: { tests: 2, window: 200 ms, rotation-delay: 50 ms, interval: 300 ms }

      """, to: "swept.yaml")
    let ending = try Program.start(["validate", "swept.yaml"] + settings, in: directory).wait()
    #expect(ending.status == status, "\(ending.errors)")
    #expect(complaint.isEmpty ? ending.errors == "" : ending.errors.contains(complaint))
  }

  @Test("Standard input, pipes and what a shell substitutes are scenarios; files start here")
  func streams() throws {
    let directory = try Directory()
    let costs = Program.root.appendingPathComponent("Scenarios/costs/python36-rsa2048.yaml")
    try directory.write(try String(contentsOf: costs, encoding: .utf8), to: "costs/mine.yaml")
    try directory.write(Scenarios.small + "costs: costs/mine.yaml\n", to: "small.yaml")
    let ending = try Program.shell(
      """
      set -e
      $consim run small.yaml -q -o file
      $consim run - -q -o input <small.yaml
      cat small.yaml | $consim run - -q -o pipe
      cat small.yaml | $consim run /dev/stdin -q -o stdin
      mkfifo fifo; cat small.yaml >fifo & $consim run fifo -q -o fifo-out
      bash -c '"$0" run <(cat small.yaml) -q -o substituted' "$consim"
      for other in input pipe stdin fifo-out substituted; do diff -r file $other; done
      $consim check - --results file <small.yaml
      $consim validate - <small.yaml
      cat small.yaml | $consim trace - --round 1 --set pbft.batch=3 | head -n 1 | cut -c 1-8
      """, in: directory)
    #expect(ending.status == 0, "\(ending.errors)")
    #expect(
      ending.output.contains("small: 3 files, no difference\n<stdin>: small"), "\(ending.output)")
    let wrong = try Program.shell("echo 'name: 1' | $consim validate -", in: directory)
    #expect(wrong.status == 65)
    #expect(wrong.errors.hasPrefix("<stdin>:1:1: error") || wrong.errors.hasPrefix("<stdin>"))
    let endless = try Program.shell("exec $consim validate - </dev/zero", in: directory)
    #expect(endless.status == 65)
  }

  @Test(
    "'--out -' is refused with a hint",
    arguments: [
      "run x.yaml", "trace x.yaml", "fuzz", "replay x.yaml", "shrink x.yaml",
      "crypto costs", "bench", "calibrate",
    ])
  func outputNamedHyphen(command: String) throws {
    let directory = try Directory()
    let ending = try Program.shell("exec $consim \(command) -o -", in: directory)
    #expect(ending.status == 64)
    #expect(ending.errors.contains("'--out -' is refused"), "\(ending.errors)")
    #expect(try directory.contents().isEmpty)
  }

  @Test("A terminal sees how many runs are done, their rate and the time left")
  func progress() throws {
    let directory = try Directory()
    try directory.write(Scenarios.small, to: "small.yaml")
    let ending = try Program.shell(
      "script -qec \"$consim run small.yaml --jobs 1\" /dev/null", in: directory)
    #expect(
      ending.output.range(
        of: "small: run 8 of 8, [0-9.]+ runs/s, 0 s left", options: .regularExpression) != nil,
      "\(ending.output)")
  }
}
