import Tables

/// The script by which an engine runs the shards of a campaign and merges them.
struct SubmitScript {
  /// What starts the processes.
  enum Engine: String, CaseIterable {
    case slurm, parallel, snakemake, htcondor, print
  }

  /// The name of the scenario.
  let name: String
  /// The scenario file.
  let scenario: String
  /// The directory of the results of runs.
  let store: String
  /// The directory of the result files.
  let out: String
  /// How many shards there are.
  let shards: Int
  /// What `--seed` and `--set` said.
  let arguments: String

  /// The script for an engine.
  func text(for engine: Engine) -> String {
    switch engine {
    case .slurm: slurm
    case .parallel: parallel
    case .snakemake: snakemake
    case .htcondor: condor
    case .print: commands
    }
  }

  private var input: String { "\(ShellText.quoted(scenario)) --store \(ShellText.quoted(store))" }

  private func run(_ shard: String) -> String { "run \(input)\(arguments) --shard \(shard)" }

  private var merge: String {
    "merge \(input)\(arguments) --out \(ShellText.quoted(out))"
  }

  private var slurm: String {
    """
    #!/bin/sh
    #SBATCH --job-name=consim-\(name)
    #SBATCH --array=0-\(shards - 1)
    #SBATCH --cpus-per-task=1
    #SBATCH --requeue
    # A task that was lost is submitted again by: sbatch --array=3,7 THIS-SCRIPT
    # When all are done: consim \(merge)
    exec "${CONSIM:-consim}" \(run("\"$SLURM_ARRAY_TASK_ID/\(shards)\"")) \\
      --jobs "${SLURM_CPUS_PER_TASK:-1}" --quiet

    """
  }

  private var parallel: String {
    """
    #!/bin/sh
    # The same script goes on where it was interrupted.
    export consim="${CONSIM:-consim}"
    seq 0 \(shards - 1) | parallel --will-cite \
    \(ShellText.quoted("\"$consim\" " + run("{}/\(shards)") + " --jobs 1 --quiet"))
    exec "$consim" \(merge)

    """
  }

  private var snakemake: String {
    let table = "\(out)/\(name).csv"
    // Marks of other arguments are others; they lie beside the store, which has its own files alone.
    let digest =
      arguments.isEmpty ? "" : "-\(SHA256Digest(of: Array(arguments.utf8)).description.prefix(8))"
    let mark = "\(store).snakemake/\(name)\(digest)-{shard}-of-\(shards)"
    return """
      # snakemake --cores 2
      # A broken invariant (3) or one that held against expectation (2) is a result like any other.
      rule merge:
          input: expand("\(mark)", shard=range(\(shards))), "\(scenario)"
          output: "\(table)"
          shell: \(Self.python("consim \(merge) || case $? in 2|3) ;; *) exit 1 ;; esac"))

      rule shard:
          input: "\(scenario)"
          output: touch("\(mark)")
          shell: \(Self.python("consim \(run("{wildcards.shard}/\(shards)")) --jobs 1 --quiet || [ $? -le 3 ]"))

      """
  }

  private var condor: String {
    """
    # condor_submit THIS-FILE; when all are done: consim \(merge)
    executable = /usr/bin/env
    arguments = "consim \(Self.condorQuoted(run("$(Process)/\(shards)"))) --jobs 1 --quiet"
    environment = "PATH=/usr/local/bin:/usr/bin:/bin"
    should_transfer_files = NO
    request_cpus = 1
    log = \(name).condor.log
    error = \(name).condor.$(Process).err
    # 75 is a task that was ended early: it goes on.
    on_exit_remove = ExitCode =!= 75
    queue \(shards)

    """
  }

  private var commands: String {
    (0..<shards).map { "consim \(run("\($0)/\(shards)")) --jobs 1 --quiet\n" }.joined()
      + "consim \(merge)\n"
  }

  /// A string of Snakemake, where braces of a shell are none of its own.
  private static func python(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  /// Within HTCondor's single quotes a single quote is doubled.
  private static func condorQuoted(_ text: String) -> String {
    text.replacing("'\\''", with: "''")
  }
}
