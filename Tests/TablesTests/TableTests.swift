import DiscreteEvents
import Testing

@testable import Tables

private func text(_ table: Table) -> String { String(decoding: table.csv, as: UTF8.self) }

@Suite("Table")
struct TableTests {
  private func table(_ columns: [String], _ rows: [[Cell]]) -> Table {
    var table = Table(columns: columns)
    for row in rows { table.append(row) }
    return table
  }

  @Test("A table is written with a header, LF and no byte order mark")
  func writing() {
    let result = table(
      ["protocol", "seed", "tps"],
      [
        [.text("PBFT"), .integer(1), .decimal(12.3456, digits: 2)],
        [.text("sc-PBFT"), .integer(-2), .decimal(nil, digits: 2)],
      ])
    #expect(text(result) == "protocol,seed,tps\nPBFT,1,12.35\nsc-PBFT,-2,\n")
  }

  @Test(
    "A text is quoted where it must be and nowhere else",
    arguments: [
      ("plain", "plain"), ("a b", "a b"), ("a,b", "\"a,b\""), ("say \"x\"", "\"say \"\"x\"\"\""),
      ("two\nlines", "\"two\nlines\""), ("cr\r", "\"cr\r\""), ("\r\n", "\"\r\n\""), ("Δt", "Δt"),
      ("\"", "\"\"\"\""), ("'", "'"), (";", ";"),
    ])
  func quoting(field: String, written: String) throws {
    let result = table(["a", "b"], [[.text(field), .integer(1)]])
    #expect(text(result) == "a,b\n\(written),1\n")
    let again = try Table(csv: result.csv, named: "x.csv")
    #expect(again.rows[0][0].text.utf8.elementsEqual(field.utf8))
    #expect(again.csv == result.csv)
  }

  @Test("Rows are sorted by their keys, numbers by value, and equal rows keep their order")
  func sorting() {
    let result = table(
      ["p", "n", "x"],
      [
        [.text("b"), .integer(10), .integer(1)], [.text("b"), .integer(9), .integer(2)],
        [.text("a"), .decimal(9.5, digits: 1), .integer(3)], [.text("a"), .empty, .integer(4)],
        [.text("B"), .integer(1), .integer(5)], [.text("b"), .integer(9), .integer(0)],
        [.integer(7), .integer(0), .integer(6)], [.text("a"), .integer(-3), .integer(7)],
      ])
    let order = result.sorted(by: ["p", "n"]).cells(of: "x")?.map(\.text)
    #expect(order == ["6", "5", "4", "7", "3", "2", "0", "1"])
    #expect(result.sorted(by: []) == result)
  }

  @Test("A table sorts the same before it is written and after it is read")
  func sortingAfterReading() throws {
    let result = table(
      ["p"], [[.text("10")], [.integer(9)], [.text("x")], [.empty], [.text("")], [.text("-0")]])
    let again = try Table(csv: result.csv, named: "x.csv")
    #expect(text(again.sorted(by: ["p"])) == text(result.sorted(by: ["p"])))
    #expect(text(result.sorted(by: ["p"])) == "p\n\n\n9\n10\n-0\nx\n")
  }

  @Test("Cells are found by row and column name")
  func lookup() {
    let result = table(["p", "n"], [[.text("a"), .integer(1)], [.text("b"), .integer(2)]])
    #expect(result.index(of: "n") == 1)
    #expect(result[1, "p"] == .text("b"))
    #expect(result[2, "p"] == nil)
    #expect(result[-1, "p"] == nil)
    #expect(result[0, "q"] == nil)
    #expect(result.cells(of: "n")?.map(\.number) == [1, 2])
    #expect(result.cells(of: "q") == nil)
    #expect(result.rows(where: "p", is: "b").rows == [[.text("b"), .integer(2)]])
    #expect(result.rows(where: "n", is: "1").rows.count == 1)
    #expect(result.rows(where: "q", is: "1").rows.isEmpty)
  }

  @Test(
    "What reads as a number is one",
    arguments: [
      ("12", Cell.integer(12)), ("", .empty), ("007", .text("007")), ("-0.00", .text("-0.00")),
      ("0.50", .decimal(0.5, digits: 2)), ("nan", .text("nan")), ("1e3", .text("1e3")),
      ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
      ("9223372036854775808", .decimal(0x1p63, digits: 0)),
    ])
  func kinds(field: String, cell: Cell) throws {
    let table = try Table(csv: Array("a,b\n\(field),x\n".utf8), named: "x.csv")
    #expect(table.rows == [[cell, .text("x")]])
  }

  @Test("Line ends may be CR LF, and the last one may be missing")
  func lineEnds() throws {
    let expected = table(["a", "b"], [[.integer(1), .text("x\ny")], [.empty, .empty]])
    for file in [
      "a,b\n1,\"x\ny\"\n,\n", "a,b\r\n1,\"x\ny\"\r\n,\r\n", "\"a\",b\n\"1\",\"x\ny\"\n,",
    ] {
      #expect(try Table(csv: Array(file.utf8), named: "x.csv") == expected)
    }
    #expect(try Table(csv: Array("a\n\n\n".utf8), named: "x.csv").rows == [[.empty], [.empty]])
    #expect(try Table(csv: Array("a".utf8), named: "x.csv").rows.isEmpty)
  }

  @Test(
    "A broken file is refused with the place",
    arguments: [
      ("", "1:1: error: the file is empty: a header line is missing"),
      ("\u{FEFF}a\n", "1:1: error: a byte order mark: save the file without one"),
      ("a,\n", "1:3: error: a column without a name"),
      ("\n1\n", "1:1: error: a column without a name"),
      ("a,b,a\n", "1:5: error: two columns are called 'a'"),
      ("a,b\n1,2\n1\n", "3:1: error: 1 cell where the header has 2"),
      ("a,b\n1,2,3\n", "2:5: error: 3 cells where the header has 2"),
      ("a,b\n1,2\n\n", "3:1: error: 1 cell where the header has 2"),
      ("a,b\nü,x\"y\n", "2:4: error: a quote inside a field that does not begin with one"),
      (
        "a,b\n\"x\"y,1\n",
        "2:4: error: text behind a closing quote: a comma or a line end must follow"
      ),
      ("a,b\n1,\"x\ny", "2:3: error: this quote is never closed"),
      ("a,b\n1\r,2\n", "2:2: error: a carriage return without a line feed"),
      (
        "a,b\n\"1\"\r,2\n",
        "2:4: error: text behind a closing quote: a comma or a line end must follow"
      ),
      ("a\n1\r", "2:2: error: a carriage return without a line feed"),
      ("a\nx\0\n", "2:2: error: a NUL byte: the file is not text"),
    ])
  func broken(file: String, message: String) {
    let error = #expect(throws: CSVError.self) { try Table(csv: Array(file.utf8), named: "r.csv") }
    #expect(error?.description == "r.csv:\(message)")
  }

  @Test("Bytes that are not UTF-8 are refused with the place")
  func invalidText() {
    for bad: [UInt8] in [
      [0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0x80], [0xF5, 0x80, 0x80, 0x80],
    ] {
      let error = #expect(throws: CSVError.self) {
        try Table(csv: Array("a\nbc".utf8) + bad, named: "r.csv")
      }
      #expect(error?.description == "r.csv:2:3: error: invalid UTF-8")
    }
  }

  @Test("Hostile bytes are read or refused, and what is read comes back the same")
  func hostile() {
    let alphabet: [UInt8] = Array("a1,\"\n\r.-".utf8) + [0, 0xC3, 0xA9, 0xEF, 0xBB, 0xBF, 0xFF]
    var accepted = 0
    for index: UInt64 in 0..<20_000 {
      var draw = Seed(5).draw(.sampling, index)
      let length = Int(draw.below(14))
      // Mostly from the harmless first half, so that some files are accepted.
      let bytes = (0..<length).map { _ in
        alphabet[Int(draw.below(UInt64(draw.chance(0.95) ? 8 : alphabet.count)))]
      }
      guard let table = try? Table(csv: bytes, named: "x") else { continue }
      accepted += 1
      let again = try? Table(csv: table.csv, named: "x")
      #expect(again == table && again?.csv == table.csv, "\(bytes)")
      #expect(table.difference(from: table, keys: [table.columns[0]]) == nil)
    }
    #expect(accepted > 500)
  }

  @Test("Any cells survive writing and reading")
  func roundTrip() throws {
    let pieces = ["a", ",", "\"", "\n", "\r", " ", "é", "e\u{301}", "1", "-", ".", "0", ""]
    for seed: UInt64 in 0..<300 {
      var draw = Seed(seed).draw(.sampling, 1)
      let width = Int(draw.below(4)) + 1
      var table = Table(columns: (0..<width).map { "c\($0)" })
      for _ in 0..<draw.below(6) {
        table.append(
          (0..<width).map { _ in
            switch draw.below(4) {
            case 0: .empty
            case 1: .integer(Int64(bitPattern: draw.next()))
            case 2: .decimal((draw.unit() - 0.5) * 1000, digits: Int(draw.below(19)))
            default: .text((0..<draw.below(5)).map { _ in pieces[Int(draw.below(13))] }.joined())
            }
          })
      }
      let again = try Table(csv: table.csv, named: "x")
      #expect(again.csv == table.csv)
      for (one, other) in zip(table.rows.joined(), again.rows.joined()) {
        #expect(one.text.utf8.elementsEqual(other.text.utf8))
      }
    }
  }
}

@Suite("TableDifference")
struct TableDifferenceTests {
  private func read(_ text: String) throws -> Table {
    try Table(csv: Array(text.utf8), named: "x.csv")
  }

  private static let old = "p,seed,tps,note\nPBFT,1,10.00,a\nPBFT,2,11.00,b\nRaft,1,0.00,c\n"

  @Test(
    "The first difference is named with its row",
    arguments: [
      (old, nil),
      // The same rows in another order.
      ("p,seed,tps,note\nRaft,1,0.00,c\nPBFT,2,11.00,b\nPBFT,1,10.00,a\n", nil),
      (
        "p,seed,tps,note\nPBFT,1,10.00,a\nPBFT,2,12.10,b\nRaft,1,0.00,d\n",
        "tps of p=PBFT, seed=2 was 11.00, now 12.10 (+10.00 %)"
      ),
      (
        "p,seed,tps,note\nPBFT,1,7.50,a\nPBFT,2,11.00,b\nRaft,1,0.00,c\n",
        "tps of p=PBFT, seed=1 was 10.00, now 7.50 (-25.00 %)"
      ),
      (
        "p,seed,tps,note\nPBFT,1,10.0,a\nPBFT,2,11.00,b\nRaft,1,0.00,c\n",
        "tps of p=PBFT, seed=1 was 10.00, now 10.0 (+0.00 %)"
      ),
      (
        "p,seed,tps,note\nPBFT,1,10.00,a\nPBFT,2,11.00,b\nRaft,1,1.00,c\n",
        "tps of p=Raft, seed=1 was 0.00, now 1.00"
      ),
      (
        "p,seed,tps,note\nPBFT,1,10.00,\nPBFT,2,11.00,b\nRaft,1,0.00,c\n",
        "note of p=PBFT, seed=1 was a, now empty"
      ),
      (
        "p,seed,tps,note\nPBFT,1,10.00,a\nRaft,1,0.00,c\n", "the row p=PBFT, seed=2 is missing"
      ),
      ("p,seed,tps,note\nPBFT,1,10.00,a\nPBFT,2,11.00,b\n", "the row p=Raft, seed=1 is missing"),
      ("\(old)PBFT,0,1.00,x\n", "the row p=PBFT, seed=0 is new"),
      ("\(old)Raft,10,1.00,x\n", "the row p=Raft, seed=10 is new"),
      ("\(old)PBFT,1,10.00,a\n", "the row p=PBFT, seed=1 is new"),
      ("p,seed,tps\n", "the columns were p, seed, tps, note, now p, seed, tps"),
      ("p,seed,note,tps\n", "the columns were p, seed, tps, note, now p, seed, note, tps"),
    ])
  func first(new: String, message: String?) throws {
    let difference = try read(new).difference(from: read(Self.old), keys: ["p", "seed"])
    #expect(difference?.description == message)
  }

  @Test("The change is in percent of the old value, signed by its direction")
  func percent() throws {
    let difference = try read("k,v\na,-5\n").difference(from: read("k,v\na,-10\n"), keys: ["k"])
    guard case .cell(let key, "v", "-10", "-5", let change) = difference else {
      Issue.record("\(String(describing: difference))")
      return
    }
    #expect(key.texts == ["a"] && change == 50)
  }

  @Test("Texts that only look alike differ")
  func unicode() throws {
    let difference = try read("k,v\na,e\u{301}\n").difference(from: read("k,v\na,é\n"), keys: ["k"])
    #expect(difference != nil)
  }
}
