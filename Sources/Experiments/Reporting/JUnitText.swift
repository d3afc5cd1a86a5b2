import Notation

extension TestSuites {
  /// The suites as a JUnit file, by the schema of Jenkins' plug-in xUnit (junit-10.xsd).
  ///
  /// Neither times nor a host stand in it, so that equal verdicts are equal bytes.
  public var junit: String {
    var lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>"]
    lines.append("<testsuites \(Self.attributes(name, cases))>")
    for suite in suites {
      let skipped = suite.cases.count { $0.outcome.isSkipped }
      lines.append(
        "  <testsuite \(Self.attributes(suite.name, suite.cases)) skipped=\"\(skipped)\">")
      for item in suite.cases { lines += Self.lines(of: item, in: suite) }
      lines.append("  </testsuite>")
    }
    lines.append("</testsuites>")
    return lines.joined(separator: "\n") + "\n"
  }

  private static func attributes(_ name: String, _ cases: [Case]) -> String {
    let failures = cases.count { $0.outcome.isFailed }
    return "name=\"\(XMLText.escaped(name))\" tests=\"\(cases.count)\" "
      + "failures=\"\(failures)\" errors=\"0\""
  }

  private static func lines(of item: Case, in suite: Suite) -> [String] {
    let head =
      "    <testcase classname=\"\(XMLText.escaped(suite.name))\" "
      + "name=\"\(XMLText.escaped(item.name))\""
    let inner: String
    switch item.outcome {
    case .passed(let text) where text.isEmpty: return [head + "/>"]
    case .passed(let text): inner = "<system-out>\(content(text))</system-out>"
    case .failed(let message, let text):
      inner =
        "<failure type=\"difference\" message=\"\(XMLText.escaped(message))\">"
        + "\(content(text))</failure>"
    case .skipped(let reason): inner = "<skipped message=\"\(XMLText.escaped(reason))\"/>"
    }
    return [head + ">", "      " + inner, "    </testcase>"]
  }

  private static func content(_ text: String) -> String {
    XMLText.escaped(text, lineEnd: "\n")
  }
}
