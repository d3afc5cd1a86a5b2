/// Texts that chance would hardly find.
enum TextPiece {
  /// What may stand for a number: extreme ones that are legal somewhere, and such as are not.
  static let numbers = bytes(
    [
      "0", "1", "2", "3", "7", "100", "255", "256", "257", "1000", "65536", "99999", "100000",
      "1000000", "1048576", "10000000", "2147483647", "2147483648", "4294967296", "876600",
      "1000000000", "100000000000", "999999999999999", "1099511627776", "999999999999999999",
      "9223372036854775807", "9223372036854775808", "18446744073709551616", "-1", "-0", "0.5",
      "0.001", "0.000000001", "1.000", "00", "1e308", "1e-308", "1e999999", ".nan", ".inf", "-.inf",
      "nan", "0x7fffffff", "0b1", "1_000", "1:30", "", "''", "~", "+1", "1.", ".1",
    ] + [String(repeating: "9", count: 400)])

  /// What may stand for a word: names with a meaning somewhere, and what YAML reads in its own way.
  static let words = bytes(
    [
      "pbft", "sc-pbft", "raft", "pow", "crash", "delay", "twins", "silent", "tamper", "withhold",
      "selfish", "invent", "replay", "mutate", "torn", "unsynced", "lost", "clients", "all",
      "slots", "join", "arrivals", "constant", "uniform", "normal", "log-normal", "exponential",
      "pareto", "literal",
      "refuse", "every-blocks", "per-test", "none", "free", "real", "sampled", "counted", "true",
      "false", "yes", "null", "ns", "us", "ms", "s", "min", "h", "GB", "Gbit/s", "GH/s", "n", "AND",
      "OR", "of", "name", "seed", "repeat", "replicas", "sweep", "<<", "&a", "*a", "!!int", "---",
      "/dev/zero", "/dev/stdin", "/proc/self/environ", "..", "costs/openssl-rsa2048.yaml", "",
    ] + [String(repeating: "a", count: 5000), String(repeating: "é", count: 300)])

  /// What may stand anywhere.
  static let all =
    numbers + words
    + bytes(
      [
        "\u{FEFF}", "\0", "\t", "\r", "\r\n", "\n", ":", ": ", "- ", "? ", "|", ">", "|+\n",
        "%YAML 1.1\n",
        "\n---\n", "\n...\n", "#", " #", "\"", "'", "\\", "{", "}", "[", "]", ",", "&", "*", "!",
        "@",
        "`", "\u{2028}", "\u{202E}", "\u{1F600}", "e\u{301}", "\\u0000", "\\ud800", "\"\"", ",,,,",
        "&a [*a, *a]", bomb, "{x: &b [1], y: *b}", "a: 1\na: 2\n", "{a: 1, a: 2}", "[[[[[[[[",
        "}}}}",
        "sweep: { replicas: [4, 5, 6, 7], seed: [1, 2, 3] }\n",
        "limits: { events: 1 }\n", "limits: { events: 1099511627776 }\n",
      ] + [String(repeating: "{a: [", count: 200), String(repeating: "\n", count: 3000)])

  private static func bytes(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }

  /// Every alias doubles what the last stood for.
  private static let bomb =
    "\na0: &a0 x\n"
    + (1...24).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]\n" }.joined()
}
