import ConsimCommands
import RecordExperiments

extension CommandExtension {
  /// Sharing of health records (Paper §II): the section `records` and the commands `calibrate` and
  /// `crypto`.
  public static let records = CommandExtension(
    kind: RecordsKind.self, commands: [CalibrateCommand.self, CryptoCommand.self],
    priceList: CryptoCostProfile.file, costs: { try CryptoProfiles.report([]).table })
}
