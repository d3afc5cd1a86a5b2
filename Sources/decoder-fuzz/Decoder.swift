/// What became of one input.
enum Outcome {
  /// The decoder took it; encoded again it reads so, and whoever uses it then found it genuine.
  case accepted(encodedAgain: [UInt8], isGenuine: Bool)
  /// The decoder refused it, with the name of the error's case.
  case refused(String)
}

/// An input that has to be refused, and why.
struct ForbiddenInput {
  let bytes: [UInt8]
  let failure: String

  init(_ bytes: [UInt8], _ failure: String) {
    self.bytes = bytes
    self.failure = failure
  }
}

/// One decoder with valid inputs to begin from.
struct Decoder {
  /// The kind of what is decoded, and the parameter set where there is one.
  let name: String
  /// Encodings that have to be accepted.
  let corpus: [[UInt8]]
  /// Inputs that chance would hardly find.
  var forbidden: [ForbiddenInput] = []
  /// Pieces that mutations write into an input: boundary values, words of a text.
  var pieces: [[UInt8]] = []
  /// Widths that members of lists may have.
  var widths: [Int] = []
  /// Relative frequency among all decoders.
  var weight = 1
  let decode: ([UInt8]) -> Outcome
}

extension Decoder {
  /// A decoder that throws errors of one type.
  ///
  /// `use` is what is done with a decoded value next; it answers whether the value passes for
  /// genuine, which none but those of the corpus may.
  init<Value, Failure: Error>(
    _ name: String, corpus: [[UInt8]], forbidden: [ForbiddenInput] = [], pieces: [[UInt8]] = [],
    widths: [Int] = [], weight: Int = 1,
    decode: @escaping ([UInt8]) throws(Failure) -> Value, encode: @escaping (Value) -> [UInt8],
    use: @escaping (Value) -> Bool = { _ in false }
  ) {
    self.init(
      name: name, corpus: corpus, forbidden: forbidden, pieces: pieces, widths: widths,
      weight: weight
    ) { bytes in
      do throws(Failure) {
        let value = try decode(bytes)
        return .accepted(encodedAgain: encode(value), isGenuine: use(value))
      } catch {
        return .refused(caseName(of: error))
      }
    }
  }
}

/// The name of an error's case with that of an error inside, but without numbers; what it says of
/// itself if it carries nothing.
func caseName(of error: Any) -> String {
  let mirror = Mirror(reflecting: error)
  guard let child = mirror.children.first else { return "\(error)" }
  // A structure stands for its first property, and of several things carried the first counts.
  guard mirror.displayStyle == .enum, let label = child.label else {
    return caseName(of: child.value)
  }
  let carried = Mirror(reflecting: child.value)
  let first =
    carried.displayStyle == .tuple ? carried.children.first?.value ?? child.value : child.value
  return first is any Error ? label + "." + caseName(of: first) : label
}
