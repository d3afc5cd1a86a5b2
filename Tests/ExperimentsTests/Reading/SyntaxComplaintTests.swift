import Testing

@testable import Experiments

/// What a user sees for a text that is no scenario, to the letter; line 4 is the first of each text.
@Suite struct SyntaxComplaintTests {
  @Test(
    "What YAML or a scenario does not allow is explained",
    arguments: [
      (
        "n: 5",
        #"""
        toy.yaml:4:1: error: duplicate key 'n'
          n: 5
          ^ first written at 3:1; keep one
        """#
      ),
      (
        "a: &x 1",
        #"""
        toy.yaml:4:4: error: a YAML anchor is not allowed in a scenario
          a: &x 1
             ^ remove it and write values out
        """#
      ),
      (
        "a: *x",
        #"""
        toy.yaml:4:4: error: a YAML alias is not allowed in a scenario
          a: *x
             ^ write the value out
        """#
      ),
      (
        "<<: {a: 1}",
        #"""
        toy.yaml:4:1: error: the merge key '<<' is not allowed in a scenario
          <<: {a: 1}
          ^ write the values out
        """#
      ),
      (
        "a: !!str 5",
        #"""
        toy.yaml:4:4: error: a YAML tag is not allowed in a scenario
          a: !!str 5
             ^ remove it: the key decides the type
        """#
      ),
      (
        #"""
        ---
        a: 1
        """#,
        #"""
        toy.yaml:4:1: error: a second document begins here, and a scenario file holds one
          ---
          ^ put it in a file of its own
        """#
      ),
      (
        #"""
        ? a
        : b
        """#,
        #"""
        toy.yaml:4:1: error: a key marked with '?' is not allowed in a scenario
          ? a
          ^ write 'key: value'
        """#
      ),
      (
        "[a]: b",
        #"""
        toy.yaml:4:1: error: a collection cannot be a key
          [a]: b
          ^ a key is a plain word
        """#
      ),
      (
        "a: 'unclosed",
        #"""
        toy.yaml:4:4: error: this quoted text is never closed
          a: 'unclosed
             ^ add ' at its end
        """#
      ),
      (
        "a: {b: 1",
        #"""
        toy.yaml:4:4: error: '{' is never closed
          a: {b: 1
             ^ add '}'
        """#
      ),
      (
        "a: [1, 2}",
        #"""
        toy.yaml:4:9: error: '}' where ']' is needed
          a: [1, 2}
                  ^ brackets must pair up
        """#
      ),
      (
        "a: b: c",
        #"""
        toy.yaml:4:5: error: a second ':' in one value
          a: b: c
              ^ put the value in quotes, or begin a new line
        """#
      ),
      (
        #"""
        a
        b: 1
        """#,
        #"""
        toy.yaml:4:1: error: a line without ':'
          a
          ^ write 'key: value', or indent it as part of the value above
        """#
      ),
      (
        "  a: 1",
        #"""
        toy.yaml:4:4: error: a second ':' in one value
            a: 1
             ^ put the value in quotes, or begin a new line
        """#
      ),
      (
        #"""
        a: [1 2
        b: 3]
        """#,
        #"""
        toy.yaml:5:2: error: ',' or ']' is missing in the list begun at 4:4
          b: 3]
           ^ separate items by ',' and close the list by ']'
        """#
      ),
      (
        "a: @x",
        #"""
        toy.yaml:4:4: error: a value cannot begin with '@'
          a: @x
             ^ put the value in quotes
        """#
      ),
      (
        #"""
        a: "\q"
        """#,
        #"""
        toy.yaml:4:5: error: an unknown '\' escape in double quotes
          a: "\q"
              ^ use single quotes, or write '\\'
        """#
      ),
      (
        #"""
        a: |x
          y
        """#,
        #"""
        toy.yaml:4:5: error: text behind '|' or '>'
          a: |x
              ^ begin it on the next line
        """#
      ),
      (
        "%YAML 1.2",
        #"""
        toy.yaml:4:1: error: a YAML directive is not allowed in a scenario
          %YAML 1.2
          ^ remove this line
        """#
      ),
      (
        #"""
        a: b
        --- x
        """#,
        #"""
        toy.yaml:5:1: error: a second document begins here, and a scenario file holds one
          --- x
          ^ put it in a file of its own
        """#
      ),
      (
        "a: [b: c: d]",
        #"""
        toy.yaml:4:9: error: ',' or ']' is missing in the list begun at 4:4
          a: [b: c: d]
                  ^ separate items by ',' and close the list by ']'
        """#
      ),
      (
        "a: - b",
        #"""
        toy.yaml:4:4: error: a list cannot begin here
          a: - b
             ^ begin it on a line of its own
        """#
      ),
      (
        "- a",
        #"""
        toy.yaml:4:1: error: this line does not fit into the mapping begun at 1:1
          - a
          ^ indent all keys of one mapping alike
        """#
      ),
      (
        #"""
        a:
         - 1
         2
        """#,
        #"""
        toy.yaml:6:2: error: a line without ':'
           2
           ^ write 'key: value', or indent it as part of the value above
        """#
      ),
      (
        "a: ]",
        #"""
        toy.yaml:4:4: error: ']' closes nothing
          a: ]
             ^ remove it
        """#
      ),
      (
        "network: { loss, latency: 1 s }",
        #"""
        toy.yaml:4:12: error: the key 'loss' has no value
          network: { loss, latency: 1 s }
                     ^ write 'loss: ...'
        """#
      ),
      (
        #"""
        faults:
        - node: 1
          node: 2
        """#,
        #"""
        toy.yaml:6:3: error: duplicate key 'node'
            node: 2
            ^ first written at 5:3; keep one
        """#
      ),
      (
        #"""
        a: [1,
        %b]
        """#,
        #"""
        toy.yaml:5:1: error: a YAML directive is not allowed in a scenario
          %b]
          ^ remove this line
        """#
      ),
      (
        "network: {loss: 1, loss: 2}",
        #"""
        toy.yaml:4:20: error: duplicate key 'loss'
          network: {loss: 1, loss: 2}
                             ^ first written at 4:11; keep one
        """#
      ),
    ])
  func syntax(text: String, expected: String) {
    #expect(ToyScenario.complaint(adding: text) == expected)
  }

  @Test(
    "A file that is no mapping of keys is explained",
    arguments: [
      ("", "toy.yaml: error: the file is empty\n  a scenario is a mapping of keys"),
      ("# only\n", "toy.yaml: error: the file is empty\n  a scenario is a mapping of keys"),
      ("---\n", "toy.yaml: error: the file is empty\n  a scenario is a mapping of keys"),
      ("null", "toy.yaml: error: the file is empty\n  a scenario is a mapping of keys"),
      ("5", "toy.yaml:1:1: error: the file must be a mapping, found '5'\n  5\n  ^"),
      ("[]", "toy.yaml:1:1: error: the file must be a mapping, found a list\n  []\n  ^"),
      (
        "a: \0",
        "toy.yaml:1:4: error: a NUL byte: the file is not text\n  a: \u{FFFD}\n     ^ remove it"
      ),
      (
        "name: toy\nn: 4",
        "toy.yaml:1:1: error: the file lacks the key 'protocol': one of 'pbft', 'raft' or 'pow'\n"
          + "  name: toy\n  ^ The protocol."
      ),
    ])
  func files(text: String, expected: String) {
    #expect(ToyScenario.complaint(text) == expected)
  }

  @Test("A file that ends too early is explained wherever it was cut")
  func truncated() {
    let whole = "name: toy\nprotocol: pbft\nn: 4\nnetwork: { latency: 250 us, loss: '0' }\n"
    for length in 0..<(whole.utf8.count - 6) {
      let complaint = ToyScenario.complaint(String(whole.prefix(length)))
      let isComplete = [29, 30].contains(length)
      #expect((complaint == "ok") == isComplete, "cut after \(length): \(complaint)")
    }
  }
}
