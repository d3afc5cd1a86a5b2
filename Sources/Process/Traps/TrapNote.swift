import CTrap

/// What a thread is doing, for the message of a trap: a failed precondition, an overflow, a stack
/// that is used up.
///
/// The note belongs to the thread; whoever makes it must not hand on to another thread before it is
/// taken back, so that only synchronous work can be noted. It costs the copy of a text.
public enum TrapNote {
  /// Makes traps of this program tell what was noted; called once, at the start.
  ///
  /// The signal stays what it was, so that the status with which the program ends does too.
  public static func install() { ctrap_install() }

  /// Does work that is noted in lines for people.
  public static func during<Value, Failure: Error>(
    _ note: String, _ work: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    set(note)
    defer { set("") }
    return try work()
  }

  /// The note of this thread.
  public static var current: String {
    var bytes = [CChar](repeating: 0, count: 4096)
    let length = ctrap_copy_note(&bytes, bytes.count)
    return String(decoding: bytes.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func set(_ note: String) {
    var text = note
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { characters in
        guard let start = characters.baseAddress else { return ctrap_note("", 0) }
        ctrap_note(start, characters.count)
      }
    }
  }
}
