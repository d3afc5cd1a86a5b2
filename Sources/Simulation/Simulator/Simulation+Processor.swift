import ConsensusCore
import DiscreteEvents

// The processor of a node: one core that does one job after the other, in the order of arrival.
extension Simulation {
  /// A copy reaches the downlink of a node and takes its turn there.
  mutating func onArrival(of slot: Int, at node: Int) {
    digest.combine(
      time: now, target: UInt64(truncatingIfNeeded: node),
      content: arena.slots[slot].fingerprint ^ 0xA5)
    let done = takeDownlink(of: node, bytes: arena.slots[slot].bytes)
    schedule(layout.payload(.delivery, target: node, index: slot), at: done)
  }

  /// A copy reaches the processor of a node.
  @inline(__always)
  mutating func onDelivery(of slot: Int, to node: Int) {
    let envelope = arena.slots + slot
    digest.combine(
      time: now, target: UInt64(truncatingIfNeeded: node),
      content: envelope.pointee.fingerprint)
    if isCut(from: Int(envelope.pointee.fromNode), to: node) {
      drop(slot, to: node, because: .cut)
      return
    }
    let state = nodes + node
    guard node < replicaCount else {
      meter.delivered(kind: envelope.pointee.kind)
      if state.pointee.replyWork > 0 {
        wait(InboxEntry(.message, value: slot, generation: 0), at: node)
      } else {
        onClientDelivery(of: slot, at: node)
      }
      checkProbe()
      return
    }
    guard state.pointee.isOrdinary else {
      deliverUnusually(slot, to: node)
      return
    }
    meter.delivered(kind: envelope.pointee.kind)
    if state.pointee.isFree(at: now) {
      runMessage(slot, at: node)
      checkProbe()
    } else {
      wait(InboxEntry(.message, value: slot, generation: 0), at: node)
    }
  }

  /// A copy reaches a replica that is down, or one that shares cores.
  @inline(never)
  private mutating func deliverUnusually(_ slot: Int, to node: Int) {
    if nodes[node].isDown { return drop(slot, to: node, because: .crashed) }
    meter.delivered(kind: arena.slots[slot].kind)
    wait(InboxEntry(.message, value: slot, generation: 0), at: node)
  }

  /// Hands an input to a node: at once if its processor is free, never if it is down.
  mutating func enqueue(_ entry: InboxEntry, at node: Int) {
    let state = nodes + node
    guard !state.pointee.isDown else { return }
    if state.pointee.isOrdinary && state.pointee.isFree(at: now) {
      runEntry(entry, at: node)
    } else {
      wait(entry, at: node)
    }
  }

  private mutating func wait(_ entry: InboxEntry, at node: Int) {
    let state = nodes + node
    state.pointee.inbox.push(entry)
    if state.pointee.host >= 0 { return askForCore(node) }
    guard !state.pointee.isWakePending else { return }
    state.pointee.isWakePending = true
    schedule(
      layout.control(.wake, target: node, argument: 0),
      at: max(now, state.pointee.busyUntil))
  }

  /// The processor may be free: does what waits until a job takes time.
  mutating func onWake(_ node: Int) {
    let state = nodes + node
    state.pointee.isWakePending = false
    if state.pointee.host >= 0 { return onCoreDone(node) }
    work(at: node)
    guard state.pointee.inbox.count > 0 && !state.pointee.isWakePending else { return }
    state.pointee.isWakePending = true
    schedule(
      layout.control(.wake, target: node, argument: 0), at: state.pointee.busyUntil)
  }

  /// Does what waits until a job takes time.
  mutating func work(at node: Int) {
    if nodes[node].drains && nodes[node].busyUntil <= now { drain(node) }
    while nodes[node].busyUntil <= now, let entry = nodes[node].inbox.pop() {
      runEntry(entry, at: node)
    }
  }

  /// A client machine handles a reply, which takes its processor a while; it goes on at once with what follows.
  private mutating func runReply(_ slot: Int, at node: Int) {
    let work = nodes[node].replyWork
    nodes[node].busyUntil = max(now, nodes[node].busyUntil).after(work: work)
    nodes[node].jobNanoseconds &+= work
    onClientDelivery(of: slot, at: node)
  }

  /// Does all that waits as one job: what comes meanwhile waits for the next.
  ///
  /// Every input is handled when the job begins, and its work follows that for the inputs before it. Parts of costs
  /// that a job pays once are paid once.
  private mutating func drain(_ node: Int) {
    var left = nodes[node].inbox.count
    guard left > 1 else { return }
    effects.beginInputs()
    while left > 0, let entry = nodes[node].inbox.pop() {
      left -= 1
      jobOffset = offset(of: node)
      runEntry(entry, at: node)
    }
    effects.endInputs()
    jobOffset = offset(of: node)
    if !nodes[node].isDown {
      beginJob(of: node)
      replicas[node].concludeJob(at: now, into: &effects)
      finishJob(at: node, input: 0xC0_4C1D, answersFalsely: false)
    }
    effects.clear()
    jobOffset = 0
  }

  /// The work of a job so far; no more than 9 years, so that no time overflows.
  private func offset(of node: Int) -> Int64 {
    min(max(0, nodes[node].busyUntil.nanoseconds &- now.nanoseconds), 1 << 58)
  }

  /// When the work for the input in hand begins on its processor.
  @inline(__always)
  var jobStart: VirtualTime { now.after(work: jobOffset) }

  private mutating func runEntry(_ entry: InboxEntry, at node: Int) {
    let id = ReplicaID(node)
    switch entry.kind {
    case .message where node >= replicaCount:
      runReply(entry.value, at: node)
      return
    case .message:
      runMessage(entry.value, at: node)
      return
    case .party:
      runParty(entry.value, at: node)
      return
    case .timer:
      guard entry.isCurrent(timers[node * timerCount + entry.value].generation),
        let timer = R.Timer(rawValue: UInt8(truncatingIfNeeded: entry.value))
      else { return }
      record(.timeout(timer), of: Endpoint(id))
      beginJob(of: node)
      replicas[node].step(.timeout(timer), at: now, into: &effects)
    case .rotate:
      record(.command(.rotate), of: Endpoint(id))
      beginJob(of: node)
      replicas[node].step(.command(.rotate), at: now, into: &effects)
    case .start:
      record(.started, of: Endpoint(id))
      beginJob(of: node)
      replicas[node].step(.start, at: now, into: &effects)
    case .restarted:
      beginJob(of: node)
      replicas[node].step(
        .restarted(durables[node]), at: now, into: &effects)
    }
    finishJob(at: node, input: entry.word, answersFalsely: false)
  }

  @inline(__always)
  private mutating func runMessage(_ slot: Int, at node: Int) {
    let fingerprint = arena.slots[slot].fingerprint
    if T.isEnabled { recordDelivery(of: slot, to: Endpoint(ReplicaID(node))) }
    beginJob(of: node)
    effects.chargeReceipt(of: arena.messages[slot])
    if probe.watchesHandling {
      probe.handling(
        arena.slots[slot].kind, from: arena.slots[slot].from, by: ReplicaID(node),
        standing: injector.nodes[node].standing)
    }
    if P.isEnabled, harness.settling.stage == .calm {
      probe.handledInCalm(
        arena.messages[slot], from: arena.slots[slot].from, by: ReplicaID(node))
    }
    let answersFalsely = injector.isFaulty(node) && answerFalsely(slot, at: node)
    if !answersFalsely {
      replicas[node].receive(
        arena.messages[slot], from: arena.slots[slot].from, at: now,
        into: &effects)
    }
    arena.release(slot)
    finishJob(at: node, input: fingerprint, answersFalsely: answersFalsely)
  }

  @inline(__always)
  private mutating func beginJob(of node: Int) {
    effects.begin(for: ReplicaID(node))
    if injector.nodes[node].tearingRule >= 0 { maybeFailPower(of: node) }
  }

  private mutating func maybeFailPower(of node: Int) {
    let writes = injector.writesBeforeFailure(of: node, at: now)
    if let writes { effects.failPower(afterWrites: writes) }
  }

  mutating func recordDelivery(of slot: Int, to node: Endpoint) {
    record(.delivered(arena.messages[slot], from: arena.slots[slot].from), of: node)
  }

  /// Carries out what a job asked for; its busy interval begins now.
  @inline(__always)
  private mutating func finishJob(at node: Int, input: UInt64, answersFalsely: Bool) {
    let work = effects.work
    let isTorn = effects.isTorn
    if injector.isFaulty(node) {
      noteTurn(of: node)
      injector.nodes[node].writesLeft = effects.writesBeforeFailure
    }
    if work == 0 && effects.isEmpty && !isTorn {
      effects.clear()
      return
    }
    let scale = work == 0 ? Ratio.one : jobScale(at: node, input: input)
    let span = scale.scaling(work)
    nodes[node].busyUntil = jobStart.after(work: span)
    nodes[node].jobNanoseconds &+= span
    if T.isEnabled && span > 0 {
      record(.handled(until: nodes[node].busyUntil), of: Endpoint(ReplicaID(node)))
    }
    if !effects.isEmpty { carryOut(at: node, scale: scale, answersFalsely: answersFalsely) }
    effects.clear()
    if isTorn { crash(node, by: Int(injector.nodes[node].tearingRule)) }
  }

  private mutating func carryOut(at node: Int, scale: Ratio, answersFalsely: Bool) {
    if effects.isRunaway {
      stopReason = .runawayStep(node: node)
      return
    }
    // Only a rule can stop a node, and nothing but a restart reads its disk.
    if hasFaults {
      while let record = effects.takeRecord() { durables[node].apply(record) }
    }
    if injector.nodes[node].losesUnsynced && effects.hasSends {
      injector.synced[node] = durables[node]
    }
    tellObservations(of: node)
    transmitAll(from: node, scale: scale, answersFalsely: answersFalsely)
    changeTimers(of: node, at: jobStart.after(work: scale.scaling(effects.work)))
  }

  /// What the work of this job is multiplied by: the node's speed and the job's spread.
  func jobScale(at node: Int, input: UInt64) -> Ratio {
    let serviceTime = nodes[node].serviceTime
    guard jitter > 0 || spread != nil else { return serviceTime }
    var draw = seed.draw(
      .processor, UInt64(truncatingIfNeeded: node), UInt64(bitPattern: now.nanoseconds), input)
    if let spread {
      // A factor above 1024 would make times overflow; it is rarer than anything that is measured.
      let factor = min(spread.sample(&draw).nanoseconds, 1 << 42)
      return serviceTime * Ratio(fixed: UInt64(bitPattern: factor))
    }
    return serviceTime * Ratio(fixed: Ratio.one.fixed - jitter + draw.below(2 * jitter + 1))
  }

  private mutating func changeTimers(of node: Int, at end: VirtualTime) {
    while let change = effects.takeTimer() {
      let number = Int(change.timer.rawValue)
      let slot = timers + (node * timerCount + number)
      slot.pointee.generation &+= 1
      guard let duration = change.duration else {
        slot.pointee.alarm.cancel()
        continue
      }
      let deadline =
        if change.countsTicks, let clock = effects.clock {
          max(end, ring(after: duration, of: clock, at: node))
        } else {
          end + nodes[node].timerScale.scaling(max(duration, .zero))
        }
      if slot.pointee.alarm.set(deadline) {
        schedule(layout.payload(.timer, target: node, index: number), at: deadline)
      }
    }
  }

  /// When a timer rings that the current job sets by a clock.
  ///
  /// The clock of a machine that falls behind has longer ticks and a later first one.
  private func ring(
    after duration: VirtualDuration, of clock: TickClock, at node: Int
  ) -> VirtualTime {
    let count = duration.nanoseconds / clock.period.nanoseconds
    let scale = nodes[node].timerScale
    guard scale != .one else { return clock.tick(count, after: jobStart) }
    let period = max(scale.scaling(clock.period), VirtualDuration(nanoseconds: 1))
    let phase = min(scale.scaling(clock.phase), period - VirtualDuration(nanoseconds: 1))
    return TickClock(period: period, phase: phase).tick(count, after: jobStart)
  }

  mutating func onTimer(_ number: Int, of node: Int) {
    digest.combine(
      time: now, target: UInt64(truncatingIfNeeded: node),
      content: 0x7_0000_0000 | UInt64(truncatingIfNeeded: number))
    let slot = timers + (node * timerCount + number)
    switch slot.pointee.alarm.fire(at: now) {
    case .stale:
      return
    case .rearm:
      schedule(
        layout.payload(.timer, target: node, index: number), at: slot.pointee.alarm.nearest
      )
    case .due:
      enqueue(
        InboxEntry(.timer, value: number, generation: slot.pointee.generation),
        at: node)
      checkProbe()
    }
  }

  private mutating func tellObservations(of node: Int) {
    let id = ReplicaID(node)
    // No role changes without an inner step; who has rules was asked already.
    if probe.watchesHandling && !injector.isFaulty(node) { noteStanding(of: node) }
    while let observation = effects.takeObservation() {
      record(.observed(observation), of: Endpoint(id))
      if P.isEnabled {
        probe.observe(observation, by: id, at: now)
      }
      guard let milestone = observation.milestone else { continue }
      if case .leads(let view) = milestone { meter.led(view, by: id) }
      if !injector.nodes[node].isByzantine {
        note(milestone, by: id)
      } else if hasWorkload, case .executed(let client, let timestamp, let result) = milestone {
        workload?.executedEarly(
          client: client, timestamp: timestamp, result: result, at: now)
      }
    }
  }
}
