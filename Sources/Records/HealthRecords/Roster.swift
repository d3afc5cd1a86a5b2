import Simulator

/// The roles of Paper §II-B, numbered from 0 within each role; replicas (BC) are no parties.
public enum Role: Hashable, Sendable {
  /// TC, the trusted centre.
  case centre
  /// AA, an attribute authority.
  case authority(Int)
  /// CS, the cloud server.
  case cloud
  /// DO, a patient.
  case patient(Int)
  /// DU, a doctor or insurer.
  case user(Int)

  /// The paper's abbreviation with the number, such as `DU 3`.
  public var name: String {
    switch self {
    case .centre: "TC"
    case .authority(let number): "AA \(number)"
    case .cloud: "CS"
    case .patient(let number): "DO \(number)"
    case .user(let number): "DU \(number)"
    }
  }
}

/// Who is which party: the centre, the cloud, authorities, patients, then users.
public struct Roster: Hashable, Sendable {
  /// The number of authorities.
  public let authorities: Int
  /// The number of patients.
  public let patients: Int
  /// The number of users of all classes.
  public let users: Int
  /// Connections of every party; client c belongs to party c / connections.
  public let connections: Int

  /// The roster of some settings.
  public init(_ settings: RecordSettings) {
    authorities = settings.authorities
    patients = settings.patients
    users = settings.users.reduce(0) { $0 + $1.count }
    connections = settings.connections
  }

  /// The number of parties.
  public var count: Int { 2 + authorities + patients + users }

  /// The party that plays a role.
  public func party(_ role: Role) -> PartyID {
    switch role {
    case .centre: PartyID(0)
    case .cloud: PartyID(1)
    case .authority(let number): PartyID(2 + number)
    case .patient(let number): PartyID(2 + authorities + number)
    case .user(let number): PartyID(2 + authorities + patients + number)
    }
  }

  /// The role that a party plays; `party` is below ``count``.
  public func role(of party: PartyID) -> Role {
    switch party.index {
    case 0: return .centre
    case 1: return .cloud
    default:
      let number = party.index - 2
      if number < authorities { return .authority(number) }
      if number < authorities + patients { return .patient(number - authorities) }
      return .user(number - authorities - patients)
    }
  }

  /// The role whose connection a client number is, or nil if it is none.
  public func role(ofClient client: Int) -> Role? {
    let party = client / connections
    return party < count ? role(of: PartyID(party)) : nil
  }
}
