/// One factor of a product in G.
public enum PowerTerm: Sendable {
  /// A power of a base with a table.
  case fixed(FixedBase, Scalar)
  /// A power of any base.
  case variable(GroupElement, Scalar)
  /// An element as it is.
  case element(GroupElement)
}

extension PairingGroup {
  /// A power of any element.
  public mutating func power(_ base: GroupElement, _ exponent: Scalar) -> GroupElement {
    product([.variable(base, exponent)])
  }

  /// A power of an element with a table.
  public mutating func power(_ base: FixedBase, _ exponent: Scalar) -> GroupElement {
    product([.fixed(base, exponent)])
  }

  /// A product of powers and elements.
  ///
  /// Each power is counted, and a multiplication fewer than there are factors. The empty product
  /// is the identity.
  public mutating func product(_ terms: [PowerTerm]) -> GroupElement {
    powers([terms])[0]
  }

  /// Several products that do not depend on each other, made affine with one inversion.
  ///
  /// Counted as `product` counts each.
  public mutating func powers(_ products: [[PowerTerm]]) -> [GroupElement] {
    var bases: [(element: GroupElement, exponent: Scalar)] = []
    for terms in products {
      tally.count(.pointAddition, max(terms.count - 1, 0))
      for term in terms {
        switch term {
        case .fixed(let base, let exponent):
          require(base.parameters)
          require(exponent.parameters)
          tally.count(.fixedExponentiation)
        case .variable(let base, let exponent):
          require(base.parameters)
          require(exponent.parameters)
          tally.count(.variableExponentiation)
          bases.append((base, exponent))
        case .element(let element): require(element.parameters)
        }
      }
    }
    return PowerProducts(parameters, products, bases).evaluate()
  }

  /// The product of two elements.
  public mutating func multiply(_ a: GroupElement, _ b: GroupElement) -> GroupElement {
    product([.element(a), .element(b)])
  }
}
