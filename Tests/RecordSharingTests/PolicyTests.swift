import RecordSharing
import Testing

@Suite struct PolicyTests {
  @Test(
    "A text is read with AND over OR, nested and flattened",
    arguments: [
      ("doctor", "doctor"),
      ("(cardiology AND doctor) OR 2 of (a, b, c)", "(cardiology AND doctor) OR 2 of (a, b, c)"),
      ("a and b or c AND d", "(a AND b) OR (c AND d)"),
      ("a Or b aNd c", "a OR (b AND c)"),
      ("((a) AND (b AND (c)))", "a AND b AND c"),
      ("a OR (b OR (c OR d)) OR e", "a OR b OR c OR d OR e"),
      ("2 of (a, b)", "a AND b"),
      ("3 of (a, b AND c, d)", "a AND b AND c AND d"),
      ("2of(a,b,c)", "2 of (a, b, c)"),
      ("02 Of ( a OR x , 2 of (b, c, d AND e)\t, f )", "2 of (a OR x, 2 of (b, c, d AND e), f)"),
      ("\r\n a\rAND\n\tb ", "a AND b"),
      ("Doctor AND Ward-3.B:x@y/z_", "doctor AND ward-3.b:x@y/z_"),
      ("a AND (b)OR(c)", "(a AND b) OR c"),
      ("a AND a OR a", "(a AND a) OR a"),
      ("android AND order AND offer", "android AND order AND offer"),
    ])
  func reads(text: String, canonical: String) throws {
    #expect(try AccessPolicy.parse(text).description == canonical)
    #expect(try AccessPolicy.parse(canonical).description == canonical)
  }

  @Test("The tree has the shape of the text")
  func shape() throws {
    let policy = try AccessPolicy.parse("a AND (b OR 2 of (c, d, e))")
    let expected = AccessPolicy.all([
      try leaf("a"),
      .any([try leaf("b"), .atLeast(2, of: [try leaf("c"), try leaf("d"), try leaf("e")])]),
    ])
    #expect(policy == expected)
    #expect(policy.leaves.map(\.name) == ["a", "b", "c", "d", "e"])
  }

  @Test("The text and the bytes of any tree read back as its normal form", arguments: 0..<300)
  func roundTrip(seed: Int) throws {
    var generator = SeededGenerator(UInt64(seed))
    let names = try universe(of: 6)
    let tree = generator.policy(over: names, depth: 1 + seed % 5)
    let normal = try tree.normalised(within: manyRepeats)
    #expect(try AccessPolicy.parse(tree.description, limits: manyRepeats) == normal)
    #expect(try AccessPolicy.parse(normal.description, limits: manyRepeats) == normal)
    #expect(try AccessPolicy(bytes: normal.bytes, limits: manyRepeats) == normal)
    #expect(try normal.normalised(within: manyRepeats) == normal)
    for percent in [0, 30, 60, 100] {
      let held = generator.subset(of: names, percent: percent)
      #expect(tree.isSatisfied(by: held) == normal.isSatisfied(by: held))
    }
  }

  @Test("Trees built in memory are checked")
  func violations() throws {
    let a = try leaf("a")
    func violation(_ policy: AccessPolicy) -> PolicyViolation? {
      do throws(PolicyViolation) {
        _ = try policy.normalised()
        return nil
      } catch { return error }
    }
    #expect(violation(.all([])) == .emptyGate)
    #expect(violation(.any([a, .any([])])) == .emptyGate)
    #expect(violation(.atLeast(2, of: [])) == .emptyGate)
    #expect(violation(.atLeast(0, of: [a])) == .thresholdOutOfRange(0, children: 1))
    #expect(violation(.atLeast(2, of: [a])) == .thresholdOutOfRange(2, children: 1))
    #expect(violation(.atLeast(-1, of: [a])) == .thresholdOutOfRange(-1, children: 1))
    #expect(
      violation(.all(Array(repeating: a, count: 17)))
        == .tooManyOccurrences(try Attribute("a"), allowed: 16))
    var nested = a
    for _ in 0..<64 { nested = .all([nested]) }
    #expect(violation(nested) == nil)
    #expect(violation(.any([nested])) == .tooDeep(allowed: 64))
    for _ in 0..<1000 { nested = .any([nested]) }
    #expect(violation(nested) == .tooDeep(allowed: 64))
  }

  @Test("The largest policies are accepted, one more leaf or term is not")
  func limits() throws {
    let leaves = try universe(of: 4097).map(AccessPolicy.attribute)
    let largest = AccessPolicy.any(leaves.dropLast())
    #expect(try largest.normalised() == largest)
    #expect(try AccessPolicy.parse(largest.description) == largest)
    #expect(try AccessPolicy(bytes: largest.bytes) == largest)
    #expect(throws: PolicyViolation.tooManyLeaves(allowed: 4096)) {
      try AccessPolicy.any(leaves).normalised()
    }
    let allowed = AccessPolicy.atLeast(257, of: leaves.dropLast())
    #expect(try AccessPolicy.parse(allowed.description) == allowed)
    let refused = AccessPolicy.atLeast(258, of: leaves.dropLast())
    #expect(throws: PolicyViolation.tooManyThresholdTerms(allowed: 1 << 20)) {
      try refused.normalised()
    }
    #expect(
      problems(refused.description).map(\.kind)
        == [.violation(.tooManyThresholdTerms(allowed: 1 << 20))])
    // All members together are an AND, however many.
    let all = AccessPolicy.atLeast(4096, of: leaves.dropLast())
    #expect(try AccessPolicy.parse(all.description) == .all(leaves.dropLast()))
  }

  @Test("The longest names with the most gates fit the text")
  func longestText() throws {
    let name = String(repeating: "n", count: 60)
    let leaves = try (0..<4096).map { try leaf(name + "\(1000 + $0)".suffix(4)) }
    let pairs = stride(from: 0, to: 4096, by: 2).map {
      AccessPolicy.all([leaves[$0], leaves[$0 + 1]])
    }
    let policy = AccessPolicy.any(pairs)
    #expect(try AccessPolicy.parse(policy.description) == policy)
  }

  @Test("Whoever holds enough satisfies a policy")
  func satisfaction() throws {
    let policy = try AccessPolicy.parse("(cardiology AND doctor) OR 2 of (a, b, c)")
    for (held, expected) in [
      ("cardiology doctor", true), ("cardiology", false), ("doctor a", false), ("a b", true),
      ("a c x", true), ("c", false), ("", false), ("cardiology doctor a b c", true),
    ] {
      #expect(policy.isSatisfied(by: try attributes(held)) == expected, "\(held)")
    }
  }
}

@Suite struct PolicyAttributeTests {
  @Test("Names are checked and folded to lower case")
  func names() throws {
    #expect(try Attribute("Doctor").name == "doctor")
    #expect(try Attribute("Doctor") == Attribute("dOCTOR"))
    #expect(try Attribute("a" + String(repeating: "9", count: 63)).name.utf8.count == 64)
    for (name, problem) in [
      ("", AttributeProblem.empty), ("1a", .badStart("1")), ("-a", .badStart("-")),
      ("a b", .badCharacter(" ", offset: 1)), ("a#2", .badCharacter("#", offset: 1)),
      ("aé", .badCharacter("é", offset: 1)), ("ärzte", .badStart("ä")), ("and", .reserved("and")),
      ("OR", .reserved("or")), ("Of", .reserved("of")), ("not", .reserved("not")),
      ("a\0", .badCharacter("\0", offset: 1)),
      (String(repeating: "a", count: 65), .tooLong(65, allowed: 64)),
      (String(repeating: "é", count: 1_000_000), .tooLong(2_000_000, allowed: 64)),
    ] {
      #expect(throws: problem) { try Attribute(name) }
    }
  }

  @Test("A set is sorted, has each attribute once and answers membership")
  func sets() throws {
    let set = try attributes("c a b a c")
    #expect(set.map(\.name) == ["a", "b", "c"])
    #expect(set.contains(try Attribute("b")))
    #expect(!set.contains(try Attribute("d")))
    #expect(set.index(of: try Attribute("c")) == 2)
    #expect(set.subtracting(try attributes("b x")) == (try attributes("a c")))
    #expect(set.intersection(try attributes("b x")) == (try attributes("b")))
    #expect(set.union(try attributes("b x")) == (try attributes("a b c x")))
    #expect(AttributeSet([]).isEmpty)
  }
}
