package io.towline.envelope;

import java.util.List;

/**
 * An envelope that is as it has to be but for its signatures: it may be signed, and nothing applies
 * it, which is why it is not a {@link VerifiedEnvelope}.
 *
 * @param statement what is to be signed
 * @param bundles its bundles in the order of the statement
 */
public record UnsignedEnvelope(Statement statement, List<VerifiedBundle> bundles) {
  public UnsignedEnvelope {
    bundles = List.copyOf(bundles);
  }
}
