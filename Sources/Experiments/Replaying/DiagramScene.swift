import ConsensusCore
import DiscreteEvents
import Invariants
import Simulator

/// A part of a run as both diagrams show it.
struct DiagramScene: Sendable {
  /// A node or a client machine.
  struct Lane: Sendable {
    /// Its name for people, such as `node 2`.
    var name: String
    /// Its name in messages, such as `r2`.
    var id: String
    /// Since when it is Byzantine, if it is.
    var byzantine: VirtualTime?
    /// When it is down.
    var downs: [Down] = []
  }

  /// A time in which a node is down.
  struct Down: Sendable {
    var from: VirtualTime
    /// Nil if it does not come back.
    var until: VirtualTime?
    var isForgetful = false
  }

  /// A copy of a message.
  struct Arrow: Sendable {
    /// What became of it.
    enum Ending: Hashable, Sendable {
      /// It was handled.
      case delivered
      /// It was still on its way when the run or the look ended.
      case underWay
      /// It was dropped.
      case dropped(DropReason)
    }

    var from: Int
    var to: Int
    /// The position of the kind in ``DiagramScene/kinds``.
    var kind: Int
    var leaves: Moment
    var arrives: Moment
    var ending: Ending
    var text: String

    /// Whether it was still on its way at an instant at which it had left.
    func isUnderWay(at time: VirtualTime) -> Bool { ending == .underWay || arrives.time > time }
  }

  /// Something at one lane.
  struct Sign: Sendable {
    /// What it is.
    enum Shape: Hashable, Sendable {
      case state(StateMark.Shape)
      case timer, issued, accepted, declined, crash, restart
    }

    var lane: Int
    var at: Moment
    var shape: Shape
    var text: String
  }

  /// An instant and the place among the jobs that are done at that instant.
  struct Moment: Hashable, Comparable, Sendable {
    var time: VirtualTime
    var job: Int

    static func < (left: Moment, right: Moment) -> Bool {
      (left.time, left.job) < (right.time, right.job)
    }
  }

  /// A broken invariant.
  struct Break: Sendable {
    var invariant: InvariantID
    var time: VirtualTime
    var lane: Int?
    var detail: String
    /// Whether the run was cut short instead.
    var isCut: Bool { invariant == Violation.cutShort }
  }

  var title: String
  var subtitle: String
  var lanes: [Lane]
  var kinds: [String]
  var from: VirtualTime
  var to: VirtualTime
  var arrows: [Arrow]
  var signs: [Sign]
  var violation: Break?
  /// What a reader has to know about the picture.
  var notes: [String]
}
