/// Which inputs of which subjects are read, in this order.
struct Agenda {
  let subjects: [Subject]
  let seed: UInt64
  /// The number of the first input of each subject.
  let first: Int
  /// How many inputs of each subject are read.
  let counts: [Int]

  var total: Int { counts.reduce(0, +) }

  /// The number of a subject in this order, and the number of its input.
  func numbers(_ position: Int) -> (subject: Int, index: Int) {
    var subject = 0
    var rest = position
    while rest >= counts[subject] {
      rest -= counts[subject]
      subject += 1
    }
    return (subject, first + rest)
  }

  func place(_ position: Int) -> (subject: Subject, index: Int) {
    let (subject, index) = numbers(position)
    return (subjects[subject], index)
  }

  func input(_ position: Int) -> [UInt8] {
    let (subject, index) = place(position)
    return subject.input(seed: seed, index: index)
  }

  /// The position after the last input of a subject.
  func end(of subject: Int) -> Int { counts[...subject].reduce(0, +) }
}
