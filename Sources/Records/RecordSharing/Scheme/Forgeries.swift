import PairingCrypto

// What adversaries put together of several artefacts, alike in both engines.

extension UserKey {
  /// A key with another user's components where both or only the other has one, as colluding users
  /// pool them.
  public func pooled(with other: Self, taking attributes: AttributeSet) -> Self {
    var pooled = self
    let taken = other.components.filter { attributes.contains($0.attribute) }
    pooled.components.removeAll { component in
      taken.contains { $0.attribute == component.attribute }
    }
    pooled.components = (pooled.components + taken).sorted { $0.attribute < $1.attribute }
    return pooled
  }

  /// A key with D, D' or D'' of another user.
  public func pooled(with other: Self, taking part: KeyPart) -> Self {
    var pooled = self
    switch part {
    case .blinded: pooled.blinded = other.blinded
    case .registered: pooled.registered = other.registered
    case .searching: pooled.searching = other.searching
    }
    return pooled
  }

  /// A key with a component that the user had before, or got from elsewhere, for one attribute.
  public func taking(_ component: KeyComponent<Elements>) -> Self {
    var altered = self
    for index in components.indices where components[index].attribute == component.attribute {
      altered.components[index] = component
    }
    return altered
  }

  /// A key that claims that its component for an attribute is of another epoch.
  public func claiming(_ epoch: Epoch, for attribute: Attribute) -> Self {
    var altered = self
    for index in components.indices where components[index].attribute == attribute {
      altered.components[index].epoch = epoch
    }
    return altered
  }
}

/// The elements of a key that belong to no attribute.
public enum KeyPart: Hashable, CaseIterable, Sendable {
  /// D.
  case blinded
  /// D'.
  case registered
  /// D''.
  case searching
}

extension SearchToken {
  /// What anybody can make of the registry: t1 = t2 = `base`, t3 = D'_uid, for any slots, with this
  /// token's proof.
  ///
  /// With g as the base e(t3, g) = e(t2, D'_uid) holds, as both logarithms of t2 and t3 are multiplied
  /// by that of D'; only the proof is wrong.
  public func forged(
    for entry: RegistryEntry<Elements>, base: Elements.Point, slots: [Slot]
  ) -> Self {
    Self(
      user: entry.user, slots: slots, question: base, searching: base,
      personal: entry.registered, proof: proof)
  }

  /// This token's question with t2, t3 and the proof of another one.
  public func asking(with other: Self) -> Self {
    var mixed = other
    mixed.question = question
    mixed.slots = slots
    return mixed
  }
}
