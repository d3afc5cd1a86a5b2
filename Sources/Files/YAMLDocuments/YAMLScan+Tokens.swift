import Notation

extension YAMLScan {
  /// Takes one token, where a token may begin.
  package mutating func scanToken() {
    let inFlow = !flows.isEmpty
    let endsWord = isBlankOrEnd(at: offset + 1)
    switch bytes[offset] {
    case UInt8(ascii: "["): openBracket(isMapping: false)
    case UInt8(ascii: "{"): openBracket(isMapping: true)
    case UInt8(ascii: "]"): closeBracket(isMapping: false)
    case UInt8(ascii: "}"): closeBracket(isMapping: true)
    case UInt8(ascii: ","):
      endEntry()
      offset += 1
    case UInt8(ascii: "-") where endsWord:
      if !inFlow { enterBlock(at: column) }
      possibleKey = nil
      offset += 1
    case UInt8(ascii: "?") where inFlow || endsWord:
      refuse("a key marked with '?'", hint: "write 'key: value'")
    case UInt8(ascii: ":") where inFlow || endsWord: scanColon()
    case UInt8(ascii: "*"): refuse("a YAML alias", hint: "write the value out")
    case UInt8(ascii: "&"): refuse("a YAML anchor", hint: "remove it and write values out")
    case UInt8(ascii: "!"): refuse("a YAML tag", hint: "remove it: the key decides the type")
    case UInt8(ascii: "|") where !inFlow, UInt8(ascii: ">") where !inFlow: scanBlockScalar()
    case UInt8(ascii: "'"), UInt8(ascii: "\""): scanQuoted(by: bytes[offset])
    default: scanPlain()
    }
  }

  /// Reports an indicator and steps over the word behind it.
  private mutating func refuse(_ what: String, hint: String) {
    let start = offset
    offset += 1
    while !isBlankOrEnd(at: offset), let next = byte(at: offset),
      !(next == UInt8(ascii: ",") || next == UInt8(ascii: "]") || next == UInt8(ascii: "}"))
    {
      offset += 1
    }
    report("\(what) is not allowed in a scenario", at: start, length: offset - start, hint: hint)
  }

  /// Counts one more node, and stops at too many.
  package mutating func countNode(at offset: Int) {
    nodes += 1
    guard nodes > Self.nodesAtMost else { return }
    report(
      "more than \(Self.nodesAtMost) values in one file", at: offset, hint: "split the scenario")
    isStopped = true
  }

  /// Leaves the collections whose indentation ended.
  package mutating func leaveBlocks(deeperThan column: Int) {
    while let last = blocks.last, last.column > column { blocks.removeLast() }
  }

  /// Enters a collection by indentation, unless it is the one we are in.
  package mutating func enterBlock(at column: Int) {
    guard (blocks.last?.column ?? -1) < column else { return }
    blocks.append(Block(column: column))
    countNode(at: offset)
    checkDepth(at: offset)
  }

  private mutating func checkDepth(at offset: Int) {
    guard flows.count + blocks.count > Self.depthAtMost, !isStopped else { return }
    report(
      "nested more than \(Self.depthAtMost) levels deep", at: offset,
      hint: "a scenario needs fewer than 10")
    isStopped = true
  }

  private mutating func openBracket(isMapping: Bool) {
    flows.append(Flow(isMapping: isMapping, offset: offset, line: line))
    possibleKey = nil
    countNode(at: offset)
    checkDepth(at: offset)
    offset += 1
  }

  /// Ends an entry in brackets: in a mapping it must have had a colon.
  private mutating func endEntry() {
    defer { possibleKey = nil }
    guard let last = flows.indices.last else { return }
    if flows[last].isMapping, !flows[last].hasColon, let key = possibleKey, let text = key.text {
      report(
        "the key '\(text)' has no value", at: key.offset, length: text.unicodeScalars.count,
        hint: "write '\(text): ...'")
    }
    flows[last].hasColon = false
  }

  private mutating func closeBracket(isMapping: Bool) {
    let found = isMapping ? "}" : "]"
    guard let open = flows.last, open.isMapping == isMapping else {
      let message =
        flows.isEmpty
        ? "'\(found)' closes nothing"
        : "'\(found)' where '\(isMapping ? "]" : "}")' is needed"
      report(message, at: offset, hint: flows.isEmpty ? "remove it" : "brackets must pair up")
      isStopped = true
      return
    }
    endEntry()
    flows.removeLast()
    offset += 1
    possibleKey = PossibleKey(
      offset: open.offset, column: open.offset - lineStart, line: open.line, text: nil,
      isPlain: false)
  }

  /// Takes a colon: what stood before it on its line is a key.
  private mutating func scanColon() {
    defer {
      possibleKey = nil
      offset += 1
    }
    if !flows.isEmpty { flows[flows.count - 1].hasColon = true }
    guard let key = possibleKey, key.line == line else { return }
    guard let text = key.text else {
      report(
        "a collection cannot be a key", at: key.offset, hint: "a key is a plain word")
      return
    }
    if text == "<<", key.isPlain {
      report(
        "the merge key '<<' is not allowed in a scenario", at: key.offset, length: 2,
        hint: "write the values out")
      return
    }
    if flows.isEmpty {
      enterBlock(at: key.column)
      guard let first = blocks[blocks.count - 1].keys[text] else {
        blocks[blocks.count - 1].keys[text] = key.offset
        return
      }
      reportDuplicate(text, at: key.offset, first: first)
    } else if flows[flows.count - 1].isMapping {
      guard let first = flows[flows.count - 1].keys[text] else {
        flows[flows.count - 1].keys[text] = key.offset
        return
      }
      reportDuplicate(text, at: key.offset, first: first)
    }
  }

  private mutating func reportDuplicate(_ text: String, at offset: Int, first: Int) {
    let place = source.location(at: first)
    report(
      "duplicate key '\(text)'", at: offset, length: text.unicodeScalars.count,
      hint: "first written at \(place.line):\(place.column); keep one")
  }
}
