import HealthRecords
import Notation
import PairingCrypto
import RecordSharing
import RunPlans

/// The keys of the sharing of health records.
enum RecordsKeys {
  static let section = MappingSpec(
    "records", "Patients, doctors, authorities and a cloud server that share records (Paper §II).",
    keys: whoKeys + whatKeys + howKeys, rules: [.exactlyOne(["policies", "policy-rows"])])

  private static let whoKeys: [KeySpec] = [
    .required(
      "attributes",
      .either([
        .integer(1...SharingBounds.attributes),
        .list(of: .text, count: 1...SharingBounds.attributes),
      ]), "All attributes there are; a number N stands for a1 to aN."),
    .key("authorities", .integer(1...1_000), default: "1", "Attribute authorities (AA)."),
    .key("patients", .integer(1...RecordsSection.partyLimit), default: "10", "Patients (DO)."),
    .required(
      "users", .list(of: .mapping(recordUser), count: 1...256), "Who reads (DU), by class."),
    .key("groups", .mapping(recordGroups), default: "{}", "The groups of the other parties."),
    .key("links", .mapping(recordLinks), default: "{}", "Links of parties, by role."),
    .key(
      "connections", .integer(1...1_000), default: "1",
      "Requests that a party may have outstanding at the replicas."),
    .key(
      "enrolment",
      .choice([
        .init("simulated", "Parties get their keys when the run begins (steps 1 and 2)."),
        .init("done", "Everybody has had keys before."),
      ]), default: "simulated", "Whether the first two steps are part of the run."),
  ]

  private static let whatKeys: [KeySpec] = [
    .optional(
      "policies", .list(of: .mapping(recordPolicy), count: 1...256),
      "What owners choose from, by weight; some class of users satisfies each."),
    .optional(
      "policy-rows", .integer(1...SharingBounds.rows),
      "One policy instead: the AND of so many attributes, the first ones, for sweeps."),
    .key("slots", .integer(1...Slot.maximumCount), default: "5", "Keywords of a file, m."),
    .key(
      "queried-slots", .integer(1...Slot.maximumCount), default: "1",
      "Keywords that a search asks for, m'; at most `slots`."),
    .key(
      "vocabulary", .integer(1...1_000_000), default: "100", "Words that a keyword can be."),
    .key(
      "word-exponent", .decimal(0...10), default: "1",
      "The exponent of Zipf's law of words; 0 is uniform."),
    .key(
      "record-exponent", .decimal(0...10), default: "0",
      "The exponent of Zipf's law of the files asked for; 0 is uniform."),
    .key(
      "miss-share", .probability, default: "0", "The share of searches for a word of no file."),
    .key(
      "record-sizes",
      .either([recordSize, .list(of: .mapping(weightedSize), count: 1...256)]),
      default: "10 KiB", "The size of a record, or several by weight."),
    .key(
      "preloaded", .integer(0...1 << 20), default: "0", "Files stored before the run begins."),
    .key(
      "mix", .mapping(recordMix), default: "{ upload: 1, search: 1, access: 3 }",
      "What is done how often: weights."),
    .key("load", .mapping(recordLoad), default: "{}", "Where operations come from."),
    .optional(
      "operations", .integer(1...10_000_000),
      "The run is over when so many operations have ended, if its schedule has not ended it."),
    .key(
      "misdeeds", .list(of: .mapping(recordMisdeed), count: 0...64), default: "[]",
      "Who does what is forbidden, how often."),
    .key(
      "outcomes",
      .entries(
        of: .choice([
          .init("none", "No operation may end so."), .init("some", "In every run some do."),
        ]), keyName: "outcome"), default: "{}",
      "How operations are expected to end: done, no-match, unsatisfied, revoked and so on."),
  ]

  private static let howKeys: [KeySpec] = [
    .key(
      "engine",
      .choice([
        .init("counted", "Cryptography is charged and not carried out."),
        .init("real", "All of it is carried out besides, and has to decide alike."),
        .init("sampled", "It is for a share of the files."),
      ]), default: "counted", "Whether cryptography is carried out besides what is charged."),
    .optional("sample-share", .probability, "The share of files for `sampled`."),
    .key(
      "crypto-costs", .text, default: "free",
      "What cryptography costs: a profile of `consim calibrate` relative to this file, or `free`."),
    .optional(
      "parameters", .choice(ParameterSet.allCases.map { .init($0.name, $0.strength + ".") }),
      "The groups of the pairing where `crypto-costs` is `free`; ss512 when left out."),
    .key(
      "scope",
      .choice([
        .init("everything", "All files on the chain."), .init("owner", "The files of one patient."),
      ]), default: "everything", "How far a search reaches."),
    .key(
      "revocation",
      .choice([
        .init("list", "The user is put on the attribute's list on the chain."),
        .init("rekey", "The same, and the attribute gets a new key."),
        .init("re-encrypt", "The same, and owners encrypt the files that name it anew."),
      ]), default: "list", "How an attribute is taken from a user."),
    .key(
      "tables", .flag, default: "true", "Whether owners keep tables of the hashes of attributes."),
  ]

  static let recordUser = MappingSpec(
    "record-user", "A class of users, who hold the same attributes.",
    keys: [
      .required("name", .text, "The name of the class in traces."),
      .key(
        "attributes", .either([.choice([.init("all")]), .list(of: .text, count: 1...4096)]),
        default: "all", "What they hold; `all` for every attribute there is."),
      .key("count", .integer(1...RecordsSection.partyLimit), default: "1", "How many there are."),
      .optional("group", .text, "The name of the group whose latencies apply."),
    ])

  static let recordGroups = MappingSpec(
    "record-groups", "The names of the groups whose latencies apply to parties that are no users.",
    keys: [
      .optional("centre", .text, "The trusted centre (TC)."),
      .optional("authorities", .text, "The attribute authorities (AA)."),
      .optional("cloud", .text, "The cloud server (CS)."),
      .optional("patients", .text, "The patients (DO)."),
    ])

  static let recordLinks = MappingSpec(
    "record-links", "What parties send and receive at most; as `network` says where left out.",
    keys: [
      .optional("centre", .mapping(recordLink), "The trusted centre (TC)."),
      .optional("authorities", .mapping(recordLink), "Each attribute authority (AA)."),
      .optional("cloud", .mapping(recordLink), "The cloud server (CS)."),
      .optional("patients", .mapping(recordLink), "Each patient (DO)."),
      .optional("users", .mapping(recordLink), "Each user (DU)."),
    ])

  static let recordLink = MappingSpec(
    "record-link", "The link of a machine.",
    keys: [
      .optional("uplink", .bandwidth, "What it sends at most."),
      .optional("downlink", .bandwidth, "What it receives at most."),
    ])

  static let recordPolicy = MappingSpec(
    "record-policy", "A policy with its weight.",
    keys: [
      .required("policy", .text, "Attributes with AND, OR, parentheses and `k of (a, b, c)`."),
      .key("weight", weight, default: "1", "How often it is chosen, relative to the others."),
    ])

  static let weightedSize = MappingSpec(
    "record-size", "A size of records with its weight.",
    keys: [
      .required("size", recordSize, "The size."),
      .key("weight", weight, default: "1", "How often it is drawn, relative to the others."),
    ])

  static let recordMix = MappingSpec(
    "record-mix", "What is done how often; what is not named is not done.",
    keys: [
      .key("upload", weight, default: "0", "A patient encrypts and stores a record (3, 4)."),
      .key("search", weight, default: "0", "A user asks which files hold some words (5)."),
      .key("access", weight, default: "0", "A user asks, fetches a file and opens it (5, 6)."),
      .key("revoke", weight, default: "0", "An authority takes an attribute from a user."),
      .key("delete", weight, default: "0", "A patient deletes a file."),
      .key("list", weight, default: "0", "A patient lists the accesses to own files."),
    ])

  static let recordLoad = MappingSpec(
    "record-load", "Where operations come from: a closed loop, or with `rate` an open one.",
    keys: [
      .optional(
        "concurrency", .integer(1...1_000_000), "Operations under way at a time; 4 by default."),
      .optional("think-time", .distribution, "The pause between the end of one and the next."),
      .optional("rate", .rate, "Poisson arrivals instead."),
    ], rules: [.atMostOne(["rate", "concurrency"]), .atMostOne(["rate", "think-time"])])

  static let recordMisdeed = MappingSpec(
    "record-misdeed", "Something forbidden, and how often it is done.",
    keys: [
      .required(
        "misdeed",
        .choice([
          .init("tampering-cloud", "The cloud returns an altered ciphertext."),
          .init("swapping-cloud", "It returns another file's."),
          .init("deleting-cloud", "It has lost the ciphertext."),
          .init("curious-cloud", "It tries to open what it stores and to guess keywords."),
          .init("lying-owner", "A digest or signature handed in is wrong."),
          .init("sniffer", "An outsider sends a token of guessed keywords."),
          .init("forged-token", "An outsider makes a token of what the registry shows."),
          .init("replayed-token", "A user presents a token that another made."),
          .init("collusion", "A user pools keys with another."),
          .init("replayed-proof", "A user asks the cloud again with an earlier proof."),
          .init("revoked-user", "A user goes on with old keys, past the chain."),
          .init(
            "chain-reader",
            "A user who lost an attribute opens the abstract in an old block; a cloud that hands "
              + "ciphertexts to anybody helps."),
        ]), "What is done."),
      .required("share", .probability, "On which share of the occasions."),
    ])

  private static let weight = ValueKind.decimal(0...1_000_000)

  /// 1 B to 1 GiB: a record is sealed in one piece.
  private static let recordSize = ValueKind.quantity(.size, 1...1 << 30)
}
