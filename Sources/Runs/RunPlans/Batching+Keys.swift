import ConsensusCore
import DiscreteEvents
import Notation

extension Batching {
  static let bytesText =
    "The most bytes of requests in one `batch`, counted as in messages; one request always fits. "
    + "No limit when left out."
  static let delayText =
    "How long the first request of a `batch` waits for others, unless the batch is full before; "
    + "not at all when left out."

  /// The same rule for requests as large as in messages of these sizes.
  func counting(_ sizes: MessageSizes) -> Batching {
    var batching = self
    batching.requestSize = sizes.transaction
    return batching
  }

  /// Reports rules for batches that have one request anyway.
  func check(_ reader: MappingReader, batch: Int) {
    guard reader.isSound("batch", "batch-bytes", "batch-delay"), batch == 1 else { return }
    for (key, value) in [("batch-bytes", bytes != nil), ("batch-delay", delay != nil)] where value {
      reader.error(
        "'\(key)' is about batches, and 'batch: 1' has one request in each", at: key,
        hint: "write 'batch: 100' or another number above 1, or leave '\(key)' out")
    }
  }
}

extension Codec where Value == ByteCount {
  static var batchBytes: Self { .size(from: ByteCount(1)) }
}

extension Codec where Value == VirtualDuration {
  static var batchDelay: Self { .duration(from: .microseconds(1)) }
}
