import Notation
import YAMLDocuments

// What is swept: a grid of lists, and lists that go together.
extension Outline {
  /// The most values of one list.
  static let valueLimit = 1000

  /// The values of an axis, as they are declared.
  static let values = ValueKind.either([
    .list(of: .anything, count: 1...valueLimit), .mapping(range),
  ])

  /// A range of whole numbers.
  private static let range = MappingSpec(
    "range", "Whole numbers at equal distances.",
    keys: [
      .required("from", .integer(0...NumberText.largest), "The first."),
      .required(
        "to", .integer(0...NumberText.largest),
        "The last is the greatest that is not above it."),
      .key("step", .integer(1...NumberText.largest), default: "1", "The distance."),
    ])

  /// The lists of `sweep`: every combination is a point.
  static func axes(_ reader: ValueReader) -> [Axis] {
    reader.entries { entry, value in
      Axis(
        key: entry.key, location: entry.location, values: values(of: value), isZipped: false)
    }
  }

  /// The lists of `zip`: the first values are one point, the second ones another.
  static func zippedAxes(_ reader: ValueReader) -> [Axis] {
    var read: [(axis: Axis, value: ValueReader)] = reader.entries { entry, value in
      let axis = Axis(
        key: entry.key, location: entry.location, values: values(of: value), isZipped: true)
      return (axis, value)
    }
    guard let shortest = read.min(by: { $0.axis.values.count < $1.axis.values.count })?.axis else {
      return []
    }
    let count = shortest.values.count
    for (place, one) in read.enumerated() where one.axis.values.count > count {
      one.value.error(
        "'\(one.axis.key)' has \(one.axis.values.count) values and '\(shortest.key)' has \(count); "
          + "zipped lists go together place by place",
        hint: "make them equally long, or use 'sweep'")
      read[place].axis.values.removeLast(one.axis.values.count - count)
    }
    let rows = (0..<count).map { row in read.map { $0.axis.values[row].text } }
    for (place, row) in rows.enumerated() where rows.prefix(place).contains(row) {
      read[0].value.error(
        "the values \(row.joined(separator: ", ")) are zipped twice", hint: "remove one")
    }
    return read.map(\.axis)
  }

  private static func values(of reader: ValueReader) -> [AxisValue] {
    guard reader.form == .mapping else {
      return reader.list { $0.node }.compactMap { $0.map { AxisValue($0) } }
    }
    return reader.mapping { range in
      let (from, to, step) = (
        range["from"].integer(), range["to"].integer(), range["step"].integer()
      )
      guard range.isSound("from", "to", "step") else { return [] }
      guard from <= to else {
        range.error("the range ends before it begins: \(from) to \(to)", at: "to")
        return []
      }
      guard (to - from) / step < valueLimit else {
        range.error(
          "the range has \((to - from) / step + 1) values, and an axis has at most \(valueLimit)",
          at: "to", hint: "give a larger 'step'")
        return []
      }
      return stride(from: from, through: to, by: step).map {
        AxisValue(YAMLNode(.scalar(String($0), isQuoted: false), at: range.location))
      }
    }
  }

  /// The points of some axes: the grid, and at each of its points all places of what is zipped.
  static func points(of axes: [Axis]) -> [[AxisValue]] {
    var points: [[AxisValue]] = [[]]
    for axis in axes where !axis.isZipped {
      points = points.flatMap { point in axis.values.map { point + [$0] } }
    }
    let zipped = axes.filter(\.isZipped)
    if let first = zipped.first {
      points = points.flatMap { point in
        first.values.indices.map { row in point + zipped.map { $0.values[row] } }
      }
    }
    return points
  }

  /// The exclusions that leave a point out.
  func exclusions(of axes: [Axis], _ point: [AxisValue]) -> [Int] {
    excluded.indices.filter { index in
      !excluded[index].conditions.isEmpty
        && excluded[index].conditions.allSatisfy { condition in
          zip(axes, point).contains { $0.key == condition.key && $1.text == condition.value }
        }
    }
  }

  /// How many points some axes have before exclusions; at most a little more than `limit`.
  static func pointCount(of axes: [Axis], limit: Int) -> Int {
    var count = axes.first(where: \.isZipped)?.values.count ?? 1
    for axis in axes where !axis.isZipped && count <= limit { count *= axis.values.count }
    return count
  }
}
