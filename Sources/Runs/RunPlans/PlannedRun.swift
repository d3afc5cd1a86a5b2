import ConsensusCore
import DiscreteEvents
import Faults
import Invariants
import Simulator

/// A plan with a seed: all that a run depends on.
public struct PlannedRun: Sendable {
  /// What is run.
  public var plan: RunPlan
  /// The protocol.
  public var subject: Subject
  /// The seed of all draws and keys.
  public var seed: UInt64
  /// After so many events the run is given up; the plan's own limit counts too.
  public var eventLimit: UInt64 = RunPlan.eventsAtMost
  /// What brings the load, where client machines do not.
  public var load: (any RunLoad)?

  /// Plans a run.
  public init(_ plan: RunPlan, of subject: Subject, seed: UInt64) {
    self.plan = plan
    self.subject = subject
    self.seed = seed
    load = plan.workload?.load(of: self)
  }

  /// Carries the run out.
  public func executed() -> ExecutedRun { subject.execute(self) }

  /// Carries the run out and tells a watcher everything that happens.
  public func watched(by watcher: any RunWatcher) -> WatchedRun { subject.watch(self, watcher) }

  /// Carries the run out with every invariant and notes what it reaches.
  public func covered() -> CoveredRun { subject.cover(self) }
}

/// What a run came to.
public struct ExecutedRun: Sendable {
  /// What the simulator measured.
  public var outcome: Outcome
  /// What the protocol's census counted.
  public var counters: RunCounters
  /// What became of the load, where client machines do not bring it.
  public var workload: (any Workload)?

  @usableFromInline
  init(outcome: Outcome, counters: RunCounters, workload: (any Workload)?) {
    self.outcome = outcome
    self.counters = counters
    self.workload = workload
  }
}

/// What a run came to, and who watched it.
public struct WatchedRun: Sendable {
  /// What the simulator measured.
  public var outcome: Outcome
  /// The watcher, as it was in the end.
  public var watcher: any RunWatcher
}

/// What a run came to and reached.
public struct CoveredRun: Sendable {
  /// What the simulator measured.
  public var outcome: Outcome
  /// What was reached.
  public var coverage: Coverage
  /// When so many were removed that no invariant is promised any more, if ever.
  public var leftBound: VirtualTime?
}

// How a run is carried out, for each definition.
extension PlannedRun {
  /// Whether some replica runs twice under one identity.
  public var hasTwins: Bool { plan.faults.contains { $0.behaviour == .twins } }

  /// The run with its census, and with its judge unless the plan has no probes.
  public func execute<Definition: SubjectDefinition>(_: Definition.Type) -> ExecutedRun {
    let configuration = Definition.configuration(of: self)
    let (outcome, probe, workload) = simulate(
      configuration, Definition.census(of: self), Definition.judge(configuration, of: self),
      telling: plan.usesProbes ? [.census, .judge] : .census)
    let judge = plan.usesProbes ? probe.judge : nil
    return ExecutedRun(
      outcome: outcome, counters: Definition.counters(probe.census, judge, outcome),
      workload: workload)
  }

  /// The run with its judge, and what it reaches.
  public func covered<Definition: SubjectDefinition>(_: Definition.Type) -> CoveredRun {
    let configuration = Definition.configuration(of: self)
    return covered(
      configuration, Definition.judge(configuration, of: self),
      besides: Definition.census(of: self))
  }

  /// Carries the run out on replicas of any kind, such as one that is broken on purpose.
  public func covered<R: Forgeable, P: Probe>(
    _ configuration: R.Configuration, _ judge: P
  ) -> CoveredRun where P.Subject == R, R.Observation: MarkedObservation {
    covered(configuration, judge, besides: NoProbe())
  }

  private func covered<R: Forgeable, C: Probe, P: Probe>(
    _ configuration: R.Configuration, _ judge: P, besides idle: C
  ) -> CoveredRun where P.Subject == R, C.Subject == R, R.Observation: MarkedObservation {
    let (outcome, probe, _) = simulate(
      configuration, idle, judge, telling: [.judge, .coverage])
    return CoveredRun(
      outcome: outcome, coverage: probe.coverage.coverage, leftBound: probe.leftBound)
  }

  /// The only place that makes the simulator, so that each protocol has one copy of its code.
  @inline(never)
  private func simulate<R: Forgeable, C: Probe, J: Probe>(
    _ configuration: R.Configuration, _ census: C, _ judge: J, telling parts: RunProbeParts
  ) -> (Outcome, RunProbe<C, J>, (any Workload)?)
  where C.Subject == R, J.Subject == R, R.Observation: MarkedObservation {
    let probe = RunProbe(
      census: census, judge: judge, coverage: CoverageNotes(replicas: plan.replicas),
      parts: parts)
    var simulation = Simulation(
      self.configuration(configuration), probe: probe, trace: NoTrace<R>())
    let outcome = simulation.run()
    return (outcome, simulation.probe, simulation.workload)
  }

  /// The run with its judge unless the plan has no probes, and a watcher.
  public func watched<Definition: SubjectDefinition>(
    _: Definition.Type, by watcher: any RunWatcher
  ) -> WatchedRun {
    let configuration = Definition.configuration(of: self)
    guard plan.usesProbes else {
      return watched(configuration, NoProbe<Definition.Node>(), watcher)
    }
    return watched(configuration, Definition.judge(configuration, of: self), watcher)
  }

  /// Not specialised: who watches waits for the watcher, and the code for each kind of replica would be
  /// two fifths of this module.
  @inline(never)
  @_semantics("optimize.sil.specialize.generic.never")
  private func watched<R: Forgeable, P: Probe>(
    _ configuration: R.Configuration, _ probe: P, _ watcher: any RunWatcher
  ) -> WatchedRun where P.Subject == R {
    var simulation = Simulation<R, P, WatcherTrace<R>>(
      self.configuration(configuration), probe: probe, trace: WatcherTrace(watcher: watcher))
    let outcome = simulation.run()
    return WatchedRun(outcome: outcome, watcher: simulation.trace.watcher)
  }
}
