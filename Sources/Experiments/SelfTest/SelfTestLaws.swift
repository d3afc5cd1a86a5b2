/// The laws that the self-test compares with, from + - * / alone.
enum SelfTestLaws {
  /// The probability of `hits` among `trials` that succeed independently.
  static func binomial(_ trials: Int, _ hits: Int, _ probability: Double) -> Double {
    choose(trials, hits) * power(probability, hits) * power(1 - probability, trials - hits)
  }

  /// The probability of at least `hits` among `trials`.
  static func binomial(_ trials: Int, atLeast hits: Int, _ probability: Double) -> Double {
    guard hits <= trials else { return 0 }
    return (max(hits, 0)...trials).reduce(0) { $0 + binomial(trials, $1, probability) }
  }

  static func choose(_ all: Int, _ some: Int) -> Double {
    guard some >= 0, some <= all else { return 0 }
    return (0..<some).reduce(1) { $0 * Double(all - $1) / Double($1 + 1) }
  }

  static func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }

  /// The probability that a double spend succeeds against `confirmations` if the attacker has the
  /// share `q` of the hash power, one block ready, and all the time in the world.
  ///
  /// While the honest miners find z blocks the attacker finds k, negative-binomially distributed;
  /// from z - k behind he catches up with probability (q/p)^(z-k). The sum is I_{4pq}(z, 1/2)
  /// (Rosenfeld 2014, eq. 1; Grunspan and Pérez-Marco 2018, Theorem 1 and Corollary 1).
  static func doubleSpend(share q: Double, confirmations z: Int) -> Double {
    let p = 1 - q
    guard q < p else { return 1 }
    return 1
      - (0..<z).reduce(0) { sum, k in
        sum + choose(k + z - 1, k) * (power(p, z) * power(q, k) - power(q, z) * power(p, k))
      }
  }

  /// The share of the main chain's blocks that a selfish pool finds: Eyal and Sirer 2014, (8).
  ///
  /// `share` is the pool's share of the hash power, alpha; `gamma` the share of the others that mines
  /// on the pool's block in a tie.
  static func selfishRevenue(share a: Double, gamma: Double) -> Double {
    (a * (1 - a) * (1 - a) * (4 * a + gamma * (1 - 2 * a)) - a * a * a)
      / (1 - a * (1 + (2 - a) * a))
  }

  /// The share of blocks that are lost if two miners of equal power hear of each other's blocks
  /// after `delay`, in mean intervals between blocks of the whole network: d / 2(1 + d).
  ///
  /// Let a_h and b_h be when the two reach height h. Searches have no memory, so that a_{h+1} is
  /// the earlier of a_h + E and b_h + E' + D, with E, E' exponential with the rate of one miner;
  /// b_{h+1} likewise. The difference a_h - b_h is therefore a random walk with Laplace steps that
  /// is clamped to [-D, D]. Its stationary law has the constant density m / 2(1 + mD) inside and an
  /// atom of 1 / 2(1 + mD) at each end, where m is that rate; a height takes 2T (T + D) / (2T + D)
  /// on the mean, and the blocks above one per height are lost.
  static func staleOfTwo(delay d: Double) -> Double { d / (2 * (1 + d)) }

  /// The same for many small miners: nobody but the finder knows a block before `delay` is over,
  /// and then everybody does; so that a height takes T + D and d / (1 + d) of the blocks are lost
  /// (Pass, Seeman and Shelat 2017, §1; Decker and Wattenhofer 2013, §V, to first order in d).
  ///
  /// With n equal miners the finder is one of those who could have lost a block, which takes 1/n
  /// off. That is exact for two and to first order in d; otherwise it is a little too high: the
  /// recursion above gives 0.1 % less at n = 8 and d = 0.5, 1.3 % less at n = 8 and d = 2, and no
  /// difference that would show at n = 50 and d = 0.25.
  static func staleOfMany(_ miners: Int, delay d: Double) -> Double {
    d / (1 + d) * (1 - 1 / Double(miners))
  }
}
