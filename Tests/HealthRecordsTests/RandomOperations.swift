import DiscreteEvents

@testable import HealthRecords

/// Random operations: mostly sensible ones, some hostile.
struct RandomOperations {
  let world: RecordWorld
  let seed: Seed

  func operation(_ number: Int) -> (word: UInt64, client: Int) {
    var draw = seed.draw(.choice, UInt64(number))
    func below(_ bound: Int) -> Int { Int(draw.below(UInt64(bound))) }
    let files = world.settings.preloaded + 30
    let (user, owner, file, attribute) = (below(5), below(4), below(files), below(5))
    let (operation, role): (RecordOperation, Role) =
      switch below(18) {
      case 0: (.enrol(owner: owner), .centre)
      case 1: (.register(user: user), .authority(below(8) == 0 ? below(2) : user % 2))
      case 2, 3:
        (.store(owner: owner, file: world.settings.preloaded + below(60)), .patient(owner))
      case 4: (.revoke(attribute: attribute, user: user), .authority(below(2)))
      case 5: (.rekey(attribute: attribute, epoch: 1 + below(4)), .authority(below(2)))
      case 6, 7: (.renew(file: file, attribute: attribute, epoch: 1 + below(4)), .cloud)
      case 8: (.delete(owner: owner, file: file), .patient(owner))
      case 9: (.list(owner: owner), .patient(owner))
      case 10: (.report(user: user, file: file, isMissing: below(2) == 0), .user(user))
      case 11, 12:
        // Mostly the owner of a file of the beginning, with versions that overtake each other.
        (
          .supersede(
            owner: below(4) == 0 ? owner : file % 3, file: file, version: below(6)),
          .patient(below(4) == 0 ? owner : file % 3)
        )
      default:
        (
          .access(
            AccessRequest(
              user: user, target: file, occasion: below(4096), misses: below(8) == 0,
              flaw: below(8) == 0 ? .forged : below(8) == 0 ? .foreign : .none)), .user(user)
        )
      }
    let client = world.roster.party(role).index * world.roster.connections + below(2)
    switch below(20) {
    case 0: return (operation.word, below(30))
    case 1: return (operation.word ^ 1 << UInt64(below(64)), client)
    default: return (operation.word, client)
    }
  }
}
