import ArgumentParser
import Foundation

/// The manual page of the program, in the language of mdoc(7), from what `--help` prints.
struct ManualPage {
  /// A command as the argument parser describes it.
  private struct Command: Decodable {
    var commandName: String
    var abstract: String?
    var discussion: String?
    var shouldDisplay: Bool?
    var subcommands: [Command]?
    var arguments: [Argument]?
  }

  /// An argument, option or flag.
  private struct Argument: Decodable {
    struct Name: Decodable {
      var kind: String
      var name: String

      var text: String { (kind == "long" ? "--" : "-") + name }
    }

    var kind: String
    var shouldDisplay: Bool?
    var isOptional: Bool
    var isRepeating: Bool
    var names: [Name]?
    var valueName: String?
    var defaultValue: String?
    var allValues: [String]?
    var abstract: String?
  }

  private struct Tool: Decodable {
    var command: Command
  }

  /// Names of options that every command has.
  private static let common = ["help", "version"]

  /// The text of the page; nil where the argument parser describes its commands in another way.
  let text: String?

  /// Describes a program.
  ///
  /// - Parameters:
  ///   - program: Its root command.
  ///   - version: What the foot of the page says.
  init(_ program: (some ParsableCommand).Type, version: String) {
    guard let tool = try? JSONDecoder().decode(Tool.self, from: Data(program._dumpHelp().utf8))
    else {
      text = nil
      return
    }
    let root = tool.command
    let name = root.commandName
    var lines = [
      ".Dd version \(version)", ".Dt \(name.uppercased()) 1", ".Os consim", ".Sh NAME",
      ".Nm \(name)", ".Nd \(Self.plain(root.abstract ?? "").trimmingSuffix("."))", ".Sh SYNOPSIS",
      ".Nm \(name)", ".Ar command", ".Op Ar options", ".Sh DESCRIPTION",
    ]
    lines += Self.prose(root.discussion)
    lines.append(".Sh COMMANDS")
    for command in Self.shown(root.subcommands) { lines += Self.section(command, of: [name]) }
    text = lines.joined(separator: "\n") + "\n"
  }

  /// The parts of a command that are no secret.
  private static func shown(_ commands: [Command]?) -> [Command] {
    (commands ?? []).filter { $0.shouldDisplay ?? true && $0.commandName != "help" }
  }

  private static func section(_ command: Command, of path: [String]) -> [String] {
    let path = path + [command.commandName]
    var lines = [".Ss \(path.joined(separator: " "))"]
    lines += prose(command.abstract)
    lines += [".Pp", ".Nm \(path.joined(separator: " "))"]
    let arguments = (command.arguments ?? []).filter { argument in
      argument.shouldDisplay ?? true && !isCommon(argument)
    }
    lines += arguments.map { usage(of: $0) }
    if !arguments.isEmpty {
      lines.append(".Bl -tag -width indent")
      for argument in arguments { lines += item(argument) }
      lines.append(".El")
    }
    lines += prose(command.discussion)
    for sub in shown(command.subcommands) { lines += section(sub, of: path) }
    return lines
  }

  private static func isCommon(_ argument: Argument) -> Bool {
    argument.names?.contains { common.contains($0.name) } ?? false
  }

  /// An argument on a line of the synopsis.
  private static func usage(of argument: Argument) -> String {
    let value = "<\(argument.valueName ?? "value")>"
    let dots = argument.isRepeating ? " ..." : ""
    let name = (argument.names?.first { $0.kind == "long" } ?? argument.names?.first)?.text ?? ""
    let word =
      switch argument.kind {
      case "positional": value
      case "option": "\(name) \(value)"
      case _: name
      }
    return plain(argument.isOptional ? "[\(word)]\(dots)" : word + dots)
  }

  private static func item(_ argument: Argument) -> [String] {
    let names = (argument.names ?? []).map(\.text).joined(separator: ", ")
    let value = argument.kind == "flag" ? "" : "<\(argument.valueName ?? "value")>"
    var lines = [".It " + plain([names, value].filter { !$0.isEmpty }.joined(separator: " "))]
    lines += prose(argument.abstract)
    if let values = argument.allValues, !values.isEmpty {
      lines.append(plain("One of: \(values.joined(separator: ", "))."))
    }
    if let value = argument.defaultValue, !value.isEmpty {
      lines.append(plain("Default: \(value)."))
    }
    return lines
  }

  /// Paragraphs; what is indented keeps its lines.
  private static func prose(_ text: String?) -> [String] {
    guard let text, !text.isEmpty else { return [] }
    var lines: [String] = []
    var isVerbatim = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let isIndented = line.hasPrefix(" ")
      if isIndented != isVerbatim, !line.isEmpty {
        lines.append(isIndented ? ".Bd -literal -offset indent" : ".Ed")
        isVerbatim = isIndented
      }
      if line.isEmpty {
        lines.append(isVerbatim ? "" : ".Pp")
      } else {
        lines.append(plain(isVerbatim ? String(line.dropFirst(2)) : String(line)))
      }
    }
    if isVerbatim { lines.append(".Ed") }
    return lines
  }

  /// A line in which the language of the page reads no request, escape or dash.
  private static func plain(_ text: String) -> String {
    let escaped = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
    return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
  }
}

extension String {
  fileprivate func trimmingSuffix(_ suffix: String) -> String {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
  }
}

/// `consim manual`: prints the manual page.
struct ManualCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual",
    abstract: "Print the manual page: consim manual | man -l -",
    discussion: """
      'make install' puts it where man finds it, and completions for bash, zsh and fish where shells do. \
      They are what 'consim --generate-completion-script bash' prints.
      """)

  func run() throws {
    guard let text = ManualPage(Consim.self, version: Build.version).text else {
      Console.error("error: the argument parser describes its commands in an unknown way")
      throw ExitCode(70)
    }
    try Console.output(text, terminator: "")
  }
}
