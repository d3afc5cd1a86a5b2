import DiscreteEvents
import Simulator

/// The regions of a public cloud and the time of a message between each two.
struct CloudRegions: Sendable {
  /// The names, in the order of the table.
  let names: [String]
  /// The round trip of region i and region j <= i at `[i][j]`, in tenths of a millisecond.
  let roundTrips: [[Int64]]

  /// Reads a table: each line has a region and its round trips with all regions up to itself.
  init(_ table: String) {
    let rows = table.split(separator: "\n").map { $0.split(separator: " ") }
    names = rows.map { String($0[0]) }
    roundTrips = rows.map { row in row.dropFirst().compactMap { Int64($0) } }
  }

  /// Half of the median round trip; nil where the table lacks one of the regions.
  func latency(_ first: String, _ second: String) -> VirtualDuration? {
    guard let one = names.firstIndex(of: first), let other = names.firstIndex(of: second) else {
      return nil
    }
    return .microseconds(50 * roundTrips[max(one, other)][min(one, other)])
  }

  /// The latencies between the groups that are named like regions, each pair once.
  func latencies(among groups: Groups) -> [(first: Int, second: Int, latency: VirtualDuration)] {
    let known = names.compactMap { name in groups.find(name).map { (name: name, number: $0) } }
    return known.indices.flatMap { index in
      known[...index].compactMap { other in
        latency(known[index].name, other.name).map { (known[index].number, other.number, $0) }
      }
    }
  }

  /// Regions of Amazon Web Services.
  ///
  /// Source: cloudping.co, medians (`p_50`) over one year, as Commonware's estimator keeps them:
  /// github.com/commonwarexyz/monorepo, examples/estimator/src/p50.json, of 17 July 2025. What is measured
  /// is the time in which a function in one region opens a TCP connection to DynamoDB in the other. The
  /// table has the mean of both directions, which differ by 9 % at most, rounded to 0.1 ms.
  ///
  /// Assumption: both ways of a round trip take the same time.
  static let aws = CloudRegions(
    """
    us-east-1         55
    us-east-2        158   54
    us-west-1        641  528   28
    us-west-2        642  508  218   32
    ca-central-1     165  274  799  607   40
    sa-east-1       1153 1257 1750 1749 1257   33
    eu-west-1        697  805 1300 1184  692 1784   32
    eu-west-2        777  885 1479 1289  793 1871  138   33
    eu-central-1     929 1037 1531 1426  930 2045  272  177   40
    eu-north-1      1125 1233 1727 1551 1056 2232  403  313  230   33
    ap-south-1      1911 2023 2318 2222 1920 3014 1256 1173 1291 1487   32
    ap-southeast-1  2193 2040 1701 1606 2150 3277 1788 1697 1608 1806  641   37
    ap-southeast-2  1997 1883 1392 1411 1982 3122 2557 2662 2515 2714 1548  948   41
    ap-northeast-1  1496 1360 1085  984 1472 2586 2024 2130 2273 2469 1338  708 1064   28
    ap-northeast-2  1797 1663 1337 1237 1763 2895 2329 2435 2312 2502 1349  741 1457  364   40
    af-south-1      2269 2378 2870 2741 2242 3381 1594 1500 1553 1742 2728 3154 4088 3573 3864   45
    """)
}
