import Testing

@testable import Experiments

/// What a user sees for a wrong number or quantity, to the letter; line 4 is the first of each text.
@Suite struct NumberComplaintTests {
  @Test(
    "A wrong number is explained",
    arguments: [
      (
        "factor: 010",
        #"""
        toy.yaml:4:9: error: 'factor' must be a number from 0 to 10, found '010' (leading zero)
          factor: 010
                  ^ write '10'
        """#
      ),
      (
        "factor: 1:30",
        #"""
        toy.yaml:4:9: error: 'factor' must be a number from 0 to 10, found '1:30' (a colon: YAML 1.1 would read 90)
          factor: 1:30
                  ^ write one plain number
        """#
      ),
      (
        "factor: 1_000",
        #"""
        toy.yaml:4:9: error: 'factor' must be a number from 0 to 10, found '1_000' (digits are grouped by '_')
          factor: 1_000
                  ^ write '1000'
        """#
      ),
      (
        "factor: 0x1F",
        #"""
        toy.yaml:4:9: error: 'factor' must be a number from 0 to 10, found '0x1F' (hexadecimal)
          factor: 0x1F
                  ^ write '31'
        """#
      ),
      (
        "factor: 0o17",
        #"""
        toy.yaml:4:9: error: 'factor' must be a number from 0 to 10, found '0o17' (octal)
          factor: 0o17
                  ^ write '15'
        """#
      ),
      (
        "factor: .nan",
        #"""
        toy.yaml:4:9: error: 'factor' must be a number from 0 to 10, found '.nan' (not a number)
          factor: .nan
                  ^ write digits
        """#
      ),
      (
        "factor: -.inf",
        #"""
        toy.yaml:4:9: error: 'factor' must be a number from 0 to 10, found '-.inf' (infinite)
          factor: -.inf
                  ^ write digits
        """#
      ),
      (
        "factor: 1e3",
        #"""
        toy.yaml:4:9: error: 'factor' must be a number from 0 to 10, found '1e3' (an exponent)
          factor: 1e3
                  ^ write all the digits
        """#
      ),
      (
        "factor: .5",
        #"""
        toy.yaml:4:9: error: 'factor' must be a number from 0 to 10, found '.5' (no digit first)
          factor: .5
                  ^ write '0.5'
        """#
      ),
      (
        "factor: 5.",
        #"""
        toy.yaml:4:9: error: 'factor' must be a number from 0 to 10, found '5.' (no digit after the point)
          factor: 5.
                  ^ write '5'
        """#
      ),
      (
        "factor: +5",
        #"""
        toy.yaml:4:9: error: 'factor' must be a number from 0 to 10, found '+5' (a plus sign)
          factor: +5
                  ^ write '5'
        """#
      ),
      (
        #"""
        factor: "5"
        """#,
        #"""
        toy.yaml:4:9: error: 'factor' must be a number from 0 to 10, found the quoted text "5" (quotes make it a text)
          factor: "5"
                  ^ write 5
        """#
      ),
      (
        "factor: 11",
        #"""
        toy.yaml:4:9: error: 'factor' must be a number from 0 to 10, found '11' (too large)
          factor: 11
                  ^
        """#
      ),
      (
        "factor: -1",
        #"""
        toy.yaml:4:9: error: 'factor' must be a number from 0 to 10, found '-1' (negative)
          factor: -1
                  ^
        """#
      ),
      (
        "factor: abc",
        #"""
        toy.yaml:4:9: error: 'factor' must be a number from 0 to 10, found 'abc' (not a number)
          factor: abc
                  ^
        """#
      ),
      (
        "factor:",
        #"""
        toy.yaml:4:1: error: 'factor' must be a number from 0 to 10, found nothing
          factor:
          ^
        """#
      ),
      (
        "factor: ~",
        #"""
        toy.yaml:4:1: error: 'factor' must be a number from 0 to 10, found nothing
          factor: ~
          ^
        """#
      ),
      (
        "factor: [1]",
        #"""
        toy.yaml:4:9: error: 'factor' must be a number from 0 to 10, found a list
          factor: [1]
                  ^
        """#
      ),
      (
        "factor: {a: 1}",
        #"""
        toy.yaml:4:9: error: 'factor' must be a number from 0 to 10, found a mapping
          factor: {a: 1}
                  ^
        """#
      ),
    ])
  func numbers(text: String, expected: String) {
    #expect(ToyScenario.complaint(adding: text) == expected)
  }

  @Test(
    "A wrong quantity is explained",
    arguments: [
      (
        "network: { latency: 010 us }",
        #"""
        toy.yaml:4:21: error: 'network.latency' must be a duration such as '250 us', or a mapping, found '010 us' (leading zero)
          network: { latency: 010 us }
                              ^ write '10 us'
        """#
      ),
      (
        "payload: 10",
        #"""
        toy.yaml:4:10: error: 'payload' must be a size such as '800 B', found '10' (no unit)
          payload: 10
                   ^ write '10 B'
        """#
      ),
      (
        "payload: 10 b",
        #"""
        toy.yaml:4:10: error: 'payload' must be a size such as '800 B', found '10 b' (unknown unit 'b')
          payload: 10 b
                   ^ write '10 B'
        """#
      ),
      (
        "payload: 1.5 B",
        #"""
        toy.yaml:4:10: error: 'payload' must be a size such as '800 B', found '1.5 B' (not a whole number of B)
          payload: 1.5 B
                   ^
        """#
      ),
      (
        "payload: -1 B",
        #"""
        toy.yaml:4:10: error: 'payload' must be a size such as '800 B', found '-1 B' (negative)
          payload: -1 B
                   ^
        """#
      ),
      (
        "network: { latency: 10 }",
        #"""
        toy.yaml:4:21: error: 'network.latency' must be a duration such as '250 us', or a mapping, found '10' (no unit)
          network: { latency: 10 }
                              ^ write '10 s'
        """#
      ),
      (
        "network: { latency: 10 sec }",
        #"""
        toy.yaml:4:21: error: 'network.latency' must be a duration such as '250 us', or a mapping, found '10 sec' (unknown unit 'sec')
          network: { latency: 10 sec }
                              ^ write '10 s'
        """#
      ),
      (
        "network: { latency: 0.3 ns }",
        #"""
        toy.yaml:4:21: error: 'network.latency' must be a duration such as '250 us', or a mapping, found '0.3 ns' (not a whole number of ns)
          network: { latency: 0.3 ns }
                              ^
        """#
      ),
      (
        "network: { latency: -1 s }",
        #"""
        toy.yaml:4:21: error: 'network.latency' must be a duration such as '250 us', or a mapping, found '-1 s' (negative)
          network: { latency: -1 s }
                              ^
        """#
      ),
      (
        "network: { latency: 99999999 h }",
        #"""
        toy.yaml:4:21: error: 'network.latency' must be a duration such as '250 us', or a mapping, found '99999999 h' (more than 100 years)
          network: { latency: 99999999 h }
                              ^
        """#
      ),
      (
        "network: { latency: 1:30 s }",
        #"""
        toy.yaml:4:21: error: 'network.latency' must be a duration such as '250 us', or a mapping, found '1:30 s' (a colon: YAML 1.1 would read 90)
          network: { latency: 1:30 s }
                              ^ write one plain number
        """#
      ),
      (
        "network: { latency: 1 h 30 min }",
        #"""
        toy.yaml:4:21: error: 'network.latency' must be a duration such as '250 us', or a mapping, found '1 h 30 min' (more than one number)
          network: { latency: 1 h 30 min }
                              ^ write one number and one unit
        """#
      ),
      (
        "network: { latency: { from: 2 s, to: 1 s } }",
        #"""
        toy.yaml:4:38: error: 'to' is before 'from'
          network: { latency: { from: 2 s, to: 1 s } }
                                               ^ swap them
        """#
      ),
      (
        "network: { latency: [1 s] }",
        #"""
        toy.yaml:4:21: error: 'network.latency' must be a duration such as '250 us', or a mapping, found a list
          network: { latency: [1 s] }
                              ^
        """#
      ),
      (
        "network: { loss: 1.5 }",
        #"""
        toy.yaml:4:18: error: 'network.loss' must be a probability from 0 to 1, such as '0.05' or '5 %', found '1.5' (too large)
          network: { loss: 1.5 }
                           ^
        """#
      ),
      (
        "network: { loss: 5 }",
        #"""
        toy.yaml:4:18: error: 'network.loss' must be a probability from 0 to 1, such as '0.05' or '5 %', found '5' (too large)
          network: { loss: 5 }
                           ^
        """#
      ),
      (
        "network: { loss: '0.5' }",
        #"""
        toy.yaml:4:18: error: 'network.loss' must be a probability from 0 to 1, such as '0.05' or '5 %', found the quoted text "0.5" (quotes make it a text)
          network: { loss: '0.5' }
                           ^ write 0.5
        """#
      ),
      (
        "network: { loss: 5 percent }",
        #"""
        toy.yaml:4:18: error: 'network.loss' must be a probability from 0 to 1, such as '0.05' or '5 %', found '5 percent' (unknown unit 'percent')
          network: { loss: 5 percent }
                           ^ write '5 %'
        """#
      ),
      (
        "network: { bandwidth: 0 bit/s }",
        #"""
        toy.yaml:4:23: error: 'network.bandwidth' must be a bandwidth of at least 1 bit/s such as '1 Gbit/s', found '0 bit/s' (too small)
          network: { bandwidth: 0 bit/s }
                                ^
        """#
      ),
      (
        "network: { bandwidth: 1 Gbps }",
        #"""
        toy.yaml:4:23: error: 'network.bandwidth' must be a bandwidth of at least 1 bit/s such as '1 Gbit/s', found '1 Gbps' (unknown unit 'Gbps')
          network: { bandwidth: 1 Gbps }
                                ^ write '1 Gbit/s'
        """#
      ),
      (
        "network: { bandwidth: 1 parsec }",
        #"""
        toy.yaml:4:23: error: 'network.bandwidth' must be a bandwidth of at least 1 bit/s such as '1 Gbit/s', found '1 parsec' (unknown unit 'parsec')
          network: { bandwidth: 1 parsec }
                                ^ the units are 'bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'B/s', 'kB/s', 'MB/s' and 'GB/s'
        """#
      ),
      (
        "load: 100",
        #"""
        toy.yaml:4:7: error: 'load' must be a rate such as '100 /s', found '100' (no unit)
          load: 100
                ^ write '100 /s'
        """#
      ),
      (
        "load: 100 /h",
        #"""
        toy.yaml:4:7: error: 'load' must be a rate such as '100 /s', found '100 /h' (unknown unit '/h')
          load: 100 /h
                ^ write '100 /s'
        """#
      ),
      (
        #"""
        load: 5 /s
        closed: true
        """#,
        #"""
        toy.yaml:5:1: error: 'closed' cannot stand beside 'load'
          closed: true
          ^ keep one of 'load' or 'closed'
        """#
      ),
      (
        "speed: 1 kH",
        #"""
        toy.yaml:4:8: error: 'speed' must be a hash rate such as '160 kH/s', found '1 kH' (unknown unit 'kH')
          speed: 1 kH
                 ^ write '1 kH/s'
        """#
      ),
    ])
  func quantities(text: String, expected: String) {
    #expect(ToyScenario.complaint(adding: text) == expected)
  }
}
