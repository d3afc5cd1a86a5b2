/// A task of a scheduler's array, as its environment shows it.
struct ArrayTask {
  /// The scheduler.
  let scheduler: String
  private let id: Int
  private let range: Range

  /// What is known of the ids of the array.
  private enum Range {
    /// The first, the last and the step.
    case whole(first: Int, last: Int, step: Int, count: Int?)
    /// The last and the step.
    case end(last: Int, step: Int)
    /// They count from 0.
    case fromZero
    /// Nothing.
    case unknown
  }

  /// Finds the one scheduler that the environment names.
  ///
  /// - Throws: ``ShardError`` where there is none, or more than one.
  static func found(in environment: [String: String], _ text: String) throws(ShardError) -> Self {
    let variables = [
      "SLURM_ARRAY_TASK_ID", "PBS_ARRAY_INDEX", "LSB_JOBINDEX", "SGE_TASK_ID",
      "JOB_COMPLETION_INDEX",
    ]
    // LSF and SGE set theirs in jobs that are no array as well.
    let found = variables.filter { name in
      guard let value = environment[name], !value.isEmpty else { return false }
      return !(name == "LSB_JOBINDEX" && value == "0") && value != "undefined"
    }
    guard let variable = found.first else {
      throw ShardError(
        description: "'--shard \(text)' finds no array of a scheduler in the environment "
          + "(\(variables.joined(separator: ", "))); give '--shard i/n'.")
    }
    guard found.count == 1 else {
      throw ShardError(
        description: "'--shard \(text)' finds several arrays in the environment: "
          + "\(found.joined(separator: ", ")); give '--shard i/n'.")
    }
    return try Self(variable, environment)
  }

  private init(_ variable: String, _ environment: [String: String]) throws(ShardError) {
    func number(_ name: String) throws(ShardError) -> Int? {
      guard let text = environment[name], !text.isEmpty, text != "undefined" else { return nil }
      guard let number = Int(text), number >= 0 else {
        throw ShardError(description: "the variable \(name) is no number: '\(text)'.")
      }
      return number
    }
    func step(_ name: String) throws(ShardError) -> Int {
      let step = try number(name) ?? 1
      guard step >= 1 else { throw ShardError(description: "the variable \(name) is 0.") }
      return step
    }
    id = try number(variable) ?? 0
    switch variable {
    case "SLURM_ARRAY_TASK_ID":
      scheduler = "Slurm"
      let place = "SLURM_ARRAY_TASK_"
      if let first = try number(place + "MIN"), let last = try number(place + "MAX") {
        range = .whole(
          first: first, last: last, step: try step(place + "STEP"),
          count: try number(place + "COUNT"))
      } else {
        range = .unknown
      }
    case "SGE_TASK_ID":
      scheduler = "SGE"
      if let first = try number("SGE_TASK_FIRST"), let last = try number("SGE_TASK_LAST") {
        range = .whole(
          first: first, last: last, step: try step("SGE_TASK_STEPSIZE"), count: nil)
      } else {
        range = .unknown
      }
    case "LSB_JOBINDEX":
      scheduler = "LSF"
      if let last = try number("LSB_JOBINDEX_END") {
        range = .end(last: last, step: try step("LSB_JOBINDEX_STEP"))
      } else {
        range = .unknown
      }
    case "JOB_COMPLETION_INDEX":
      scheduler = "Kubernetes"
      range = .fromZero
    // PBS tells the index alone.
    default:
      scheduler = "PBS"
      range = .unknown
    }
  }

  /// The shard of the task.
  ///
  /// - Parameters:
  ///   - count: How many shards there are, if it was given.
  ///   - text: The argument, for messages.
  /// - Returns: The shard.
  /// - Throws: ``ShardError`` where the ids do not show it.
  func shard(of count: Int?, _ text: String) throws(ShardError) -> Shard {
    func wrong(_ problem: String) -> ShardError {
      ShardError(description: "'--shard \(text)': \(problem); give '--shard i/n'.")
    }
    let index: Int
    let known: Int?
    switch range {
    case .whole(let first, let last, let step, let told):
      guard first <= id, id <= last, (id - first) % step == 0 else {
        throw wrong("\(scheduler)'s id \(id) is not among \(first) to \(last) by \(step)")
      }
      index = (id - first) / step
      known = (last - first) / step + 1
      if let told, told != known {
        throw wrong("\(scheduler)'s array has holes: \(told) ids from \(first) to \(last)")
      }
    case .end(let last, let step):
      guard id <= last, (last - id) % step == 0 else {
        throw wrong("\(scheduler)'s index \(id) is not on the way to \(last) by \(step)")
      }
      // LSF does not tell the first index: without a count it is the least that the step allows.
      let first = last - (last - 1) / step * step
      known = count ?? (last - first) / step + 1
      index = (known ?? 1) - 1 - (last - id) / step
      guard index >= 0 else { throw wrong("\(scheduler)'s array has more than \(known ?? 1) ids") }
    case .fromZero:
      index = id
      known = nil
    case .unknown:
      // Of consecutive ids each has another remainder, wherever they begin.
      index = count.map { id % $0 } ?? id
      known = nil
    }
    guard let all = count ?? known else {
      throw ShardError(
        description: "'--shard \(text)': \(scheduler) does not tell how many tasks there are; "
          + "give 'auto/n'.")
    }
    if let known, known != all {
      throw wrong("\(scheduler)'s array has \(known) ids, not \(all)")
    }
    guard index < all else { throw wrong("\(scheduler)'s index \(id) is not below \(all)") }
    guard all <= Shard.countLimit else {
      throw wrong("there are more than \(Shard.countLimit) shards")
    }
    return Shard(index: index, count: all)
  }
}
