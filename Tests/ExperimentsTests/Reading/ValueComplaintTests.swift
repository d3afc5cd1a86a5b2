import Notation
import Testing

@testable import Experiments

/// What a user sees for a wrong value or key, to the letter; line 4 is the first of each text.
@Suite struct ValueComplaintTests {
  @Test(
    "A wrong list, flag or word is explained",
    arguments: [
      (
        "seeds: 5",
        #"""
        toy.yaml:4:8: error: 'seeds' must be a list of 1 to 100 items, each a whole number of at least 0, found '5'
          seeds: 5
                 ^ write '[5]'
        """#
      ),
      (
        "seeds: []",
        #"""
        toy.yaml:4:8: error: 'seeds' must be a list of 1 to 100 items, each a whole number of at least 0, found 0 items
          seeds: []
                 ^
        """#
      ),
      (
        "seeds: [1, 2.5, x, 9223372036854775808]",
        #"""
        toy.yaml:4:12: error: 'seeds.1' must be a whole number of at least 0, found '2.5' (not whole)
          seeds: [1, 2.5, x, 9223372036854775808]
                     ^
        toy.yaml:4:17: error: 'seeds.2' must be a whole number of at least 0, found 'x' (not a number)
          seeds: [1, 2.5, x, 9223372036854775808]
                          ^
        toy.yaml:4:20: error: 'seeds.3' must be a whole number of at least 0, found '9223372036854775808' (more than 18 digits)
          seeds: [1, 2.5, x, 9223372036854775808]
                             ^
        """#
      ),
      (
        "seeds: {}",
        #"""
        toy.yaml:4:8: error: 'seeds' must be a list of 1 to 100 items, each a whole number of at least 0, found a mapping
          seeds: {}
                 ^
        """#
      ),
      (
        "trace: yes",
        #"""
        toy.yaml:4:8: error: 'trace' must be 'true' or 'false', found 'yes'
          trace: yes
                 ^ write true
        """#
      ),
      (
        "trace: on",
        #"""
        toy.yaml:4:8: error: 'trace' must be 'true' or 'false', found 'on'
          trace: on
                 ^ write true
        """#
      ),
      (
        "trace: False",
        #"""
        toy.yaml:4:8: error: 'trace' must be 'true' or 'false', found 'False'
          trace: False
                 ^ write false
        """#
      ),
      (
        #"""
        trace: "true"
        """#,
        #"""
        toy.yaml:4:8: error: 'trace' must be 'true' or 'false', found the quoted text "true"
          trace: "true"
                 ^ write true
        """#
      ),
      (
        "trace: 1",
        #"""
        toy.yaml:4:8: error: 'trace' must be 'true' or 'false', found '1'
          trace: 1
                 ^
        """#
      ),
      (
        "faults: {}",
        #"""
        toy.yaml:4:9: error: 'faults' must be a list, each a mapping, found a mapping
          faults: {}
                  ^
        """#
      ),
      (
        #"""
        faults:
          - { node: 9, behaviour: silnt }
          - node: 5
          - 3
          - { node: 1, behaviour: silent, by: 5 s }
          - { node: 1, behaviour: delay, by: 0 s }
        """#,
        #"""
        toy.yaml:5:27: error: 'faults.0.behaviour' must be one of 'silent' or 'delay', found 'silnt'
            - { node: 9, behaviour: silnt }
                                    ^ did you mean 'silent'?
        toy.yaml:6:5: error: 'faults.1' lacks the key 'behaviour': one of 'silent' or 'delay'
            - node: 5
              ^ What the node does.
        toy.yaml:7:5: error: 'faults.2' must be a mapping, found '3'
            - 3
              ^
        toy.yaml:8:35: error: 'faults.3.by' has no effect here
            - { node: 1, behaviour: silent, by: 5 s }
                                            ^ remove it, or change what makes it pointless
        toy.yaml:9:38: error: 'faults.4.by' must be a duration of at least 1 us such as '250 us', found '0 s' (too small)
            - { node: 1, behaviour: delay, by: 0 s }
                                               ^
        """#
      ),
    ])
  func lists(text: String, expected: String) {
    #expect(ToyScenario.complaint(adding: text) == expected)
  }

  @Test(
    "A wrong key or form is explained",
    arguments: [
      (
        "network: { latency: 250 us, bandwith: 1 Gbit/s }",
        #"""
        toy.yaml:4:29: error: unknown key 'bandwith' in 'network'
          network: { latency: 250 us, bandwith: 1 Gbit/s }
                                      ^ did you mean 'bandwidth'?
        """#
      ),
      (
        "network:\n\t latency: 1 ms",
        "toy.yaml:5:1: error: a tab cannot indent\n  \t latency: 1 ms\n  ^ use spaces"
      ),
      (
        "network: [1]",
        #"""
        toy.yaml:4:10: error: 'network' must be a mapping, found a list
          network: [1]
                   ^
        """#
      ),
      (
        "network:",
        #"""
        toy.yaml:4:1: error: 'network' must be a mapping, found nothing
          network:
          ^
        """#
      ),
      (
        "network: 5",
        #"""
        toy.yaml:4:10: error: 'network' must be a mapping, found '5'
          network: 5
                   ^
        """#
      ),
      (
        "unknown-thing: 5",
        #"""
        toy.yaml:4:1: error: unknown key 'unknown-thing' at the top level
          unknown-thing: 5
          ^ allowed: 'name', 'protocol', 'n', 'network', 'faults', 'seeds', 'payload', 'load', 'speed', 'factor', 'trace' and 'closed'
        """#
      ),
      (
        "Payload: 1 B",
        #"""
        toy.yaml:4:1: error: unknown key 'Payload' at the top level
          Payload: 1 B
          ^ did you mean 'payload'?
        """#
      ),
      (
        "été: { ñ: 日本, latency: 1, 日本: 2 }",
        #"""
        toy.yaml:4:1: error: unknown key 'été' at the top level
          été: { ñ: 日本, latency: 1, 日本: 2 }
          ^ allowed: 'name', 'protocol', 'n', 'network', 'faults', 'seeds', 'payload', 'load', 'speed', 'factor', 'trace' and 'closed'
        """#
      ),
      (
        "description-of-a-very-long-key: { aaaa: 1, xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: 1 }",
        #"""
        toy.yaml:4:1: error: unknown key 'description-of-a-very-long-key' at the top level
          description-of-a-very-long-key: { aaaa: 1, xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
          ^ allowed: 'name', 'protocol', 'n', 'network', 'faults', 'seeds', 'payload', 'load', 'speed', 'factor', 'trace' and 'closed'
        """#
      ),
    ])
  func keys(text: String, expected: String) {
    #expect(ToyScenario.complaint(adding: text) == expected)
  }
}

@Suite("Hints that can be followed")
struct ListHintTests {
  @Test("Where a list needs two values, the hint has two, and is accepted")
  func pairs() throws {
    let text =
      "name: hint\nmeasure: metrics\nseries: [{ protocol: raft }]\n"
      + "schedule: { duration: 1 s }\nnetwork: { latency: 1 ms }\nraft: { election-timeout: VALUE }\n"
    func read(_ value: String) throws {
      _ = try Scenario(
        SourceFile(name: "hint.yaml", text: text.replacing("VALUE", with: value)), directory: "",
        settings: [], seed: nil)
    }
    let error = try #require(throws: ScenarioError.self) { try read("2 s") }
    #expect(error.description.contains("write '[2 s, 2 s]'"), "\(error)")
    try read("[2 s, 2 s]")
  }
}
