import Foundation
import Testing

@testable import Experiments
@testable import Notation

@Suite struct JSONSchemaTests {
  private let spec = MappingSpec(
    "toy", "A \"toy\".",
    keys: [
      .required("n", .integer(1...256), "How many."),
      .key(
        "delay", .either([.duration, .mapping(ToyScenario.range)]), default: "1 ms", "How late."),
      .key("sizes", .list(of: .integer(0...Int.max), count: 1...3), default: "[4, 7]", "Sizes."),
      .optional("by-name", .entries(of: .flag, keyName: "name"), "Flags."),
    ], rules: [.exactlyOne(["delay", "by-name"]), .atMostOne(["n", "sizes"])])

  @Test("The schema of a declaration is written in its order")
  func golden() {
    #expect(
      JSONSchema.text(for: spec) == #"""
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "title": "toy",
          "description": "A \"toy\".",
          "type": "object",
          "additionalProperties": false,
          "required": ["n"],
          "properties": {
            "n": {
              "description": "How many.",
              "type": "integer",
              "minimum": 1,
              "maximum": 256
            },
            "delay": {
              "description": "How late.",
              "default": "1 ms",
              "anyOf": [
                {
                  "type": "string",
                  "pattern": "^(0|[1-9][0-9]*)(\\.[0-9]+)? *(ns|us|ms|s|min|h)$"
                },
                {
                  "$ref": "#/$defs/range"
                }
              ]
            },
            "sizes": {
              "description": "Sizes.",
              "default": [4, 7],
              "type": "array",
              "items": {
                "type": "integer",
                "minimum": 0
              },
              "minItems": 1,
              "maxItems": 3
            },
            "by-name": {
              "description": "Flags.",
              "type": "object",
              "additionalProperties": {
                "type": "boolean"
              }
            }
          },
          "allOf": [
            {
              "oneOf": [
                {
                  "required": ["delay"]
                },
                {
                  "required": ["by-name"]
                }
              ]
            },
            {
              "not": {
                "required": ["n", "sizes"]
              }
            }
          ],
          "$defs": {
            "range": {
              "description": "A uniform distribution.",
              "type": "object",
              "additionalProperties": false,
              "required": ["from", "to"],
              "properties": {
                "from": {
                  "description": "The least value.",
                  "type": "string",
                  "pattern": "^(0|[1-9][0-9]*)(\\.[0-9]+)? *(ns|us|ms|s|min|h)$"
                },
                "to": {
                  "description": "The greatest value.",
                  "type": "string",
                  "pattern": "^(0|[1-9][0-9]*)(\\.[0-9]+)? *(ns|us|ms|s|min|h)$"
                }
              }
            }
          }
        }

        """#)
  }

  @Test("The schema is valid JSON")
  func isJSON() throws {
    for spec in [spec, ToyScenario.keys] {
      let data = Data(JSONSchema.text(for: spec).utf8)
      #expect(try JSONSerialization.jsonObject(with: data) is [String: Any])
    }
  }

  @Test("The table of keys says what a value is, its default and its meaning")
  func table() {
    #expect(
      KeyTable.markdown(for: spec) == """
        ### toy

        A "toy".

        | key | value | default | meaning |
        | --- | --- | --- | --- |
        | `n` | a whole number from 1 to 256 | required | How many. |
        | `delay` | a duration such as `250 us`, or [range](#range) | `1 ms` | How late. |
        | `sizes` | list of a whole number of at least 0 | `[4, 7]` | Sizes. |
        | `by-name` | by name: `true` or `false` |  | Flags. |

        ### range

        A uniform distribution.

        | key | value | default | meaning |
        | --- | --- | --- | --- |
        | `from` | a duration such as `250 us` | required | The least value. |
        | `to` | a duration such as `250 us` | required | The greatest value. |

        """)
  }
}
