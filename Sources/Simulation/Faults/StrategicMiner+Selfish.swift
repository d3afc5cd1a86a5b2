import ConsensusCore
import DiscreteEvents

/// Selfish mining, Algorithm 1 of Eyal and Sirer ("Majority is not enough: Bitcoin mining is
/// vulnerable", Financial Cryptography 2014).
///
/// The states are leads of the private branch over the public one, before the event:
/// ```
/// 0   own block:     keep it                    -> 1
/// 0   others' block: follow the public branch   -> 0
/// 0'  own block:     show it and win the tie    -> 0     (0': both branches public, equally long)
/// 0'  others' block: follow the public branch   -> 0
/// 1   others' block: show the block and race    -> 0'
/// 2   others' block: show both blocks and win   -> 0
/// k   others' block: show the next hidden block -> k - 1
/// k   own block:     keep it                    -> k + 1
/// ```
/// In the tie the miner inside stays on its own branch, since that came first there.
extension StrategicMiner {
  mutating func selfishlyOnOwnBlock(
    lead: UInt64, into effects: inout Effects<StrategicMiner>
  ) {
    if lead == 0, branchLength == 2 { showAll(into: &effects) }
  }

  mutating func selfishlyOnOthersBlock(
    lead: UInt64, into effects: inout Effects<StrategicMiner>
  ) {
    switch lead {
    case 0: forgetBranch()
    case 1: while !hidden.isEmpty { showOne(into: &effects) }
    case 2: showAll(into: &effects)
    default: showOne(into: &effects)
    }
  }
}
