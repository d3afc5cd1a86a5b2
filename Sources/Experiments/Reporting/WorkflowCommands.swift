import Notation

extension TestSuites {
  /// Commands to the runner of GitHub Actions: an error for each suite that failed, a notice for each
  /// in which something is worth knowing, and a line that sums up.
  ///
  /// Nothing of a scenario stands at the beginning of a line, where the runner would obey it.
  public var workflowCommands: String {
    var lines: [String] = []
    for suite in suites where suite.isFailed || suite.isNoted {
      let file = suite.file.map { "file=\(Self.property($0))," } ?? ""
      lines.append(
        "::\(suite.isFailed ? "error" : "notice") \(file)"
          + "title=\(Self.property(suite.summary))::\(Self.data(suite.text))")
    }
    return (lines + [summary]).joined(separator: "\n") + "\n"
  }

  /// The message of a command: the runner decodes %25, %0D and %0A in it.
  static func data(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      if scalar == "%" {
        result += "%25"
      } else if scalar == "\r" {
        result += "%0D"
      } else if scalar == "\n" {
        result += "%0A"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A property of a command: a colon would end the properties, and a comma this one.
  static func property(_ text: String) -> String {
    var result = ""
    for scalar in data(text).unicodeScalars {
      if scalar == ":" {
        result += "%3A"
      } else if scalar == "," {
        result += "%2C"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// The suites as Markdown, for the summary page of a job.
  public var markdown: String {
    var lines = ["### \(Self.plain(name))", "", Self.plain(summary), ""]
    guard !suites.isEmpty else { return lines.joined(separator: "\n") }
    lines += ["| | result | |", "| --- | --- | --- |"]
    for suite in suites {
      let mark = suite.isFailed ? "different" : suite.isNoted ? "noted" : "equal"
      lines.append("| \(mark) | \(Self.plain(suite.name)) | \(Self.plain(suite.summary)) |")
    }
    lines.append("")
    for suite in suites where suite.isFailed || suite.isNoted {
      lines += [
        "<details><summary>\(Self.html(suite.name))</summary>", "",
        "<pre>\(Self.html(suite.text, lineEnd: "&#10;"))</pre>", "", "</details>", "",
      ]
    }
    return lines.joined(separator: "\n")
  }

  /// A text that Markdown and HTML in Markdown leave as it is, on one line.
  static func plain(_ text: String) -> String {
    var result = ""
    for scalar in html(text).unicodeScalars {
      if "\\`*_{}[]#|~".unicodeScalars.contains(scalar) { result += "\\" }
      result.unicodeScalars.append(scalar)
    }
    return result
  }

  private static func html(_ text: String, lineEnd: String = " ") -> String {
    XMLText.escaped(text, lineEnd: lineEnd)
  }
}
